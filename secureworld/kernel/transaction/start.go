package transaction

import (
	"encoding/binary"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

func (c *Core) onStart(e Start) {
	if p := c.payments[e.ID]; p != nil {
		c.again(e, p)
		return
	}
	if code := c.unacceptable(e.Start); code != mailbox.CodeNone {
		c.refuse(e.Reply, code)
		return
	}
	if code := c.refusalOf(e.Start); code != mailbox.CodeNone {
		c.refuse(e.Reply, code)
		return
	}
	if code := c.mayFollow(e.Start); code != mailbox.CodeNone {
		c.refuse(e.Reply, code)
		return
	}
	p := c.open(e.Start)
	c.write(Opened{e.Start})
	c.active = p
	if cardless(e.Start) {
		c.follow(p)
	} else {
		c.attempt(p)
	}
	c.do(Reply{To: e.Reply, View: p.view})
}

// again answers a start whose id is known: with the payment if nothing differs.
func (c *Core) again(e Start, p *entry) {
	if p.start != e.Start {
		c.refuse(e.Reply, mailbox.CodeMismatch)
		return
	}
	c.do(Reply{To: e.Reply, View: p.view})
}

func (c *Core) refuse(to uint64, code mailbox.Code) {
	r := Reply{To: to, Refused: code}
	if c.active != nil && code == mailbox.CodeBusy {
		r.Other = c.active.view.ID
	}
	c.do(r)
}

func (c *Core) open(s mailbox.Start) *entry {
	c.sequence++
	p := &entry{start: s, since: c.now, sequence: c.sequence, view: mailbox.View{
		ID: s.ID, Type: s.Type, Amount: s.Amount, Currency: s.Currency, Of: s.Of, Tip: s.Tip, Cashback: s.Cashback,
		Status: payment.StatusCreated, Money: payment.MoneyNone,
	}}
	c.payments[s.ID] = p
	c.promise(p)
	return p
}

// attempt begins a reading of the card under fresh numbers.
func (c *Core) attempt(p *entry) {
	stan, rrn := c.issue()
	p.order = sred.OrderID(c.random[:16])
	p.terms = c.terms(p.start, stan, rrn, [4]byte(c.random[16:20]))
	p.hasPIN, p.offline, p.wrong, p.accept, p.scripts, p.intent, p.told = false, false, false, false, false, nil, nil
	p.view.Attempt++
	c.topPaid = max(c.topPaid, p.terms.RRN)
	c.write(Attempted{ID: p.view.ID, Order: p.order, Attempt: p.view.Attempt, Terms: p.terms})
	c.showAttempt(p)
	switch {
	case p.start.Keyed:
		c.askCard(p)
	case p.start.Type == payment.TypeRefund && !p.confirmed:
		c.askConfirmation(p)
	default:
		c.takeCard(p)
	}
	c.notify(p)
}

func (c *Core) takeCard(p *entry) {
	c.do(TakeCard{c.take(p)})
	c.setTimer(TimerCard, c.cardWait(p)+Slack)
}

func (c *Core) showAttempt(p *entry) {
	p.phase = phaseCard
	p.view.Status = payment.StatusAwaitingCard
	p.view.Stage = payment.StagePresentCard
	if p.view.Attempt > 1 {
		p.view.Stage = payment.StageWrongPIN
	}
	p.view.Money = payment.MoneyNone
	p.view.Sent = false
	p.view.Receipt = receiptOf(p.terms)
}

// receiptOf is what a receipt says before there is a card; replay uses it too.
func receiptOf(t call.Terms) mailbox.Receipt {
	return mailbox.Receipt{
		TerminalID: t.TerminalID, MerchantID: t.MerchantID, Batch: t.Batch, STAN: t.STAN, RRN: t.RRN,
		Date: payment.Date{Year: unbcd(t.Date[0]), Month: unbcd(t.Date[1]), Day: unbcd(t.Date[2])},
		Time: payment.Time{Hour: unbcd(t.Time[0]), Minute: unbcd(t.Time[1]), Second: unbcd(t.Time[2])},
	}
}

func (c *Core) cardWait(p *entry) time.Duration {
	return min(time.Duration(p.start.TimeoutSeconds)*time.Second, c.cfg.CardWait)
}

func (c *Core) take(p *entry) sred.Take {
	return sred.Take{
		Order: p.order, Attempt: p.view.Attempt, Amount: uint64(p.start.Amount), Other: uint64(p.start.Cashback),
		Currency: uint16(p.start.Currency), Exponent: p.start.Currency.Exponent(), Country: c.cfg.Country,
		Date: p.terms.Date, Time: p.terms.Time, TransactionType: p.terms.TransactionType,
		Unpredictable: p.terms.Unpredictable, TimeoutSeconds: uint16(c.cardWait(p) / time.Second),
		Interfaces: c.interfaces(), Entropy: [sred.EntropySize]byte(c.random[20:]),
	}
}

func (c *Core) terms(s mailbox.Start, stan payment.STAN, rrn payment.RRN, un [4]byte) call.Terms {
	l, g := c.local(), c.now.UTC()
	return call.Terms{
		Type: s.Type, Amount: s.Amount, Currency: s.Currency, TransactionType: transactionType(s),
		Date:          [3]byte{bcd(l.Year() % 100), bcd(int(l.Month())), bcd(l.Day())},
		Time:          [3]byte{bcd(l.Hour()), bcd(l.Minute()), bcd(l.Second())},
		Transmission:  [5]byte{bcd(int(g.Month())), bcd(g.Day()), bcd(g.Hour()), bcd(g.Minute()), bcd(g.Second())},
		Unpredictable: un, STAN: stan, RRN: rrn, Batch: c.batch,
		TerminalID: c.cfg.TerminalID, MerchantID: c.cfg.MerchantID,
		Tip: s.Tip, Cashback: s.Cashback, Partial: s.Partial, Store: s.Store,
	}
}

// interfaces that an order opens: without the host only a chip can approve.
func (c *Core) interfaces() sred.Interfaces {
	if c.host.link != linkReady && c.cfg.OfflineLimit > 0 {
		return c.cfg.Interfaces & sred.InterfaceChip
	}
	return c.cfg.Interfaces
}

// transactionType is 9C: the first two digits of the processing code (ISO 8583:1987).
func transactionType(s mailbox.Start) uint8 {
	switch {
	case s.Cashback > 0:
		return 0x09
	case s.Type == payment.TypeRefund:
		return 0x20
	case s.Type == payment.TypeBalance:
		return 0x31
	}
	return 0x00
}

func (c *Core) askPIN(p *entry, sealed [call.SealedPANSize]byte) AskPIN {
	return AskPIN{pinentry.EnterPIN{
		Order: pinentry.OrderID(p.order), Attempt: p.view.Attempt, Amount: uint64(p.start.Amount),
		Currency: uint16(p.start.Currency), Exponent: p.start.Currency.Exponent(),
		TimeoutSeconds: uint16(c.cfg.PINWait / time.Second), Counter: uint64(p.terms.RRN), SealedPAN: sealed,
	}}
}

func (c *Core) local() time.Time { return c.now.In(c.cfg.Zone) }

func bcd(n int) byte { return byte(n/10<<4 | n%10) }

func unbcd(b byte) uint8 { return b>>4*10 + b&0x0F }

func counterOf(ksn [12]byte) uint32 { return binary.BigEndian.Uint32(ksn[8:]) }

func (c *Core) onStatus(e Status) {
	p := c.payments[e.ID]
	if p == nil {
		c.refuse(e.Reply, mailbox.CodeNeverSeen)
		return
	}
	c.do(Reply{To: e.Reply, View: p.view})
}
