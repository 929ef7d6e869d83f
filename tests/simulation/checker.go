package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"reflect"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// checker watches one lane from outside: the bytes on its disk, the messages on its
// line, what its displays show and what its app world is told. It asks no data
// structure of the product what is true.
type checker struct {
	l      *lane
	parsed int // bytes of the journal

	opened   map[payment.ID]mailbox.Start
	ids      []payment.ID
	attempts map[payment.RRN]payment.ID
	orders   map[[16]byte]payment.ID
	intents  map[payment.RRN]bool
	done     map[payment.ID]transaction.Done

	ksns     map[uint32][32]byte
	asked    map[string]bool // RRNs of requests and network messages
	tcs      map[payment.Cryptogram]bool
	blocks   map[[16]byte]bool // PIN blocks: whether the PIN was right
	final    map[payment.ID]mailbox.View
	terminal map[payment.ID]sale.Payment
	till     map[string]sale.Payment
	bad      map[[32]byte]bool // messages with a false MAC
	needles  [][]byte
}

func newChecker(l *lane) *checker {
	c := &checker{l: l, opened: map[payment.ID]mailbox.Start{}, orders: map[[16]byte]payment.ID{}, attempts: map[payment.RRN]payment.ID{},
		intents: map[payment.RRN]bool{}, done: map[payment.ID]transaction.Done{}, ksns: map[uint32][32]byte{},
		asked: map[string]bool{}, tcs: map[payment.Cryptogram]bool{}, blocks: map[[16]byte]bool{},
		final: map[payment.ID]mailbox.View{}, terminal: map[payment.ID]sale.Payment{}, bad: map[[32]byte]bool{}, till: map[string]sale.Payment{}}
	for k := range cardKinds {
		pan := l.w.rules.profiles[l.n][k].PAN
		packed, _ := hex.DecodeString(pan)
		c.needles = append(c.needles, []byte(pan), packed)
	}
	return c
}

// violation notes that an invariant did not hold.
func (c *checker) violation(invariant, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	c.l.w.tracef(c.l, "VIOLATION %s: %s", invariant, text)
	c.l.w.failures = append(c.l.w.failures, violation{invariant, fmt.Sprintf("lane %d life %d: %s", c.l.n, c.l.at, text)})
}

// must counts a check.
func (c *checker) must(ok bool, invariant, format string, args ...any) {
	c.l.w.count.checks++
	if !ok {
		c.violation(invariant, format, args...)
	}
}

// durable reads what has become durable of the journal.
func (c *checker) durable(all []byte, _ int) {
	const head, tail = 20, 16
	for len(all) >= c.parsed+head {
		n := int(binary.BigEndian.Uint32(all[c.parsed:]))
		if len(all) < c.parsed+head+n+tail {
			return
		}
		r, err := transaction.DecodeRecord(all[c.parsed+head : c.parsed+head+n])
		if err != nil {
			return
		}
		c.parsed += head + n + tail
		c.record(r)
	}
}

func (c *checker) record(r transaction.Record) {
	switch r := r.(type) {
	case transaction.Opened:
		c.must(c.opened[r.ID] == mailbox.Start{}, "I3", "a payment was opened twice")
		c.opened[r.ID] = r.Start
		c.ids = append(c.ids, r.ID)
	case transaction.Attempted:
		_, twice := c.attempts[r.Terms.RRN]
		c.must(!twice, "I8", "RRN %d was issued twice", r.Terms.RRN)
		c.attempts[r.Terms.RRN] = r.ID
		c.orders[r.Order] = r.ID
	case transaction.Intent:
		c.intents[r.Receipt.RRN] = true
	case transaction.Done:
		before, twice := c.done[r.ID]
		c.must(!twice || before == r, "I10", "a payment ended twice, in two ways")
		c.done[r.ID] = r
	}
}

