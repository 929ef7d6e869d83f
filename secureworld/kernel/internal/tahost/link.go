package tahost

import (
	"context"
	"errors"
	"slices"

	"github.com/tetratelabs/wazero/api"

	"github.com/strongroom-pos/strongroom/secureworld/tasdk"
)

// link checks what the module imports and exports and makes the two host
// modules.
func (h *Host) link(ctx context.Context) error {
	if err := h.checkExports(); err != nil {
		return err
	}
	system := h.runtime.NewHostModuleBuilder(wasiModule)
	for _, imported := range h.compiled.ImportedFunctions() {
		module, name, _ := imported.Import()
		switch {
		case module == tasdk.ImportModule && name == tasdk.ImportHost:
		case module == wasiModule:
			h.exportWASI(system, name, imported)
		default:
			return errors.New("it imports what no trusted application may have")
		}
	}
	if _, err := system.Instantiate(ctx); err != nil {
		return errors.New("make its system interface")
	}
	_, err := h.runtime.NewHostModuleBuilder(tasdk.ImportModule).
		NewFunctionBuilder().WithFunc(h.hostCall).Export(tasdk.ImportHost).Instantiate(ctx)
	return err
}

func (h *Host) checkExports() error {
	i32 := api.ValueTypeI32
	want := map[string]signature{
		tasdk.ExportInitialise: {},
		tasdk.ExportBuffer:     {results: []api.ValueType{i32}},
		tasdk.ExportCall:       {params: []api.ValueType{i32, i32}, results: []api.ValueType{i32}},
	}
	exported := h.compiled.ExportedFunctions()
	for name, wanted := range want {
		function, ok := exported[name]
		if !ok || !slices.Equal(function.ParamTypes(), wanted.params) || !slices.Equal(function.ResultTypes(), wanted.results) {
			return errors.New("it lacks an export of the ABI: " + name)
		}
	}
	return h.checkMemory()
}

type signature struct{ params, results []api.ValueType }

// checkMemory: wazero panics when the first pages do not fit.
func (h *Host) checkMemory() error {
	if len(h.compiled.ImportedMemories()) != 0 {
		return errors.New("it imports a memory")
	}
	for _, memory := range h.compiled.ExportedMemories() {
		if memory.Min() <= h.cfg.pages() {
			return nil
		}
		return errors.New("its memory does not fit an arena")
	}
	return errors.New("it exports no memory")
}
