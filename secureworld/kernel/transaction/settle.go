package transaction

import (
	"cmp"
	"slices"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// bookState is the open batch, how its settlement stands, and the batches before it.
//
// A batch is closed by an 0500 that is durable before it leaves and is the same until
// it is answered. Only then are there differences to be asked for, page by page; a
// restart begins that again with the 0500, to which the host answers the same.
type bookState struct {
	items    []item
	totals   mailbox.Totals
	closed   []closedBatch // oldest first
	wish     bool          // it is to be closed
	settling *Settling     // how
	attempts uint32

	building bool
	inFlight bool
	waiting  bool // for the back-off
	failures int
	terms    call.Terms // of what is built or in flight
	keys     []byte

	theirs      *mailbox.Totals // the host has closed it, and differs
	theirItems  []hostspec.Item
	page        uint16
	differences []Differing // in the journal, of a batch that is not closed yet
}

// closedBatch is a batch with its differences.
type closedBatch struct {
	view        mailbox.BatchView
	differences []Differing
}

// closing: the totals stand, so nothing more may come to the batch.
func (c *Core) closing() bool { return c.books.settling != nil || c.books.building }

func (c *Core) onBatch(e Event) {
	switch e := e.(type) {
	case Settle:
		c.onSettle(e)
	case Batch:
		c.replyBatch(e.Reply, e.Batch.Batch)
	case Difference:
		c.do(Reply{To: e.Reply, Different: c.difference(e.Batch, e.Index)})
	case SettleBuilt:
		c.onSettleBuilt(e)
	case ItemsBuilt:
		c.onItemsBuilt(e)
	case SettleChecked:
		c.onSettleChecked(e)
	case ItemsChecked:
		c.onItemsChecked(e)
	}
}

func (c *Core) onSettle(e Settle) {
	switch {
	case c.unfit():
		c.refuse(e.Reply, mailbox.CodeTampered)
		return
	case (e.Settle.Batch == 0 || e.Settle.Batch == c.batch) && !c.books.wish:
		c.write(Closing{c.batch})
		c.books.wish = true
	}
	c.replyBatch(e.Reply, e.Settle.Batch)
}

func (c *Core) replyBatch(to uint64, b payment.Batch) {
	v, there := c.batchView(b)
	if !there {
		c.refuse(to, mailbox.CodeNeverSeen)
		return
	}
	c.do(Reply{To: to, Batch: v})
}

// settleNext goes on with the settlement if nothing hinders it. It runs behind every
// step.
func (c *Core) settleNext() {
	s := &c.books
	if !s.wish || c.active != nil || len(c.reversals) > 0 || len(c.outbox) > 0 || !c.mayTell() {
		return
	}
	switch {
	case s.building || s.inFlight || s.waiting:
	case s.settling == nil:
		c.number(c.terms(mailbox.Start{Currency: c.cfg.Currency}, 0, 0, [4]byte{}))
		c.do(BuildSettle{Terms: s.terms, Totals: call.BatchTotals(s.totals)})
	case s.theirs == nil:
		s.terms, s.keys = s.settling.Terms, s.settling.Keys
		s.attempts++
		c.ship(ClassSettlement, s.settling.Frame)
	default:
		c.number(c.terms(mailbox.Start{Currency: c.cfg.Currency}, 0, 0, [4]byte{}))
		c.do(BuildItems{Terms: s.terms, Page: s.page})
	}
}

// number gives what is built numbers of its own.
func (c *Core) number(t call.Terms) {
	t.STAN, t.RRN = c.issue()
	c.write(Asked{STAN: t.STAN, RRN: t.RRN})
	c.books.terms, c.books.building = t, true
	c.setTimer(TimerSettle, c.cfg.WorkWait)
}

func (c *Core) ship(class Class, frame []byte) {
	c.books.inFlight = true
	c.do(Send{Question: Question{Class: class, STAN: c.books.terms.STAN}, Frame: frame})
	c.setTimer(TimerSettle, c.cfg.HostWait)
}

// built reports whether this is what was to be built, and usable.
func (c *Core) built(e SettleBuilt) bool {
	s := &c.books
	if !s.building || s.terms.RRN != e.RRN {
		return false
	}
	if s.building = false; e.Code != 0 {
		c.settleFailed()
		return false
	}
	c.stopTimer(TimerSettle)
	s.keys = e.Keys
	return true
}

func (c *Core) onSettleBuilt(e SettleBuilt) {
	if c.built(e) {
		c.books.settling = &Settling{Terms: c.books.terms, Totals: c.books.totals, Frame: e.Frame, Keys: e.Keys}
		c.write(*c.books.settling)
	}
}

func (c *Core) onItemsBuilt(e ItemsBuilt) {
	if c.built(SettleBuilt(e)) && c.host.link == linkReady {
		c.ship(ClassItems, e.Frame)
	}
}

// onSettleAnswer takes a frame that came for the settlement.
func (c *Core) onSettleAnswer(q Question, frame []byte) {
	s := &c.books
	switch {
	case !s.inFlight || s.terms.STAN != q.STAN || (q.Class == ClassItems) != (s.theirs != nil):
		c.counters.Late++
	case q.Class == ClassItems:
		c.do(CheckItems{Terms: s.terms, Keys: s.keys, Frame: frame})
	default:
		c.do(CheckSettle{Terms: s.terms, Keys: s.keys, Frame: frame})
	}
}

// answered reports whether a verified answer is to what is in flight.
func (c *Core) answered(rrn payment.RRN, code call.Code, r payment.ResponseCode) bool {
	if code == call.CodeMAC || code == call.CodeAnswer {
		c.counters.BadMACs++
	}
	if !c.books.inFlight || c.books.terms.RRN != rrn || code != 0 {
		return false // the true answer may still come
	}
	if later(r) {
		c.settleFailed()
		return false
	}
	c.do(Forget{c.settleQuestion()})
	c.stopTimer(TimerSettle)
	c.books.inFlight, c.books.failures = false, 0
	return true
}

func (c *Core) settleQuestion() Question {
	q := Question{Class: ClassSettlement, STAN: c.books.terms.STAN}
	if c.books.theirs != nil {
		q.Class = ClassItems
	}
	return q
}

func (c *Core) onSettleChecked(e SettleChecked) {
	if c.books.theirs != nil || !c.answered(e.RRN, e.Code, e.Response) {
		return
	}
	theirs := mailbox.Totals(e.Theirs)
	switch {
	case !e.Closed:
		c.write(Reopened{c.batch})
		c.reopen()
	case e.Agreed && theirs == c.books.settling.Totals:
		c.closeBatch(true, theirs, nil)
	default:
		c.books.theirs, c.books.page, c.books.theirItems = &theirs, 0, nil
	}
}

// onItemsChecked: a host that will not list his items leaves the totals alone to
// differ.
func (c *Core) onItemsChecked(e ItemsChecked) {
	s := &c.books
	if s.theirs == nil || !c.answered(e.RRN, e.Code, e.Response) {
		return
	}
	if e.Response != (payment.ResponseCode{'0', '0'}) {
		c.closeBatch(false, *s.theirs, nil)
		return
	}
	list, _ := hostspec.ParseItems(e.Items) // the application has
	s.theirItems = append(s.theirItems, list...)
	if e.More && len(s.theirItems) < MaxItems {
		s.page++
		return
	}
	c.closeBatch(false, *s.theirs, compare(s.items, s.theirItems))
}

// compare names what one side has and the other has not, or has otherwise, by RRN.
func compare(ours []item, theirs []hostspec.Item) (out []Differing) {
	at := map[payment.RRN]hostspec.Item{}
	for _, i := range theirs {
		at[payment.RRN(i.RRN)] = i
	}
	for _, i := range ours {
		t, there := at[i.rrn]
		delete(at, i.rrn)
		d := Differing{Type: i.kind, ID: i.id, RRN: i.rrn, Ours: i.amount, Theirs: payment.Amount(t.Amount)}
		switch {
		case !there:
			d.Kind = mailbox.DifferenceMissing
		case d.Ours != d.Theirs || itemKind(i.kind) != t.Kind:
			d.Kind = mailbox.DifferenceAmount
		default:
			continue
		}
		out = append(out, d)
	}
	for rrn, t := range at {
		out = append(out, Differing{Kind: mailbox.DifferenceUnknown, Type: typeOf(t.Kind), RRN: rrn, Theirs: payment.Amount(t.Amount)})
	}
	slices.SortFunc(out, func(a, b Differing) int { return cmp.Compare(a.RRN, b.RRN) })
	out = out[:min(len(out), MaxDifferences)]
	for i := range out {
		out[i].Index = uint32(i)
	}
	return out
}

func itemKind(t payment.Type) hostspec.ItemKind {
	switch t {
	case payment.TypeCapture:
		return hostspec.ItemCapture
	case payment.TypeRefund:
		return hostspec.ItemRefund
	}
	return hostspec.ItemSale
}

func typeOf(k hostspec.ItemKind) payment.Type {
	switch k {
	case hostspec.ItemCapture:
		return payment.TypeCapture
	case hostspec.ItemRefund:
		return payment.TypeRefund
	}
	return payment.TypeSale
}

// closeBatch makes the end durable, differences first.
func (c *Core) closeBatch(agreed bool, theirs mailbox.Totals, differences []Differing) {
	for _, d := range differences {
		c.write(d)
	}
	c.books.differences = differences
	end := Closed{Batch: c.batch, Agreed: agreed, Theirs: theirs, Differences: uint32(len(differences)),
		Attempts: c.books.attempts, Time: payment.Count(c.now.Unix())}
	c.write(end)
	c.closedBatch(end)
}

// closedBatch begins the next batch; replay uses it too.
func (c *Core) closedBatch(e Closed) {
	s := &c.books
	v := mailbox.BatchView{Batch: e.Batch, State: mailbox.BatchDiffers, Ours: s.totals, Theirs: e.Theirs, Answered: true,
		Differences: e.Differences, Attempts: e.Attempts, Closed: e.Time}
	if e.Agreed {
		v.State = mailbox.BatchClosed
	}
	kept := append(s.closed, closedBatch{v, s.differences[:min(len(s.differences), int(e.Differences))]})
	c.books = bookState{closed: kept[max(0, len(kept)-KeptBatches):]}
	c.issued = 0
	if c.batch++; !c.batch.Valid() {
		c.batch = 1
	}
}

// reopen goes on as if nobody had asked for the end; replay uses it too.
func (c *Core) reopen() {
	s := &c.books
	s.wish, s.settling, s.theirs, s.theirItems = false, nil, nil, nil
}

// onSettleTimer: no answer in time, or the back-off is over.
func (c *Core) onSettleTimer() {
	if c.books.inFlight || c.books.building {
		c.settleFailed()
		return
	}
	c.books.waiting = false
}

func (c *Core) settleFailed() {
	s := &c.books
	if s.inFlight {
		c.do(Forget{c.settleQuestion()})
	}
	s.inFlight, s.building, s.waiting = false, false, true
	s.failures++
	c.setTimer(TimerSettle, c.backoff(s.failures))
}

// settleLost: the connection ended that would have carried the answer.
func (c *Core) settleLost() {
	if c.books.inFlight {
		c.stopTimer(TimerSettle)
		c.books.inFlight = false
	}
}

// replayBatch takes the records of settlement.
func (c *Core) replayBatch(r Record) {
	s := &c.books
	switch r := r.(type) {
	case Closing:
		s.wish = true
	case Settling:
		s.settling = &r
	case Differing:
		s.differences = append(s.differences[:min(len(s.differences), int(r.Index))], r)
	case Closed:
		c.closedBatch(r)
	case Reopened:
		c.reopen()
	}
}
