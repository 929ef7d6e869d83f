package main

import (
	"reflect"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
)

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
// unadvised is how many of its cards' answers to commands the host does not know.
func (c *checker) unadvised() (n int) {
	for _, told := range c.advices {
		if !told {
			n++
		}
	}
	return n
}

func (c *checker) quiet() bool {
	s, t := c.l.secure, c.l.terminal
	if s.tampered.gone {
		return true
	}
	if c.l.deceived.older {
		return s.up && s.core != nil && s.core.State().HostSignedOn
	}
	if !s.up || s.core == nil || !t.up || len(t.open) > 0 || !t.asks || len(t.flights) > 0 {
		return false
	}
	st := s.core.State()
	return st.Busy.Zero() && st.Pending == 0 && st.Told == 0 && c.unadvised() == 0 && st.HostSignedOn && st.ReaderConnected && st.PINPadConnected && len(s.work) == 0
}
