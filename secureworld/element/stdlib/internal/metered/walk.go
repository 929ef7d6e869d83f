package metered

// Instructions by number (WebAssembly Core 1.0, 5.4).
const (
	opUnreachable  = 0x00
	opBlock        = 0x02
	opLoop         = 0x03
	opIf           = 0x04
	opEnd          = 0x0B
	opBranch       = 0x0C
	opBranchIf     = 0x0D
	opBranchTable  = 0x0E
	opCall         = 0x10
	opCallIndirect = 0x11
	opLocalGet     = 0x20
	opLocalTee     = 0x22
	opGlobalGet    = 0x23
	opGlobalSet    = 0x24
	opLoad         = 0x28
	opStoreLast    = 0x3E
	opMemorySize   = 0x3F
	opMemoryGrow   = 0x40
	opI32Const     = 0x41
	opI64Const     = 0x42
	opF32Const     = 0x43
	opF64Const     = 0x44
	opI64Less      = 0x53
	opI64Sub       = 0x7D
	opI64Shift     = 0x88
	opI64Extend    = 0xAD
	opPlainLast    = 0xC4
	opMore         = 0xFC
)

// spot is a place in a body where something is inserted.
type spot struct {
	at     int    // before this byte of the body
	charge uint64 // units; 0: the range that the next instruction works on
}

// walk finds where a function's body pays, and how much.
type walk struct {
	m     *module
	r     *reader
	spots []spot
	open  []int // the spot that pays in each open block, the function's first
}

// body walks the instructions of one function, behind its locals.
func (w *walk) body(locals uint64) bool {
	w.spots = append(w.spots, spot{w.r.at, locals>>perLocals + 1})
	w.open = append(w.open, 0)
	for len(w.open) > 0 && !w.r.failed {
		if len(w.open) > maxDepth || !w.step() {
			return false
		}
	}
	return !w.r.failed && w.r.done()
}

// step walks one instruction.
func (w *walk) step() bool {
	from := w.r.at
	op := w.r.byte()
	pays := w.open[len(w.open)-1]
	w.spots[pays].charge++
	switch {
	case op == opBlock, op == opIf:
		w.r.number()
		w.open = append(w.open, pays)
	case op == opLoop:
		w.r.number()
		w.open = append(w.open, len(w.spots))
		w.spots = append(w.spots, spot{w.r.at, 1})
	case op == opEnd:
		w.open = w.open[:len(w.open)-1]
	case op == opMore:
		return w.more(from)
	default:
		return w.plain(op)
	}
	return true
}

// plain skips what follows an instruction.
func (w *walk) plain(op byte) bool {
	switch {
	case op == opBranch, op == opBranchIf, op >= opLocalGet && op <= opLocalTee:
		_ = w.r.u32()
	case op == opBranchTable:
		for n := w.r.u32(); n > 0 && !w.r.failed; n-- {
			_ = w.r.u32()
		}
		_ = w.r.u32()
	case op == opCall:
		return w.r.u32() < w.m.functions
	case op == opCallIndirect:
		return w.r.u32() < w.m.types && w.r.u32() == 0
	case op == opGlobalGet, op == opGlobalSet:
		return w.r.u32() < w.m.globals
	case op >= opLoad && op <= opStoreLast:
		_, _ = w.r.u32(), w.r.u32()
	case op == opMemorySize, op == opMemoryGrow:
		return w.r.byte() == 0
	case op == opI32Const, op == opI64Const:
		w.r.number()
	case op == opF32Const:
		w.r.skip(4)
	case op == opF64Const:
		w.r.skip(8)
	default:
		return bare(op)
	}
	return true
}

// bare tells whether an instruction is known that nothing follows: unreachable, nop,
// else, return, drop, select, and all that calculates.
func bare(op byte) bool {
	switch op {
	case opUnreachable, 0x01, 0x05, 0x0F, 0x1A, 0x1B:
		return true
	}
	return op > opF64Const && op <= opPlainLast
}

// more walks the instructions of two bytes: saturating conversion, and ranges.
func (w *walk) more(from int) bool {
	const initialise, dropData, copyMemory, fillMemory, initialiseTable, dropElements, copyTable = 8, 9, 10, 11, 12, 13, 14
	sub := w.r.u32()
	switch sub {
	case initialise, copyMemory, initialiseTable, copyTable:
		w.spots = append(w.spots, spot{at: from})
		_, _ = w.r.u32(), w.r.u32()
	case fillMemory:
		w.spots = append(w.spots, spot{at: from})
		_ = w.r.u32()
	case dropData, dropElements:
		_ = w.r.u32()
	default:
		return sub < initialise
	}
	return true
}
