package applets

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/strongroom-pos/strongroom/secureworld/element/applet"
	"github.com/strongroom-pos/strongroom/secureworld/element/stdlib/internal/metered"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk"
)

var errModule = errors.New("applets: not a module of the ABI")

// admitted is an applet that is ready to run.
type admitted struct {
	applet.Manifest
	root     root
	runtime  wazero.Runtime
	compiled wazero.CompiledModule

	use  sync.RWMutex // held for reading by a run
	gone bool         // guarded by use
}

func (a *admitted) name() name { return name{a.Developer, a.Name} }

// close waits for the runs and forgets the module and its keys.
func (a *admitted) close() {
	a.use.Lock()
	defer a.use.Unlock()
	if a.gone {
		return
	}
	a.gone = true
	_ = a.runtime.Close(context.Background()) // the interpreter has nothing that could fail
	a.root.erase()
}

// features are what Go and C compile to. Reference types, vectors and threads are not.
func features() api.CoreFeatures {
	return api.CoreFeaturesV1 | api.CoreFeatureSignExtensionOps | api.CoreFeatureNonTrappingFloatToIntConversion |
		api.CoreFeatureMultiValue | api.CoreFeatureBulkMemoryOperations
}

// ready validates the module, has it pay for what it does, and links it.
func (p *Platform) ready(opened applet.Applet) (*admitted, error) {
	ctx := context.Background()
	runtime := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter().
		WithCoreFeatures(features()).WithMemoryLimitPages(opened.Pages).WithDebugInfoEnabled(false))
	compiled, err := link(ctx, runtime, opened)
	if err != nil {
		return nil, errors.Join(err, runtime.Close(ctx))
	}
	r, err := p.root.of(name{opened.Developer, opened.Name})
	if err != nil {
		return nil, errors.Join(err, runtime.Close(ctx))
	}
	return &admitted{Manifest: opened.Manifest, root: r, runtime: runtime, compiled: compiled}, nil
}

func link(ctx context.Context, runtime wazero.Runtime, a applet.Applet) (wazero.CompiledModule, error) {
	module, err := rewritten(ctx, runtime, a)
	if err != nil {
		return nil, err
	}
	compiled, err := runtime.CompileModule(ctx, module.Wasm)
	if err != nil {
		return nil, errModule
	}
	if err := checkExports(compiled); err != nil {
		return nil, err
	}
	return compiled, provide(ctx, runtime, compiled)
}

// rewritten is the module with its meter. What comes in is validated before, since what
// comes out has more that it could name.
func rewritten(ctx context.Context, runtime wazero.Runtime, a applet.Applet) (metered.Module, error) {
	m, err := metered.Rewrite(a.Module, a.Pages, a.Fuel)
	if err != nil {
		return m, err
	}
	if !slices.ContainsFunc(m.Imports, forbidden) {
		valid, err := runtime.CompileModule(ctx, a.Module)
		if err != nil {
			return m, errModule
		}
		return m, valid.Close(ctx)
	}
	return m, errModule
}

// forbidden tells whether an import is none that an applet may have.
func forbidden(i metered.Import) bool {
	if i.Module == tasdk.ImportModule {
		return i.Name != tasdk.ImportHost
	}
	_, known := systems()[i.Name]
	return i.Module != systemModule || !known
}

// checkExports holds a module to the ABI of package tasdk.
func checkExports(c wazero.CompiledModule) error {
	i32 := api.ValueTypeI32
	for export, want := range map[string][2][]api.ValueType{
		tasdk.ExportBuffer: {nil, {i32}},
		tasdk.ExportCall:   {{i32, i32}, {i32}},
	} {
		f, ok := c.ExportedFunctions()[export]
		if !ok || !slices.Equal(f.ParamTypes(), want[0]) || !slices.Equal(f.ResultTypes(), want[1]) {
			return errModule
		}
	}
	if f, ok := c.ExportedFunctions()[tasdk.ExportInitialise]; ok && len(f.ParamTypes())+len(f.ResultTypes()) != 0 {
		return errModule
	}
	if len(c.ExportedMemories()) != 1 {
		return errModule
	}
	return nil
}
