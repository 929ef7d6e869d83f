package applications

import (
	"context"
	"errors"
	"maps"
	"runtime"

	"github.com/tetratelabs/wazero"

	"github.com/strongroom-pos/strongroom/secureworld/internal/entitlement"
	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/secretmem"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/services"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/tahost"
)

// Module is an application that was made ready to run, or the reason why it is not.
type Module struct {
	name        string
	digest      [32]byte
	grant       entitlement.Grant
	quotas      entitlement.Quotas
	interpreted bool
	host        *tahost.Host
	err         error
}

// Functions are the kernel's host functions for these applications.
func Functions() tahost.HostFunctions {
	all := services.Functions()
	maps.Copy(all, storageFunctions())
	maps.Copy(all, licenceFunction())
	return all
}

// Compile makes applications ready. Call it before the seccomp filter is set. One
// that does not compile is kept with its reason; the others run. caches makes one for
// each, or nil.
func Compile(ctx context.Context, given []handover.ProvidedApplication, arenas *secretmem.Pool, caches func() wazero.CompilationCache) (all []Module) {
	for _, a := range given {
		all = append(all, ready(ctx, a, arenas, false, caches()))
	}
	return all
}

var errMemory = errors.New("application asks for more memory than there is")

// ready compiles a module, or reads it for the interpreter, and makes a first
// instance to see that it starts.
func ready(ctx context.Context, a handover.ProvidedApplication, arenas *secretmem.Pool, interpreted bool, cache wazero.CompilationCache) Module {
	m := Module{name: a.Name, digest: a.SHA256, grant: a.Grant, quotas: a.Grant.Quotas.Effective(), interpreted: interpreted}
	if a.Grant.Quotas.MemoryPages > uint16(arenas.ArenaPages()) {
		m.err = errMemory
		return m
	}
	m.host, m.err = tahost.New(ctx, tahost.Config{
		Wasm: a.Wasm, Memory: arenas, Pages: uint32(m.quotas.MemoryPages), Host: Functions(),
		CallDeadline: m.quotas.Deadline(), CompilationWorkers: runtime.NumCPU(), OnDemand: true,
		Interpreter: interpreted, Cache: cache, NoClock: !m.grant.Permissions.Has(entitlement.Clock),
	})
	return m
}

func (m *Module) close(ctx context.Context) {
	if m.host != nil {
		_ = m.host.Close(ctx) // nothing is left to be done with it
	}
}

func (m *Module) may(p entitlement.Permissions) bool { return m.grant.Permissions.Has(p) }
