package transaction

import (
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

// While the host is away a contact chip may approve by itself, within the limits of
// the signed parameters: its reader tells it that the host cannot be reached, and only
// its TC approves. The advice for the host is durable before anybody hears of that,
// and waits in the outbox like a capture. The host may refuse it. The payment stays
// approved then, without money, and marked, for people to see to.

// mayBeAlone is why a start cannot be carried out without the host.
func (c *Core) mayBeAlone(s mailbox.Start) mailbox.Code {
	plain := s.Type == payment.TypeSale && !cardless(s) && !s.Keyed && s.Cashback == 0 && !s.Partial && !s.Store
	if c.cfg.OfflineLimit == 0 || !plain || !c.cfg.Interfaces.Has(sred.InterfaceChip) {
		return mailbox.CodeHost
	}
	count, sum := 0, s.Amount
	for _, p := range c.outbox {
		if p.terms.Offline {
			count++
			sum += p.start.Amount
		}
	}
	if s.Amount > c.cfg.OfflineLimit || count >= c.cfg.OfflineCount || sum > c.cfg.OfflineSum || c.overdue() {
		return mailbox.CodeOffline
	}
	return mailbox.CodeNone
}

// overdue: something was approved without the host longer ago than is permitted.
func (c *Core) overdue() bool {
	for _, p := range c.outbox {
		if p.terms.Offline && c.now.Sub(c.began(p)) > c.cfg.OfflineAge {
			return true
		}
	}
	return false
}

// began is when a payment was under way, as its durable terms say.
func (c *Core) began(p *entry) time.Time {
	d, t := p.terms.Date, p.terms.Time
	return time.Date(2000+int(unbcd(d[0])), time.Month(unbcd(d[1])), int(unbcd(d[2])),
		int(unbcd(t[0])), int(unbcd(t[1])), int(unbcd(t[2])), 0, c.cfg.Zone)
}

// goAlone tells the card that the host cannot be reached. The application has opened
// its data and keeps them until the card has spoken; nothing was sent.
func (c *Core) goAlone(p *entry, e Authorised) {
	if e.Entry != payment.EntryModeChip {
		c.unsent(p, payment.OutcomeFailed, payment.FailureHostUnavailable)
		return
	}
	p.read = e.Authorised // it is told once it is durable
	p.phase = phaseAlone
	p.view.Status = payment.StatusFinalizingCard
	c.do(TellCard{sred.Answer{Order: p.order, Result: sred.HostUnable}})
	c.setTimer(TimerFinish, c.cfg.FinishWait)
	c.notify(p)
}

// finishAlone takes the card's word, which is all there is.
func (c *Core) finishAlone(p *entry, e ReaderFinished) {
	c.stopTimer(TimerFinish)
	if e.Result != sred.CardApproved {
		c.offlineDecline(p, e)
		return
	}
	c.cardSaid(p, e)
	p.phase = phaseSealing
	c.setTimer(TimerWork, c.cfg.WorkWait)
	c.do(Complete{Order: p.order, Terms: p.terms, Cryptogram: e.Cryptogram, TVR: e.TVR, IAD: e.IAD})
}

// onCompleted: the advice is durable, and only then the payment approved.
func (c *Core) onCompleted(e Completed) {
	p := c.of(e.Order)
	if p == nil || p.phase != phaseSealing {
		return
	}
	c.stopTimer(TimerWork)
	last := p.view.Receipt
	c.know(p, p.read)
	p.view.Receipt.Cryptogram, p.view.Receipt.TVR = last.Cryptogram, last.TVR
	p.intent = &Intent{ID: p.view.ID, Card: p.view.Card, Receipt: p.view.Receipt,
		Reversal: e.Reversal, Repeat: e.Repeat, Keys: e.Keys, Offline: true}
	c.write(*p.intent)
	c.approveAlone(p)
}

// approveAlone ends it for the till; recovery uses it too.
func (c *Core) approveAlone(p *entry) {
	p.view.Approved, p.view.Offline, p.view.Sent = p.start.Amount, true, true
	c.complete(p, payment.OutcomeApproved, payment.MoneyCaptured, payment.FailureNone)
	c.outbox = append(c.outbox, p)
}

// judged is what the host says of it: that it is booked, or that it is not.
func (c *Core) judged(p *entry, e FollowChecked) {
	r := Judged{ID: p.view.ID, Taken: e.Response == payment.ResponseCode{'0', '0'}, Response: e.Response, Decline: e.Decline}
	c.write(r)
	c.judge(p, r)
	c.publish()
}

// judge applies it; replay uses it too. What was refused was never booked, so it does
// not count among what was taken back.
func (c *Core) judge(p *entry, r Judged) {
	p.intent = nil
	p.view.Receipt.ResponseCode = r.Response
	if r.Taken {
		c.change(p, func(p *entry) { p.view.Offline = false })
		return
	}
	c.unbook(p)
	c.change(p, func(p *entry) {
		p.view.Decline, p.view.Captured = r.Decline, 0
		p.view.Money = payment.MoneyNone
	})
}
