package transaction

import (
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// cardless reports whether a start needs neither card, reader nor PIN pad.
func cardless(s mailbox.Start) bool { return !s.Of.Zero() || !s.Token.Zero() }

func (p *entry) cardless() bool { return cardless(p.start) }

// told reports whether the host is only told of it, until he answers; the others ask
// him, and are reversed where he does not answer.
func told(t payment.Type) bool { return t == payment.TypeCapture || t == payment.TypeVoid }

// unacceptable is what is wrong with a start, whatever the state.
func (c *Core) unacceptable(s mailbox.Start) mailbox.Code {
	switch {
	case s.ID.Zero() || s.ID == s.Of:
		return mailbox.CodeMalformed
	case !shaped(s) || !mayBring(s) || s.Keyed && !c.cfg.Keyed:
		return mailbox.CodeType
	case !c.amountFits(s):
		return mailbox.CodeAmount
	case s.Currency != c.cfg.Currency:
		return mailbox.CodeCurrency
	case s.TimeoutSeconds > mailbox.MaxTimeout || s.TimeoutSeconds < 1 && !cardless(s):
		return mailbox.CodeTimeout
	}
	return c.mayGive(s)
}

// shaped holds a start to the table of mailbox.Start.
func shaped(s mailbox.Start) bool {
	bare := s.Tip == 0 && s.Cashback == 0 && !s.Partial && !s.Store && s.Token.Zero() && !s.Keyed
	switch s.Type {
	case payment.TypeSale:
		stored := s.Keyed || s.Store || s.Cashback > 0
		return s.Of.Zero() && !s.Last && (s.Token.Zero() || !stored) && (s.Cashback == 0 || !s.Keyed && !s.Partial)
	case payment.TypePreauth:
		return s.Of.Zero() && !s.Last && s.Token.Zero() && s.Tip == 0 && s.Cashback == 0
	case payment.TypeBalance:
		return s.Of.Zero() && !s.Last && bare
	case payment.TypeRefund:
		return bare && !s.Last
	case payment.TypeCapture:
		return !s.Of.Zero() && bare
	case payment.TypeIncrement, payment.TypeVoid:
		return !s.Of.Zero() && !s.Last && bare
	}
	return false
}

func (c *Core) amountFits(s mailbox.Start) bool {
	if s.Type == payment.TypeBalance || s.Type == payment.TypeVoid {
		return s.Amount == 0
	}
	return s.Amount >= 1 && s.Amount <= c.cfg.MaxAmount &&
		s.Tip >= 0 && s.Cashback >= 0 && s.Tip <= s.Amount && s.Cashback <= s.Amount-s.Tip
}

// refusalOf is why a start cannot be carried out now.
func (c *Core) refusalOf(s mailbox.Start) mailbox.Code {
	switch code := c.standing(); {
	case code != mailbox.CodeNone:
		return code
	case c.closing() || c.issued >= MaxNumbers:
		return mailbox.CodeBatch
	case told(s.Type) && len(c.outbox) >= MaxOutbox:
		return mailbox.CodeQuota
	case told(s.Type):
		return mailbox.CodeNone
	case cardless(s):
		return c.refusalByHost()
	}
	if code := c.refusal(s.Keyed); code != mailbox.CodeHost {
		return code
	}
	if code := c.mayBeAlone(s); code != mailbox.CodeNone {
		return code
	}
	return c.refusalByDevices(s.Keyed)
}
