package applets

import (
	"context"
	"errors"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/stdlib/internal/metered"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk"
)

var errRun = errors.New("applets: the run failed")

// run is one question to an applet.
type run struct {
	applet  *admitted
	fuel    api.MutableGlobal
	drawn   stream // what the applet draws
	runtime stream // what its language's runtime draws
	time    uint64 // of its runtime, nanoseconds from the start
	asked   bool   // the applet's own call has begun
}

type runKey struct{}

// RunApplet implements element.Applets.
func (p *Platform) RunApplet(r element.RunApplet, chance *element.Chance) (element.AppletAnswer, error) {
	a := p.wait(r.Package)
	if a == nil {
		return element.AppletAnswer{}, element.CodeNotLoaded
	}
	p.turns <- struct{}{}
	defer func() { <-p.turns }()
	a.use.RLock()
	defer a.use.RUnlock()
	if a.gone {
		return element.AppletAnswer{}, element.CodeNotLoaded
	}
	one := &run{applet: a, drawn: stream{chance: chance, label: labelChance}, runtime: stream{chance: chance, label: labelRuntime}}
	answer, err := one.do(r)
	if err != nil {
		return element.AppletAnswer{}, element.CodeApplet
	}
	return answer, nil
}

// do makes an instance, asks it, and erases it.
func (one *run) do(r element.RunApplet) (element.AppletAnswer, error) {
	ctx := context.WithValue(context.Background(), runKey{}, one)
	config := wazero.NewModuleConfig().WithName("").WithStartFunctions()
	module, err := one.applet.runtime.InstantiateModule(ctx, one.applet.compiled, config)
	if err != nil {
		return element.AppletAnswer{}, errRun
	}
	defer end(ctx, module)
	if err := one.begin(ctx, module); err != nil {
		return element.AppletAnswer{}, err
	}
	return one.ask(ctx, module, r)
}

// end clears what a run leaves behind.
func end(ctx context.Context, module api.Module) {
	memory := module.Memory()
	if room, ok := memory.Read(0, memory.Size()); ok {
		clear(room)
	}
	_ = module.Close(ctx)
}

// begin finds the fuel and lets the language's runtime begin.
func (one *run) begin(ctx context.Context, module api.Module) error {
	fuel, ok := module.ExportedGlobal(metered.Export).(api.MutableGlobal)
	if !ok {
		return errRun
	}
	one.fuel = fuel
	if f := module.ExportedFunction(tasdk.ExportInitialise); f != nil {
		if _, err := f.Call(ctx); err != nil {
			return errRun
		}
	}
	return nil
}

// ask puts the input where the applet wants it and takes the answer from there.
func (one *run) ask(ctx context.Context, module api.Module, r element.RunApplet) (a element.AppletAnswer, err error) {
	at, err := module.ExportedFunction(tasdk.ExportBuffer).Call(ctx)
	if err != nil {
		return a, errRun
	}
	buffer := uint32(at[0]) //nolint:gosec // an i32
	if !module.Memory().Write(buffer, r.Input) {
		return a, errRun
	}
	one.asked = true
	result, err := module.ExportedFunction(tasdk.ExportCall).Call(ctx, uint64(r.Operation), uint64(len(r.Input)))
	if err != nil {
		return a, errRun
	}
	n := int32(uint32(result[0])) //nolint:gosec // an i32
	if n < 0 && n >= -lastOwn {
		return element.AppletAnswer{Refused: uint16(-n)}, nil
	}
	if n < 0 || n > element.MaxAppletData {
		return a, errRun
	}
	out, ok := module.Memory().Read(buffer, uint32(n))
	if !ok {
		return a, errRun
	}
	return element.AppletAnswer{Output: append([]byte(nil), out...)}, nil
}

// pay takes fuel for what the element does. Without any left it ends the run, as the
// module itself does.
func (one *run) pay(units uint64) {
	if one.fuel == nil {
		panic(errRun) // a module that asks before it has begun
	}
	left := int64(one.fuel.Get()) - int64(units) //nolint:gosec // far below
	one.fuel.Set(uint64(left))                   //nolint:gosec // read back as it is written
	if left < 0 {
		panic(errRun)
	}
}
