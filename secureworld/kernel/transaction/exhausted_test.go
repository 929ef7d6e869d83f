package transaction

import (
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// The last payment is the one that leaves what sign-ons and reversals go on with.
func TestPaymentsEndBeforeTheHostKeyDoes(t *testing.T) {
	for left, want := range map[uint32]struct {
		code  mailbox.Code
		state payment.TerminalState
	}{
		HostKeysKept + 3: {mailbox.CodeNone, payment.TerminalStateReady},
		HostKeysKept + 2: {mailbox.CodeKeyExhausted, payment.TerminalStateKeyExhausted},
		1:                {mailbox.CodeKeyExhausted, payment.TerminalStateKeyExhausted},
		0:                {mailbox.CodeKeyExhausted, payment.TerminalStateKeyExhausted},
	} {
		l := newLane(t, script{name: "key exhausted", configure: func(c *Config) { c.HostKeysLeft = func() uint32 { return left } }})
		l.run()
		if code := l.core.refusal(false); code != want.code {
			t.Errorf("%d left: %v", left, code)
		}
		if s := l.core.State().Terminal; s != want.state {
			t.Errorf("%d left: the terminal is %v", left, s)
		}
	}
}

// What is pending goes first: a terminal that cannot sell still reverses.
func TestAReversalIsToldBeforeTheKeysEnd(t *testing.T) {
	c := New(Config{HostKeysLeft: func() uint32 { return 0 }})
	c.reversals = []*entry{{}}
	if s := c.terminalState(); s != payment.TerminalStateReversalMode {
		t.Errorf("%v", s)
	}
	if code := c.refusal(false); code != mailbox.CodeReversalMode {
		t.Errorf("%v", code)
	}
}
