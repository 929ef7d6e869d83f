package transaction

import (
	"github.com/strongroom-pos/strongroom/secureworld/keyregistry"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
)

// rekeyState is the replacement of the host key. The journal has its plan before it is
// done, and the end of the old key behind it; the keystore has the old key or the new
// one, whole. So a start after a power cut finds out which, and writes what is missing.
type rekeyState struct {
	plan  *Replacing // not known to have been done, or not to
	last  *Replacing // done
	reply uint64     // who waits; 0: nobody
}

// onReplaceKey replaces the host key if no message under the old one is to be sent any
// more: no payment is under way and nothing pending whose messages are prepared.
// The line is dropped first, so what is asked over it (sign-on, echo, advice) is asked
// again under the new key, and no answer about the old key's counters is held against
// the new one's.
func (c *Core) onReplaceKey(e ReplaceKey) {
	if code := c.mayReplaceKey(); code != mailbox.CodeNone {
		c.refuse(e.Reply, code)
		return
	}
	c.rekey.plan, c.rekey.reply = &e.Plan, e.Reply
	c.write(e.Plan)
	c.onHostDown()
	c.do(DropHost{}, ReplaceHostKey{})
}

func (c *Core) mayReplaceKey() mailbox.Code {
	switch {
	case c.unfit():
		return mailbox.CodeTampered // an older copy gets no fresh key
	case c.active != nil || c.rekey.reply != 0:
		return mailbox.CodeBusy
	case len(c.reversals) > 0 || len(c.outbox) > 0 || c.closing():
		return mailbox.CodeReversalMode
	}
	return mailbox.CodeNone
}

func (c *Core) onKeyReplaced(e KeyReplaced) {
	plan, reply := c.rekey.plan, c.rekey.reply
	c.rekey.reply = 0
	if plan == nil {
		return
	}
	if e.InUse != plan.New {
		c.rekey.plan = nil
		c.refuse(reply, mailbox.CodeStorage)
		return
	}
	c.replacedKey(*plan)
	c.do(Reply{To: reply})
}

// replacedKey tells the end of the old key.
func (c *Core) replacedKey(plan Replacing) {
	k, _ := keyregistry.Named("host-registers")
	c.write(Destroyed{Key: k.Number, ID: plan.Old, Check: plan.OldCheck, Reason: mailbox.KeyReplaced})
	c.rekey.plan, c.rekey.last = nil, &plan
}

// recoverKey finds out what became of a replacement that the power cut.
func (c *Core) recoverKey() {
	plan := c.rekey.plan
	c.rekey.plan = nil
	if plan != nil && c.cfg.HostKeyID != nil && c.cfg.HostKeyID() == plan.New {
		c.replacedKey(*plan)
	}
}

// LastReplacing is the newest replacement of the host key that was done, as the journal
// tells it.
func (c *Core) LastReplacing() (r Replacing, any bool) {
	if c.rekey.last == nil {
		return Replacing{}, false
	}
	return *c.rekey.last, true
}
