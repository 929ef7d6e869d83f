package applets

import (
	"context"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// What the runtime of a language imports for itself, as Go's does: the same in every
// member and at any time. There is no file, no clock, and nobody reads what is written.
const (
	systemModule = "wasi_snapshot_preview1"

	errnoSuccess = 0
	errnoFault   = 21
	errnoNosys   = 52
)

// system is one of these functions: parameters on the stack, its error number out.
type system func(one *run, memory api.Memory, stack []uint64) uint64

func systems() map[string]system {
	return map[string]system{
		"args_get":          nothing,
		"args_sizes_get":    noSizes,
		"environ_get":       nothing,
		"environ_sizes_get": noSizes,
		"clock_time_get":    passed,
		"random_get":        random,
		"sched_yield":       nothing,
		"fd_write":          refused,
		"poll_oneoff":       refused,
		"proc_exit":         exit,
	}
}

// provideSystem makes those functions that the module imports, with the types that it
// wants: it gets no others.
func provideSystem(ctx context.Context, runtime wazero.Runtime, c wazero.CompiledModule) error {
	builder := runtime.NewHostModuleBuilder(systemModule)
	for _, f := range c.ImportedFunctions() {
		from, name, _ := f.Import()
		if from != systemModule {
			continue
		}
		parameters, results := f.ParamTypes(), f.ResultTypes()
		if len(parameters) > 4 || len(results) > 1 {
			return errModule
		}
		builder.NewFunctionBuilder().WithGoModuleFunction(body(systems()[name], len(results) == 1), parameters, results).Export(name)
	}
	_, err := builder.Instantiate(ctx)
	return err
}

func body(f system, tells bool) api.GoModuleFunc {
	return func(ctx context.Context, module api.Module, stack []uint64) {
		one := current(ctx)
		one.pay(hostPrice)
		var all [4]uint64
		copy(all[:], stack)
		if errno := f(one, module.Memory(), all[:]); tells {
			stack[0] = errno
		}
	}
}

func nothing(*run, api.Memory, []uint64) uint64 { return errnoSuccess }

func refused(*run, api.Memory, []uint64) uint64 { return errnoNosys }

func noSizes(_ *run, m api.Memory, s []uint64) uint64 {
	if !m.WriteUint32Le(uint32(s[0]), 0) || !m.WriteUint32Le(uint32(s[1]), 0) { //nolint:gosec // i32
		return errnoFault
	}
	return errnoSuccess
}

// passed counts how often it is asked.
func passed(one *run, m api.Memory, s []uint64) uint64 {
	one.time += tick
	if !m.WriteUint64Le(uint32(s[2]), one.time) { //nolint:gosec // i32
		return errnoFault
	}
	return errnoSuccess
}

func random(one *run, m api.Memory, s []uint64) uint64 {
	room, ok := m.Read(uint32(s[0]), uint32(s[1])) //nolint:gosec // i32
	if !ok || len(room) > maxRandom {
		return errnoFault
	}
	if one.runtime.fill(room) != nil {
		return errnoFault
	}
	return errnoSuccess
}

// exit ends the run: the panic is wazero's way to unwind.
func exit(*run, api.Memory, []uint64) uint64 { panic(errRun) }
