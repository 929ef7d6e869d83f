package tahost

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/sys"
)

// The parts of WASI preview 1 that Go's runtime needs. Everything else that an
// application imports answers ENOSYS: there are no files, no sockets, no
// environment and no arguments.
const (
	wasiModule = "wasi_snapshot_preview1"

	errnoSuccess = 0
	errnoBadf    = 8
	errnoFault   = 21
	errnoInval   = 28
	errnoNosys   = 52
)

type (
	stack = []uint64
	// system is one WASI function: parameters in stack, the answer's errno out.
	system func(h *Host, ctx context.Context, memory api.Memory, stack stack) uint32
)

func systems() map[string]system {
	return map[string]system{
		"args_get":          none,
		"environ_get":       none,
		"args_sizes_get":    emptySizes,
		"environ_sizes_get": emptySizes,
		"clock_time_get":    clockTime,
		"random_get":        randomBytes,
		"sched_yield":       none,
		"fd_write":          countWrite,
		"fd_prestat_get":    badDescriptor,
		"fd_fdstat_get":     descriptorStat,
		"fd_close":          badDescriptor,
		"poll_oneoff":       sleepOnce,
		"proc_exit":         exit,
	}
}

// exportWASI adds one import of the module, real or refusing.
func (h *Host) exportWASI(builder wazero.HostModuleBuilder, name string, imported api.FunctionDefinition) {
	function, ok := systems()[name]
	results := imported.ResultTypes()
	body := func(ctx context.Context, module api.Module, stack []uint64) {
		errno := uint32(errnoNosys)
		if ok {
			errno = function(h, ctx, module.Memory(), stack)
		}
		if len(results) == 1 {
			stack[0] = uint64(errno)
		}
	}
	builder.NewFunctionBuilder().
		WithGoModuleFunction(api.GoModuleFunc(body), imported.ParamTypes(), results).Export(name)
}

func none(*Host, context.Context, api.Memory, stack) uint32 { return errnoSuccess }

func badDescriptor(*Host, context.Context, api.Memory, stack) uint32 { return errnoBadf }

func emptySizes(_ *Host, _ context.Context, m api.Memory, s stack) uint32 {
	if !m.WriteUint32Le(uint32(s[0]), 0) || !m.WriteUint32Le(uint32(s[1]), 0) {
		return errnoFault
	}
	return errnoSuccess
}

// clockTime serves both clocks, the time of day and the one that only goes forward.
func clockTime(h *Host, _ context.Context, m api.Memory, s stack) uint32 {
	if !m.WriteUint64Le(uint32(s[2]), h.now()) {
		return errnoFault
	}
	return errnoSuccess
}

// now is nanoseconds since 1970, or since this host began for an application that may
// not know the time of day.
func (h *Host) now() uint64 {
	if h.cfg.NoClock {
		return uint64(time.Since(h.begun))
	}
	return uint64(time.Now().UnixNano())
}

// randomBytes fills the application's memory itself; nothing passes the heap.
func randomBytes(_ *Host, _ context.Context, m api.Memory, s stack) uint32 {
	room, ok := m.Read(uint32(s[0]), uint32(s[1]))
	if !ok {
		return errnoFault
	}
	_, _ = rand.Read(room) // never fails (crypto/rand)
	return errnoSuccess
}

// countWrite reads the lengths and not the bytes.
func countWrite(h *Host, _ context.Context, m api.Memory, s stack) uint32 {
	vectors, count := uint32(s[1]), uint32(s[2])
	if count > 1024 {
		return errnoInval
	}
	total := uint32(0)
	for i := range count {
		length, ok := m.ReadUint32Le(vectors + 8*i + 4)
		if !ok {
			return errnoFault
		}
		total += length
	}
	h.counters.stderrBytes.Add(uint64(total))
	if !m.WriteUint32Le(uint32(s[3]), total) {
		return errnoFault
	}
	return errnoSuccess
}

// descriptorStat knows the three standard descriptors as character devices with
// the right to write.
func descriptorStat(_ *Host, _ context.Context, m api.Memory, s stack) uint32 {
	if uint32(s[0]) > 2 {
		return errnoBadf
	}
	room, ok := m.Read(uint32(s[1]), 24)
	if !ok {
		return errnoFault
	}
	clear(room)
	room[0] = 2      // filetype character_device
	room[8] = 1 << 6 // rights fd_write
	return errnoSuccess
}

// sleepOnce serves Go's sleeps: poll_oneoff(in, out, n, *events) with clock
// subscriptions. The earliest one fires; the call's deadline ends it too.
func sleepOnce(h *Host, ctx context.Context, m api.Memory, s stack) uint32 {
	in, out, count := uint32(s[0]), uint32(s[1]), uint32(s[2])
	if count == 0 || count > 16 {
		return errnoInval
	}
	subscriptions, ok := m.Read(in, 48*count)
	if !ok {
		return errnoFault
	}
	var first []byte
	wait := time.Duration(maxSleepSeconds) * time.Second
	for ; len(subscriptions) > 0; subscriptions = subscriptions[48:] {
		if d, isClock := clockWait(subscriptions, h.now()); isClock && d <= wait {
			first, wait = subscriptions[:48], d
		}
	}
	if first == nil {
		return errnoInval
	}
	pause(ctx, wait)
	return fire(m, out, uint32(s[3]), first)
}

// clockWait reads a subscription: userdata u64, tag u8, at 16 clock id u32, at
// 24 timeout u64, at 40 flags u16 (1: absolute).
func clockWait(subscription []byte, now uint64) (time.Duration, bool) {
	if subscription[8] != 0 {
		return 0, false
	}
	timeout := binary.LittleEndian.Uint64(subscription[24:])
	if subscription[40]&1 != 0 {
		timeout -= min(timeout, now)
	}
	return time.Duration(min(timeout, maxSleepSeconds*uint64(time.Second))), true
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// fire writes one event: userdata u64, errno u16, type u8, all 32 bytes.
func fire(m api.Memory, out, events uint32, subscription []byte) uint32 {
	event, ok := m.Read(out, 32)
	if !ok || !m.WriteUint32Le(events, 1) {
		return errnoFault
	}
	clear(event)
	copy(event, subscription[:8])
	return errnoSuccess
}

// exit ends the instance: the panic is wazero's way to unwind, as in its own
// proc_exit.
func exit(_ *Host, _ context.Context, _ api.Memory, s stack) uint32 {
	panic(sys.NewExitError(uint32(s[0])))
}
