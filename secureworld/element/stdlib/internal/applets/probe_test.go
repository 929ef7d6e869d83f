package applets

import "slices"

// probe is a module by hand: one memory of a page, the buffer at 1024, sr_host imported
// as function 0, and a body for sr_call(op, n). Function 1 is sr_buffer, 2 sr_call.
type probe struct {
	module, name string // of what is imported; empty: sr_host
	start        bool   // sr_call's body runs as _initialize too
	buffer       []byte // body of sr_buffer; nil: 1024
	body         []byte // of sr_call, without its end; parameters are op and n
	pages        byte   // 0: one
}

func section(id byte, content ...byte) []byte { return append(sized(id), vector(content)...) }

func sized(b ...byte) []byte { return b }

// vector is a length of at most two bytes, and content.
func vector(content []byte) []byte {
	n := len(content)
	if n < 0x80 {
		return append([]byte{byte(n)}, content...)
	}
	return append([]byte{byte(n) | 0x80, byte(n >> 7)}, content...)
}

func text(s string) []byte { return vector([]byte(s)) }

func (p probe) wasm() []byte {
	if p.module == "" {
		p.module, p.name = "strongroom", "sr_host"
	}
	if p.buffer == nil {
		p.buffer = []byte{0x41, 0x80, 0x08} // i32.const 1024
	}
	const i32 = 0x7F
	return slices.Concat([]byte{0, 'a', 's', 'm', 1, 0, 0, 0},
		section(1, 4, 0x60, 4, i32, i32, i32, i32, 1, i32, 0x60, 0, 1, i32, 0x60, 2, i32, i32, 1, i32, 0x60, 0, 0),
		section(2, slices.Concat([]byte{1}, text(p.module), text(p.name), []byte{0, 0})...),
		section(3, 2, 1, 2),
		section(4, 1, 0x70, 0, 1),
		section(5, 1, 0, max(p.pages, 1)),
		section(7, slices.Concat([]byte{3}, text("sr_buffer"), []byte{0, 1}, text("sr_call"), []byte{0, 2}, text("memory"), []byte{2, 0})...),
		section(10, slices.Concat([]byte{2}, vector(slices.Concat([]byte{0}, p.buffer, []byte{0x0B})), vector(slices.Concat([]byte{0}, p.body, []byte{0x0B})))...),
	)
}

// Bodies of sr_call.
func echo() []byte    { return []byte{0x20, 1} }                            // local.get n
func forever() []byte { return []byte{0x03, 0x40, 0x0C, 0, 0x0B, 0x41, 0} } // loop br 0 end, i32.const 0
func trap() []byte    { return []byte{0x00} }

// recursive calls itself without an end.
func recursive() []byte { return []byte{0x20, 0, 0x20, 1, 0x10, 2} }

// deep calls itself with many operands on the stack.
func deep(operands int) []byte {
	b := []byte{}
	for range operands {
		b = append(b, 0x41, 1)
	}
	b = append(b, 0x20, 0, 0x20, 1, 0x10, 2)
	for range operands {
		b = append(b, 0x6A) // i32.add
	}
	return b
}

// growing asks for a page again and again; it never gives up.
func growing() []byte {
	return []byte{0x03, 0x40, 0x41, 1, 0x40, 0, 0x1A, 0x0C, 0, 0x0B, 0x41, 0}
}

// grown answers as many bytes as pages it has, after it asked for op more.
func grown() []byte { return []byte{0x20, 0, 0x40, 0, 0x1A, 0x3F, 0} }

// filling fills a page again and again.
func filling() []byte {
	return []byte{0x03, 0x40, 0x41, 0, 0x41, 0, 0x41, 0x80, 0x80, 0x04, 0xFC, 11, 0, 0x0C, 0, 0x0B, 0x41, 0}
}

// storing writes at the address op, and echoes.
func storing() []byte { return []byte{0x20, 0, 0x41, 1, 0x36, 2, 0, 0x20, 1} }

// says returns op as its result.
func says() []byte { return []byte{0x20, 0} }

// asking calls function op of the element with the input in place: sr_host(op, 1024, n, 4096).
func asking() []byte {
	return []byte{0x20, 0, 0x41, 0x80, 0x08, 0x20, 1, 0x41, 0x80, 0x20, 0x10, 0}
}

// outside has the element work outside of the memory: sr_host(1, op, 8, 4096).
func outside() []byte {
	return []byte{0x41, 1, 0x20, 0, 0x41, 8, 0x41, 0x80, 0x20, 0x10, 0}
}
