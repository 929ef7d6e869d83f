package metered

// meter rewrites the code section and appends the function that charges for ranges.
func (m *module) meter() ([]byte, error) {
	r := &reader{b: m.sections[order(sectionCode)]}
	count := uint32(0)
	if len(r.b) > 0 {
		count = r.u32()
	}
	if r.failed || count != m.functions-uint32(len(m.imports)) { //nolint:gosec // counted in lookImports
		return nil, ErrModule
	}
	out := make([]byte, 0, len(r.b)+len(r.b)/4)
	out = appendU32(out, count+1)
	for range count {
		body := r.part(r.u32())
		if r.failed {
			return nil, ErrModule
		}
		locals, ok := declared(body)
		w := &walk{m: m, r: body}
		if !ok || !w.body(locals) {
			return nil, ErrModule
		}
		out = appendBody(out, m.pay(body.b, w.spots))
	}
	if !r.done() {
		return nil, ErrModule
	}
	return appendBody(out, m.ranges()), nil
}

func appendBody(out, body []byte) []byte {
	return append(appendU32(out, uint32(len(body))), body...) //nolint:gosec // a module has less than 4 GiB
}

// declared counts the locals of a body and leaves the reader behind them.
func declared(r *reader) (n uint64, ok bool) {
	for groups := r.u32(); groups > 0 && !r.failed; groups-- {
		n += uint64(r.u32())
		_ = r.byte()
	}
	return n, !r.failed && n <= maxLocals
}

// pay copies a body with what is inserted. Spots are in the order of their bytes.
func (m *module) pay(body []byte, spots []spot) []byte {
	out := make([]byte, 0, len(body)+24*len(spots))
	from := 0
	for _, s := range spots {
		out = append(out, body[from:s.at]...)
		from = s.at
		if s.charge == 0 {
			out = appendU32(append(out, opCall), m.functions)
			continue
		}
		out = m.take(out, appendS64([]byte{opI64Const}, s.charge))
	}
	return append(out, body[from:]...)
}

// take inserts: fuel -= price; if fuel < 0, trap. price leaves an i64 on the stack.
func (m *module) take(out, price []byte) []byte {
	out = appendU32(append(out, opGlobalGet), m.globals)
	out = append(append(out, price...), opI64Sub, opGlobalSet)
	out = appendU32(out, m.globals)
	out = appendU32(append(out, opGlobalGet), m.globals)
	const nothing = 0x40 // the type of a block that leaves nothing
	return append(out, opI64Const, 0, opI64Less, opIf, nothing, opUnreachable, opEnd)
}

// ranges is the function that gets the length of a range, takes its price, and gives
// the length back.
func (m *module) ranges() []byte {
	price := []byte{opLocalGet, 0, opI64Extend, opI64Const, perRange, opI64Shift}
	out := m.take([]byte{0}, price) // no locals of its own
	return append(out, opLocalGet, 0, opEnd)
}