// sent looks at a message that leaves for the host.
func (c *checker) sent(b []byte) {
	m, err := c.l.w.rules.codec.Unpack(b)
	if err != nil {
		c.violation("I19", "a message leaves that no host can read")
		return
	}
	rrn := payment.RRN(number(m.String(37)))
	raw, _ := m.Get(48)
	private, _ := hostspec.ParsePrivate(raw)
	ksn := hostspec.FindPrivate(private, hostspec.PrivateKSN)
	if len(ksn) == 12 {
		n, digest := binary.BigEndian.Uint32(ksn[8:]), sha256.Sum256(b)
		before, used := c.ksns[n]
		c.must(!used || before == digest, "I8", "KSN %d is used for two messages", n)
		c.ksns[n] = digest
	}
	switch m.MTI {
	case hostspec.MTIRequest:
		c.must(c.intents[rrn], "I8", "a request leaves before its intent is durable")
		c.must(!c.asked[m.String(37)], "I8", "an RRN leaves twice")
		c.must(int64(number(m.String(4))) == int64(c.opened[c.attempts[rrn]].Amount), "I6", "DE 4 is not the amount that was asked for")
		if block, there := m.Get(52); there {
			_, known := c.blocks[[16]byte(block)]
			c.must(known, "I18", "a PIN block that the PIN pad never made")
		}
		c.asked[m.String(37)] = true
	case hostspec.MTINetwork:
		c.must(!c.asked[m.String(37)], "I8", "an RRN leaves twice")
		c.asked[m.String(37)] = true
	}
}

func number(s string) (n uint64) {
	for _, d := range []byte(s) {
		if d >= '0' && d <= '9' {
			n = 10*n + uint64(d-'0')
		}
	}
	return n
}

// told is the secure world's word on a payment.
func (c *checker) told(v mailbox.View) {
	if before, ended := c.final[v.ID]; ended {
		c.must(before.Outcome == v.Outcome && before.Money == v.Money, "I10", "the outcome %v became %v", before.Outcome, v.Outcome)
	}
	if v.Outcome == payment.OutcomeNone {
		return
	}
	done, durable := c.done[v.ID]
	c.must(durable && done.Outcome == v.Outcome, "I5", "the outcome %v was told before it was durable", v.Outcome)
	if v.Outcome == payment.OutcomeApproved && v.Card.EntryMode.AtCard() {
		c.must(v.Receipt.Completed && c.tcs[v.Receipt.Cryptogram], "I5", "approved, and the card gave no TC")
	}
	c.final[v.ID] = v
	if b, err := frame.Append(nil, v); err == nil {
		c.scan("I17", "a view", b)
	}
}

func (c *checker) scan(invariant, where string, b []byte) {
	c.l.w.count.checks++
	for _, n := range c.needles {
		if bytes.Contains(b, n) {
			c.violation(invariant, "%s holds an account number", where)
		}
	}
}

// terminalTells is a durable change at the terminal.
func (c *checker) terminalTells(r sale.Record) {
	p := r.Payment
	if before, ended := c.terminal[p.ID]; ended && before.Outcome != nil {
		c.must(p.Outcome != nil && *p.Outcome == *before.Outcome && p.Money == before.Money, "I10", "a final outcome changed at the terminal")
	}
	if p.Outcome != nil {
		failure := ""
		if p.Failure != nil {
			failure = p.Failure.Code
		}
		c.l.w.tracef(c.l, "%v of %d ends: %s %s %s", p.ID, p.Amount, *p.Outcome, p.Money, failure)
	}
	c.terminal[p.ID] = p
}

// tillHears is an answer that reached the till.
func (c *checker) tillHears(key string, p sale.Payment) {
	before, heard := c.till[key]
	if heard {
		c.must(before.ID == p.ID, "I10", "a key has another payment than before")
		c.must(before.ID != p.ID || p.Version >= before.Version, "I11", "an answer is older than the one before")
		c.must(before.Outcome == nil || p.Outcome != nil && *p.Outcome == *before.Outcome, "I10", "a final outcome changed at the till")
	}
	c.till[key] = p
}

