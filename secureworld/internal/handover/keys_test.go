package handover

import (
	"testing"

	"golang.org/x/sys/unix"
)

// loader takes one delivery.
type loader struct{ random [16]byte }

func (l loader) Challenge() ([16]byte, Outcome) { return l.random, OutcomeDone }

func (l loader) Load(delivery []byte) Outcome {
	if string(delivery) == "delivery" {
		return OutcomeDone
	}
	return OutcomeToken
}

// servingKeys is a session in which the kernel takes keys by k.
func servingKeys(t *testing.T, k KeyLoading) *Boot {
	t.Helper()
	b, l := ends(t)
	provide(t, b)
	if _, err := l.Provisions(); err != nil {
		t.Fatal(err)
	}
	if err := l.Ready(0, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Receive(); err != nil {
		t.Fatal(err)
	}
	if k != nil {
		l.LoadKeys(k)
	}
	done := make(chan error, 1)
	go func() { done <- l.Serve(func() bool { return true }) }()
	t.Cleanup(func() { b.Close(); <-done })
	return b
}

func TestChallengeAndTokenAreCarriedAndAnswered(t *testing.T) {
	b := servingKeys(t, loader{[16]byte{1}})
	send(t, b, Challenge{}, nil)
	if m, err := b.Receive(); err != nil || m != (Challenged{OutcomeDone, [16]byte{1}}) {
		t.Errorf("%v, %v", m, err)
	}
	for _, c := range []struct {
		content string
		seals   int
		want    Outcome
	}{{"delivery", Seals, OutcomeDone}, {"another", Seals, OutcomeToken}, {"delivery", unix.F_SEAL_SHRINK, OutcomeUnusable}} {
		send(t, b, KeyToken{}, memoryFile(t, c.content, c.seals))
		if m, err := b.Receive(); err != nil || m != (KeyLoaded{c.want}) {
			t.Errorf("%q: %v, %v", c.content, m, err)
		}
	}
}

func TestAKernelThatTakesNoKeysSaysSo(t *testing.T) {
	b := servingKeys(t, nil)
	send(t, b, Challenge{}, nil)
	if m, err := b.Receive(); err != nil || m != (Challenged{Code: OutcomeNotSupported}) {
		t.Errorf("%v, %v", m, err)
	}
	send(t, b, KeyToken{}, memoryFile(t, "delivery", Seals))
	if m, err := b.Receive(); err != nil || m != (KeyLoaded{OutcomeNotSupported}) {
		t.Errorf("%v, %v", m, err)
	}
}

func TestLoadingTakesItsTurnAmongTheChanges(t *testing.T) {
	s := session{state: Serving}
	for _, c := range []struct {
		t    Type
		good bool
	}{{TypeChallenge, true}, {TypeKeyToken, false}, {TypeKeyLoaded, false}, {TypeChallenged, true}, {TypeChallenged, false},
		{TypeKeyToken, true}, {TypeRemove, false}, {TypeKeyLoaded, true}, {TypeRemove, true}} {
		if err := s.step(c.t); (err == nil) != c.good {
			t.Errorf("%x: %v", c.t, err)
		}
	}
}

func TestARefusalBringsNoRandomNumber(t *testing.T) {
	for _, m := range []Challenged{{OutcomeDone, [16]byte{}}, {OutcomeBusy, [16]byte{1}}} {
		b, err := Encode(m)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(b); err == nil {
			t.Errorf("%+v is read", m)
		}
	}
}
