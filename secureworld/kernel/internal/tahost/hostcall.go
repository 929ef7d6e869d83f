package tahost

import (
	"context"

	"github.com/tetratelabs/wazero/api"

	"github.com/strongroom-pos/strongroom/secureworld/tasdk"
)

type instanceKey struct{}

// SessionFrom returns what Acquire bound to the instance that is calling; nil
// outside a host function.
func SessionFrom(ctx context.Context) any {
	if i, ok := ctx.Value(instanceKey{}).(*Instance); ok {
		return i.session
	}
	return nil
}

// hostCall is sr_host: it checks the range, then lets the kernel's function work
// on the application's memory itself.
func (h *Host) hostCall(ctx context.Context, module api.Module, fn, address, length, capacity uint32) (result int32) {
	instance, ok := ctx.Value(instanceKey{}).(*Instance)
	if !ok || instance.module != module {
		return tasdk.CodeHostNotReady
	}
	function, ok := h.cfg.Host[fn]
	if !ok {
		return tasdk.CodeHostUnknown
	}
	room, ok := module.Memory().Read(address, capacity)
	if !ok || length > capacity || capacity > 1<<30 {
		return tasdk.CodeHostRange
	}
	return h.guarded(ctx, function, room[:length:capacity])
}

// guarded turns a panic of the kernel's function into a code, so that its text,
// which may quote data, reaches nobody and the kernel goes on.
func (h *Host) guarded(ctx context.Context, function HostFunc, mem []byte) (result int32) {
	defer func() {
		if recover() != nil {
			h.counters.hostPanics.Add(1)
			result = tasdk.CodeHostFailed
		}
	}()
	n, code := function(ctx, mem)
	switch {
	case code < 0:
		return code
	case n < 0 || n > cap(mem):
		return tasdk.CodeHostFailed
	}
	return int32(n)
}
