// Package tahost runs one trusted application as WebAssembly (github.com/
// tetratelabs/wazero), in the secret memory of package secretmem. The ABI is
// drawn by package tasdk.
//
// New compiles and makes the first instance, and must be called before the
// seccomp filter is set, because compiling makes memory executable. Acquire
// hands out an instance that nobody used before; Close wipes it.
//
// Account data pass through linear memory alone: host functions get slices of
// it and work in place. Nothing that the application says (its standard error,
// the text of a trap, the message of a panic) is kept, returned or logged,
// because it may quote what it worked on. wazero's execution stack is ordinary
// memory; applications must not hold a PAN as an integer.
//
// Only the kernel imports this package.
package tahost

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/secretmem"
)

// HostFunc works in place on the application's memory. mem is the slice that the
// application named: len(mem) is the input, cap(mem) the room. It returns the
// length of the output, or a negative code. It must not keep mem. ctx carries
// the session that Acquire was given (SessionFrom).
type HostFunc func(ctx context.Context, mem []byte) (n int, code int32)

// HostFunctions are the kernel's functions by number.
type HostFunctions map[uint32]HostFunc

// Config of one application's host.
type Config struct {
	// Wasm is the verified module; it is not read after New.
	Wasm []byte
	// Memory gives the arenas. With as many hosts as arenas, none but KeepReady
	// hosts may share it, or they wait for each other.
	Memory Arenas
	// Pages bounds the application's memory below the size of an arena; 0 does not.
	Pages uint32
	// Host is what the application may ask of the kernel.
	Host HostFunctions
	// CallDeadline ends a call, and its instance, that takes longer.
	CallDeadline time.Duration
	// CompilationWorkers compiles with so many goroutines; 0 is one.
	CompilationWorkers int
	// Cache, optional, keeps compiled code, for this host alone, which closes it. It
	// is native code under a CRC: pass only one whose contents were authenticated.
	// Where it is of no use, the module is compiled without.
	Cache wazero.CompilationCache
	// OnDemand makes instances when they are asked for, in place of keeping one
	// ready. For machines with fewer arenas than applications.
	OnDemand bool
	// Interpreter makes no machine code: for a module that comes when the seccomp
	// filter is set, which lets no memory become executable.
	Interpreter bool
	// NoClock tells the application no time of day: 1970 begins with its host.
	NoClock bool
}

// Arenas give an instance its memory; package secretmem has them.
type Arenas interface {
	Take(ctx context.Context) (*secretmem.Arena, error)
	ArenaPages() uint32
}

// pages is the most memory that an instance may have.
func (c Config) pages() uint32 {
	if c.Pages == 0 {
		return c.Memory.ArenaPages()
	}
	return min(c.Pages, c.Memory.ArenaPages())
}

// Host runs one application.
type Host struct {
	cfg      Config
	runtime  wazero.Runtime
	compiled wazero.CompiledModule
	ready    chan *Instance
	stop     context.CancelFunc
	filled   chan struct{} // closed when the goroutine that fills ready has ended
	failure  chan error    // why no instance could be made, to whoever waits
	counters counters
	begun    time.Time
}

// New compiles the application, checks what it imports and exports, and makes
// the first instance. It takes seconds for a large module without a cache.
func New(ctx context.Context, cfg Config) (*Host, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	h := &Host{cfg: cfg, ready: make(chan *Instance), filled: make(chan struct{}), failure: make(chan error), begun: time.Now()}
	if err := h.compile(ctx); err != nil {
		return nil, err
	}
	first, err := h.instantiate(ctx)
	if err != nil {
		return nil, errors.Join(err, h.close(ctx))
	}
	h.cfg.Wasm = nil
	h.keepReady(first)
	return h, nil
}

func (c Config) check() error {
	switch {
	case len(c.Wasm) == 0 || len(c.Wasm) > maxModuleBytes:
		return errors.New("trusted application: module size out of range")
	case c.Memory == nil:
		return errors.New("trusted application: no memory given")
	case c.CallDeadline <= 0:
		return errors.New("trusted application: a call deadline is needed")
	}
	return nil
}

func (c Config) engine() wazero.RuntimeConfig {
	if c.Interpreter {
		return wazero.NewRuntimeConfigInterpreter()
	}
	return wazero.NewRuntimeConfigCompiler()
}

func (h *Host) compile(ctx context.Context) error {
	err := h.translate(ctx)
	if err != nil && h.cfg.Cache != nil {
		_ = h.close(ctx) // what matters is whether it compiles without
		h.cfg.Cache = nil
		err = h.translate(ctx)
	}
	if err != nil {
		return errors.Join(errors.New("compile trusted application: not a valid module"), h.close(ctx))
	}
	if err := h.link(ctx); err != nil {
		return errors.Join(fmt.Errorf("link trusted application: %w", err), h.close(ctx))
	}
	return nil
}

func (h *Host) translate(ctx context.Context) (err error) {
	runtimeConfig := h.cfg.engine().
		WithCloseOnContextDone(true).
		WithMemoryLimitPages(h.cfg.pages()).
		WithDebugInfoEnabled(false)
	if h.cfg.Cache != nil {
		runtimeConfig = runtimeConfig.WithCompilationCache(h.cfg.Cache)
	}
	h.runtime = wazero.NewRuntimeWithConfig(ctx, runtimeConfig)
	if h.cfg.CompilationWorkers > 1 {
		ctx = experimental.WithCompilationWorkers(ctx, h.cfg.CompilationWorkers)
	}
	h.compiled, err = h.runtime.CompileModule(ctx, h.cfg.Wasm)
	return err
}

// close lets go of the machine code, too: a cache outlives its runtime.
func (h *Host) close(ctx context.Context) error {
	err := h.runtime.Close(ctx)
	if h.cfg.Cache != nil {
		err = errors.Join(err, h.cfg.Cache.Close(ctx))
	}
	return err
}

// Close ends the host: the ready instance is wiped. Instances in use stay the
// caller's to close, before Close.
func (h *Host) Close(ctx context.Context) error {
	h.stop()
	<-h.filled
	return h.close(ctx)
}
