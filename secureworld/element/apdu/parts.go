package apdu

// parts gathers the body of a question. Its room is made once and wiped after
// each question, so that no copy of a body stays behind.
type parts struct {
	ins, next byte
	body      []byte // nil between questions
	room      []byte
}

func (p *parts) forget() {
	clear(p.body)
	p.body, p.next = nil, 0
}

// take adds a part. It reports whether the body is whole; if it is not, w is the
// answer.
func (p *parts) take(c Command) (whole bool, w Word) {
	if w := p.add(c); w != WordDone {
		p.forget()
		return false, w
	}
	return c.P1 == partLast, WordDone
}

func (p *parts) add(c Command) Word {
	last := c.P1 == partLast
	switch {
	case !last && c.P1 != partMore:
		return WordParameter
	case !last && (len(c.Data) != maxPart || c.Le != NoLe):
		return WordLength
	case last && c.Le != NoLe && c.Le != AnyLe:
		return WordLength
	}
	if c.P2 == 0 {
		p.begin(c.INS)
	}
	switch {
	case c.INS != p.ins || c.P2 != p.next:
		return WordState
	case c.P2 > 0 && len(c.Data) == 0, len(p.body)+len(c.Data) > MaxBody:
		return WordLength
	}
	p.body = append(p.body, c.Data...)
	p.next++
	return WordDone
}

func (p *parts) begin(ins byte) {
	p.forget()
	if p.room == nil {
		p.room = make([]byte, 0, MaxBody)
	}
	p.ins, p.body = ins, p.room
}
