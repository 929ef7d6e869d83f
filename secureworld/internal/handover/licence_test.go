package handover

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"
)

func TestAnotherLicenceIsTakenWhileTheKernelServesAndAnswered(t *testing.T) {
	b := servingLicensed(t, func(raw []byte) Outcome {
		if string(raw) == "fits" {
			return OutcomeDone
		}
		return OutcomeDenied
	})
	for _, c := range []struct {
		content string
		seals   int
		want    Outcome
	}{{"fits", Seals, OutcomeDone}, {"another", Seals, OutcomeDenied}, {"fits", unix.F_SEAL_SHRINK, OutcomeUnusable}, {"fits", Seals, OutcomeDone}} {
		send(t, b, Licence{}, memoryFile(t, c.content, c.seals))
		if m, err := b.Receive(); err != nil || m != (Licensed{c.want}) {
			t.Errorf("%q: %v, %v", c.content, m, err)
		}
	}
}

func TestKernelThatKeepsItsLicenceSaysSo(t *testing.T) {
	b, _, _ := serving(t)
	send(t, b, Licence{}, memoryFile(t, "licence", Seals))
	if m, err := b.Receive(); err != nil || m != (Licensed{OutcomeNotSupported}) {
		t.Errorf("%v, %v", m, err)
	}
}

func TestLicenceTakesItsTurnAmongTheChanges(t *testing.T) {
	s := session{state: Serving}
	if s.step(TypeLicence) != nil || s.step(TypeRemove) == nil || s.step(TypeLicence) == nil {
		t.Error("two changes at once")
	}
	if !errors.Is(s.step(TypeApplied), errPermit) {
		t.Error("another change's answer")
	}
	if s.step(TypeHealth) != nil || s.step(TypeLicensed) != nil || s.step(TypeLicensed) == nil || s.step(TypeRemove) != nil {
		t.Error("the next change, after an answer, was refused, or a second answer was not")
	}
	if !errors.Is(s.step(TypeLicensed), errPermit) {
		t.Error("a licence's answer to a remove")
	}
	for _, state := range []State{Confining, Starting} {
		for _, kind := range []Type{TypeLicence, TypeLicensed} {
			s := session{state: state}
			if s.step(kind) == nil {
				t.Errorf("%x in state %d", kind, state)
			}
		}
	}
}

// servingLicensed is a session in which the kernel takes licences by f.
func servingLicensed(t *testing.T, f func([]byte) Outcome) *Boot {
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
	l.OnLicence(f)
	done := make(chan error, 1)
	go func() { done <- l.Serve(func() bool { return true }) }()
	t.Cleanup(func() { b.Close(); <-done })
	return b
}