func (c *checker) neverSeen(_ string, acknowledged bool) {
	c.must(!acknowledged, "I10", "a key that was acknowledged was never seen")
}

func (c *checker) gaveUp(string) {}

func (c *checker) replayed(existing *sale.Record, r sale.Request) {
	c.must(existing.Fingerprint == r.Fingerprint(), "I3", "a key answers another question")
}

// shown is an amount on a display in front of the cardholder.
func (c *checker) shown(where string, order [16]byte, amount uint64) {
	id, durable := c.orders[order]
	c.must(durable, "I8", "the %s has an order whose numbers are not durable", where)
	c.must(!durable || uint64(c.opened[id].Amount) == amount, "I6", "the %s shows another amount", where)
}

// spoilt notes a message whose MAC is not right any more.
func (c *checker) spoilt(b []byte) { c.bad[sha256.Sum256(b)] = true }

// verified is a message that the application believed.
func (c *checker) verified(b []byte) {
	c.must(!c.bad[sha256.Sum256(b)], "I19", "a message with a false MAC is believed")
}

func (c *checker) gaveTC(cryptogram [8]byte) { c.tcs[cryptogram] = true }

func (c *checker) enteredPIN(_ [12]byte, block [16]byte, right bool) {
	_, twice := c.blocks[block]
	c.must(!twice, "I18", "a PIN block comes twice")
	c.blocks[block] = right
}

// answered looks at what the host says to a request with a PIN.
func (c *checker) answered(question, answer []byte) {
	if hostspec.MTI(question) != hostspec.MTIRequest || len(c.blocks) == 0 {
		return
	}
	q, err1 := c.l.w.rules.codec.Unpack(question)
	a, err2 := c.l.w.rules.codec.Unpack(answer)
	if err1 != nil || err2 != nil {
		return
	}
	if block, there := q.Get(52); there {
		c.must(!c.blocks[[16]byte(block)] || a.String(39) != hostspec.ResponseWrongPIN, "I18", "the host cannot read a right PIN")
	}
}

// stepped looks at one step of the core.
func (c *checker) stepped(e transaction.Event, effects []transaction.Effect) {
	refused := false
	switch e := e.(type) {
	case transaction.AnswerChecked:
		refused = e.Code != 0
	case transaction.ReversalChecked:
		refused = e.Code != 0
	case transaction.HostLate:
		refused = true
	}
	if !refused {
		return
	}
	for _, e := range effects {
		switch e.(type) {
		case transaction.Write, transaction.Notify:
			c.must(false, "I19", "a message that does not verify changes something: %T", e)
		}
	}
	c.l.w.count.checks++
}

func (c *checker) step(transaction.Event) {}

// recovered holds a recovery against another one of the same journal.
func (c *checker) recovered(s *secure, effects []transaction.Effect) {
	core := c.again(s)
	if core == nil {
		return
	}
	c.must(reflect.DeepEqual(core.Recover(s.wall()), effects), "I9", "two recoveries of one journal differ")
}

// again replays the journal as it lies on the disk.
func (c *checker) again(s *secure) *transaction.Core {
	core := transaction.New(c.l.config())
	all, _ := s.file.ReadAll()
	copied := &disk{l: &lane{w: c.l.w, secure: &secure{}}, durable: all}
	if _, err := s.replay(core, copied); err != nil {
		c.violation("I9", "the journal does not open: %v", err)
		return nil
	}
	return core
}

// quiet: nothing of this lane is open.
func (c *checker) quiet() bool {
	s, t := c.l.secure, c.l.terminal
	if !s.up || s.core == nil || !t.up || len(t.open) > 0 || !t.asks || len(t.flights) > 0 {
		return false
	}
	st := s.core.State()
	return st.Busy.Zero() && st.Pending == 0 && st.HostSignedOn && st.ReaderConnected && st.PINPadConnected && len(s.work) == 0
}
