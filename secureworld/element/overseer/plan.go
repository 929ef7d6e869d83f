package overseer

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"slices"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
)

// plan says whom to ask a batch: members whose answers count, in order, of which width
// at once and the others where one of those fails; and others for comparison alone.
// Who comes first changes with each batch.
func (o *Overseer) plan(b *batch) (order []int, width int, extra []int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.turn++
	var probing []int
	n, now := len(b.epoch.members), o.config.Clock()
	for k := range n {
		i := (o.turn + k) % n
		m := b.epoch.members[i]
		switch half := m.breaker.open(); {
		case m.record.Health == Quarantined || m.reset || !m.breaker.allow(now):
		case half:
			probing = append(probing, i) // and must be asked now
		case m.record.Health == Probation:
			extra = append(extra, i)
		default:
			order = append(order, i)
		}
	}
	if b.mode != door.ModeQuorum {
		order, extra = o.quick(b, order, extra)
	}
	order, width, extra = o.place(b, order, probing, extra)
	if b.mode == door.ModeSingle && len(order) > 1 && o.sampled() {
		o.audited += uint64(len(b.questions))
		extra = append(extra, order[len(order)-1])
		order = order[:len(order)-1]
	}
	return order, width, extra
}

// quick has those who are much slower than the fastest come last, where not all are
// asked; now and then one of them is asked for comparison alone, to see whether it still
// is slow. Where one is believed, a suspect is always asked so.
func (o *Overseer) quick(b *batch, order, extra []int) ([]int, []int) {
	fastest := patience
	for _, i := range order {
		fastest = min(fastest, b.epoch.members[i].elapsed)
	}
	slow := func(i int) int {
		if b.mode == door.ModeSingle && b.epoch.members[i].record.Health == Suspect {
			return 2 // asked to be compared, and alone only where nobody else is there
		}
		if e := b.epoch.members[i].elapsed; e > slowAt && e > 4*fastest {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(order, func(i, j int) int { return slow(i) - slow(j) })
	if last := len(order) - 1; last >= b.width() {
		if s := slow(order[last]); s == 2 || s == 1 && o.turn%16 == 0 {
			return order[:last], append(extra, order[last])
		}
	}
	return order, extra
}

// place finds a place for those whose breaker is half open: they decide where all do, or
// where the others are too few, and are compared otherwise.
func (o *Overseer) place(b *batch, order, probing, extra []int) ([]int, int, []int) {
	width := b.width()
	for _, i := range probing {
		shadow := b.epoch.members[i].record.Health == Probation
		if !shadow && len(order) < width {
			order = append(order, i)
		} else {
			extra = append(extra, i)
		}
	}
	return order, min(width, len(order)), extra
}

// width is how many are asked at once.
func (b *batch) width() int {
	switch b.mode {
	case door.ModeQuorum:
		return len(b.epoch.members)
	case door.ModeDual:
		return 2
	case door.ModeSingle:
	}
	return 1
}

// sampled draws whether a batch is audited: an element that could tell beforehand would
// lie to the others.
func (o *Overseer) sampled() bool {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return float64(binary.BigEndian.Uint32(b[:])) < o.config.Audit*(1<<32)
}

// exchange asks one member a batch, nil: no answer, or one that does not fit.
func (o *Overseer) exchange(ctx context.Context, b *batch, at int) []door.Answer {
	m := b.epoch.members[at]
	select {
	case m.waiting <- struct{}{}:
		defer func() { <-m.waiting }()
	default:
		o.heard(m, b, nil)
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	kind, body, err := b.send(ctx, m.link)
	body, err = answerOf(door.KindAsk, kind, body, err)
	var answers []door.Answer
	if err == nil {
		if answers, err = door.ParseAnswers(body, make([]door.Answer, 0, len(b.questions))); err == nil && len(answers) != len(b.questions) {
			answers, err = nil, door.CodeMalformed
		}
	}
	if r, ok := err.(refused); ok { //nolint:errorlint // answerOf wraps nothing
		answers = refuseAll(len(b.questions), r.Code)
	}
	o.heard(m, b, answers)
	return answers
}

// send asks over a link, where that is a socket without another copy.
func (b *batch) send(ctx context.Context, l Link) (byte, []byte, error) {
	if s, ok := l.(*socket); ok {
		return s.send(ctx, b.framed)
	}
	return l.Do(ctx, door.KindAsk, b.body())
}

// refuseAll spreads a refusal of a frame over its questions.
func refuseAll(n int, c door.Code) []door.Answer {
	answers := make([]door.Answer, n)
	for i := range answers {
		answers[i].Code = c
	}
	return answers
}

// heard counts an exchange, and tells the breaker of it.
func (o *Overseer) heard(m *member, b *batch, answers []door.Answer) {
	o.mu.Lock()
	defer o.mu.Unlock()
	took := time.Since(b.asked)
	if took > lateAfter {
		m.late++
	}
	if answers == nil {
		m.breaker.failed(o.config.Clock())
		return
	}
	m.breaker.succeeded()
	m.answered += uint64(len(answers))
	m.elapsed += (took - m.elapsed) / 16
}
