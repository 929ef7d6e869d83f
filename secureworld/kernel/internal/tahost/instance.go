package tahost

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/secretmem"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk"
)

// Instance is one run of the application, in an arena of its own. One payment
// uses one instance.
type Instance struct {
	host     *Host
	arena    *secretmem.Arena
	module   api.Module
	call     api.Function
	exchange []byte // the exchange buffer, in the arena, which never moves
	session  any

	mu     sync.Mutex // one call at a time
	ended  error      // why no further call is possible
	closed bool
}

// instantiate makes a fresh instance. Nobody's session is bound to it yet, so
// host functions refuse.
func (h *Host) instantiate(ctx context.Context) (*Instance, error) {
	arena, err := h.cfg.Memory.Take(ctx)
	if err != nil {
		return nil, err
	}
	instance := &Instance{host: h, arena: arena}
	err = onQuietThread(func() error { return instance.start(ctx) })
	if err != nil {
		instance.Close()
		return nil, fmt.Errorf("start trusted application: %w", err)
	}
	h.counters.made.Add(1)
	return instance, nil
}

func (i *Instance) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, i.host.startDeadline())
	defer cancel()
	ctx = experimental.WithMemoryAllocator(ctx, i.arena.Allocator())
	module, err := i.host.runtime.InstantiateModule(ctx, i.host.compiled, moduleConfig())
	if err != nil {
		return classify(err)
	}
	i.module = module
	i.call = module.ExportedFunction(tasdk.ExportCall)
	return i.findExchange(ctx)
}

func moduleConfig() wazero.ModuleConfig {
	return wazero.NewModuleConfig().WithName("").WithStartFunctions(tasdk.ExportInitialise)
}

func (i *Instance) findExchange(ctx context.Context) error {
	result, err := i.module.ExportedFunction(tasdk.ExportBuffer).Call(ctx)
	if err != nil {
		return classify(err)
	}
	room, ok := i.module.Memory().Read(uint32(result[0]), tasdk.BufferSize)
	if !ok || uint32(result[0]) == 0 {
		return errors.New("its exchange buffer lies outside its memory")
	}
	i.exchange = room[:tasdk.BufferSize:tasdk.BufferSize]
	return nil
}

// Exchange is the exchange buffer itself, 64 KiB of secret memory: what must
// not touch the Go heap is written here and passed by CallInPlace. It is not to
// be used after Close.
func (i *Instance) Exchange() []byte { return i.exchange }

// Call copies request into the application, runs operation op and returns a copy
// of the answer, on the Go heap: for requests and answers without account data
// in clear. The errors are ErrDeadline, ErrTrapped, ErrEnded, or a Refusal with
// the application's code. After any but a Refusal the instance is of no use.
func (i *Instance) Call(ctx context.Context, op uint32, request []byte) ([]byte, error) {
	if len(request) > len(i.exchange) {
		return nil, Refusal{Code: tasdk.CodeRequestSize}
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.ended != nil {
		return nil, ErrEnded
	}
	copy(i.exchange, request)
	n, err := i.run(ctx, op, len(request))
	if err != nil {
		return nil, err
	}
	answer := append([]byte(nil), i.exchange[:n]...)
	clear(i.exchange[:n])
	return answer, nil
}

// CallInPlace runs operation op on the first n bytes of Exchange, where it also
// leaves the answer.
func (i *Instance) CallInPlace(ctx context.Context, op uint32, n int) ([]byte, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.ended != nil {
		return nil, ErrEnded
	}
	if n < 0 || n > len(i.exchange) {
		return nil, Refusal{Code: tasdk.CodeRequestSize}
	}
	m, err := i.run(ctx, op, n)
	if err != nil {
		return nil, err
	}
	return i.exchange[:m], nil
}

func (i *Instance) run(ctx context.Context, op uint32, n int) (int, error) {
	i.host.counters.calls.Add(1)
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, instanceKey{}, i), i.host.cfg.CallDeadline)
	defer cancel()
	var results []uint64
	err := onQuietThread(func() (err error) {
		results, err = i.call.Call(ctx, uint64(op), uint64(uint32(n)))
		return err
	})
	if err != nil {
		i.ended = classify(err)
		i.host.counters.failed.Add(1)
		i.arena.Free()
		return 0, i.ended
	}
	return i.length(int32(uint32(results[0])))
}

func (i *Instance) length(result int32) (int, error) {
	if result < 0 {
		return 0, Refusal{Code: result}
	}
	if int(result) > len(i.exchange) {
		return 0, Refusal{Code: tasdk.CodeAnswerSize}
	}
	return int(result), nil
}

// Close wipes the instance's memory and gives the arena back. It waits for a
// call under way.
func (i *Instance) Close() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.closed {
		return // the arena may be another's by now
	}
	i.closed = true
	if i.module != nil {
		_ = i.module.Close(context.Background()) // its memory is wiped below whatever this says
	}
	i.ended = ErrEnded
	i.arena.Release()
}
