package applets

import (
	"context"
	"encoding/binary"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/strongroom-pos/strongroom/secureworld/element/applet"
	"github.com/strongroom-pos/strongroom/secureworld/element/applet/call"
	"github.com/strongroom-pos/strongroom/secureworld/element/siv"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk"
)

// provide makes the two modules from which an applet imports.
func provide(ctx context.Context, runtime wazero.Runtime, c wazero.CompiledModule) error {
	if err := provideSystem(ctx, runtime, c); err != nil {
		return errModule
	}
	i32 := api.ValueTypeI32
	host := runtime.NewHostModuleBuilder(tasdk.ImportModule).NewFunctionBuilder().
		WithGoModuleFunction(api.GoModuleFunc(hostCall), []api.ValueType{i32, i32, i32, i32}, []api.ValueType{i32}).Export(tasdk.ImportHost)
	if _, err := host.Instantiate(ctx); err != nil {
		return errModule
	}
	return nil
}

// current is the run that calls. Every call of a module has one.
func current(ctx context.Context) *run {
	one, ok := ctx.Value(runKey{}).(*run)
	if !ok {
		panic(errRun)
	}
	return one
}

// hostCall is sr_host(function, address, length, capacity): it works in place on the
// applet's memory.
func hostCall(ctx context.Context, module api.Module, stack []uint64) {
	one := current(ctx)
	fn, address, length, capacity := uint32(stack[0]), uint32(stack[1]), uint32(stack[2]), uint32(stack[3]) //nolint:gosec // all i32
	one.pay(hostPrice)
	result := tasdk.CodeHostRange
	if room, ok := module.Memory().Read(address, capacity); ok && length <= capacity {
		one.pay(uint64(length / perBytes))
		result = one.serve(fn, room[:length:capacity])
	}
	stack[0] = uint64(uint32(result)) //nolint:gosec // an i32
}

// serve is the permit table of an applet.
func (one *run) serve(fn uint32, mem []byte) int32 {
	functions := map[uint32]struct {
		needs applet.Functions
		do    func(mem []byte) int32
	}{
		call.FnHMAC:   {applet.HMAC, one.hmac},
		call.FnCMAC:   {applet.CMAC, one.cmac},
		call.FnSeal:   {applet.Seal, one.seal},
		call.FnOpen:   {applet.Seal, one.open},
		call.FnChance: {applet.Chance, one.chance},
	}
	f, ok := functions[fn]
	switch {
	case !ok:
		return tasdk.CodeHostUnknown
	case !one.applet.Functions.Has(f.needs):
		return call.CodeNotPermitted
	case !one.asked: // what a runtime does when it begins has no question yet
		return tasdk.CodeHostNotReady
	}
	return f.do(mem)
}

// answer writes over the request, if there is room.
func answer(mem, out []byte) int32 {
	if len(out) > cap(mem) {
		return call.CodeRoom
	}
	return int32(copy(mem[:len(out)], out)) //nolint:gosec // at most the memory's size
}

func (one *run) hmac(mem []byte) int32 {
	label, data, ok := call.Parse(mem)
	if !ok {
		return call.CodeMalformed
	}
	return answer(mem, one.applet.root.hmac(label, data))
}

func (one *run) cmac(mem []byte) int32 {
	label, data, ok := call.Parse(mem)
	if !ok {
		return call.CodeMalformed
	}
	tag, err := one.applet.root.cmac(label, data)
	if err != nil {
		return tasdk.CodeHostFailed
	}
	return answer(mem, tag)
}

func (one *run) seal(mem []byte) int32 {
	return one.sealed(mem, func(c *siv.Cipher, associated, text []byte) ([]byte, error) {
		return c.Seal(nil, text, associated), nil
	})
}

func (one *run) open(mem []byte) int32 {
	return one.sealed(mem, func(c *siv.Cipher, associated, text []byte) ([]byte, error) {
		return c.Open(nil, text, associated)
	})
}

func (one *run) sealed(mem []byte, do func(c *siv.Cipher, associated, text []byte) ([]byte, error)) int32 {
	label, associated, text, ok := call.ParseSeal(mem)
	if !ok {
		return call.CodeMalformed
	}
	var out []byte
	defer func() { clear(out) }()
	err := one.applet.root.seal(label, func(c *siv.Cipher) (err error) {
		out, err = do(c, associated, text)
		return err
	})
	if err != nil {
		return call.CodeSeal
	}
	return answer(mem, out)
}

func (one *run) chance(mem []byte) int32 {
	if len(mem) != 2 {
		return call.CodeMalformed
	}
	n := int(binary.BigEndian.Uint16(mem))
	switch {
	case n > call.MaxChance:
		return call.CodeMalformed
	case n > cap(mem):
		return call.CodeRoom
	}
	one.pay(uint64(n / perBytes)) //nolint:gosec // not negative
	if one.drawn.fill(mem[:n]) != nil {
		return tasdk.CodeHostFailed
	}
	return int32(n) //nolint:gosec // at most MaxChance
}
