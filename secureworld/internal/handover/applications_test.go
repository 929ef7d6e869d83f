package handover

import (
	"crypto/sha256"
	"errors"
	"testing"
)

// shelf is an Applications that remembers.
type shelf map[string]string

func (s shelf) Install(a ProvidedApplication) Outcome {
	s[a.Name] = string(a.Wasm)
	return OutcomeDone
}

func (s shelf) Remove(name string) Outcome {
	if s[name] == "" {
		return OutcomeUnknown
	}
	delete(s, name)
	return OutcomeDone
}

// servingWith is a session in which the kernel changes applications by a.
func servingWith(t *testing.T, a Applications) *Boot {
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
	if a != nil {
		l.ChangeApplications(a)
	}
	done := make(chan error, 1)
	go func() { done <- l.Serve(func() bool { return true }) }()
	t.Cleanup(func() { b.Close(); <-done })
	return b
}

func applied(t *testing.T, b *Boot, want Applied) {
	t.Helper()
	if m, err := b.Receive(); err != nil || m != want {
		t.Fatalf("%v, %v, want %v", m, err, want)
	}
}

func TestApplicationsComeAndGoWhileTheKernelServes(t *testing.T) {
	b := servingWith(t, shelf{})
	send(t, b, Application{Name: "loyalty", SHA256: sha256.Sum256([]byte("module"))}, memoryFile(t, "module", Seals))
	applied(t, b, Applied{"loyalty", OutcomeDone})
	send(t, b, Application{Name: "loyalty", SHA256: sha256.Sum256([]byte("module"))}, memoryFile(t, "modul3", Seals))
	applied(t, b, Applied{"loyalty", OutcomeUnusable})
	send(t, b, Remove{"loyalty"}, nil)
	applied(t, b, Applied{"loyalty", OutcomeDone})
	send(t, b, Remove{"loyalty"}, nil)
	applied(t, b, Applied{"loyalty", OutcomeUnknown})
}

func TestKernelThatChangesNoApplicationsSaysSo(t *testing.T) {
	b := servingWith(t, nil)
	send(t, b, Remove{"loyalty"}, nil)
	applied(t, b, Applied{"loyalty", OutcomeNotSupported})
}

func TestOnlyOneChangeOfApplicationsIsUnderWay(t *testing.T) {
	s := session{state: Serving}
	if err := s.step(TypeApplied); !errors.Is(err, errPermit) {
		t.Error("an answer to nothing")
	}
	if s.step(TypeApplication) != nil || s.step(TypeRemove) == nil || s.step(TypeApplication) == nil {
		t.Error("two changes at once")
	}
	if s.step(TypeHealth) != nil || s.step(TypeApplied) != nil || s.step(TypeRemove) != nil {
		t.Error("the next change, after an answer, was refused")
	}
}

func TestRemovedApplicationsAreNamedBeforeTheStart(t *testing.T) {
	b, l := ends(t)
	send(t, b, Confine{}, nil)
	for range maxRemoved {
		send(t, b, Remove{"loyalty"}, nil)
	}
	if err := b.Send(Remove{"loyalty"}, nil); !errors.Is(err, errPermit) {
		t.Errorf("one too many: %v", err)
	}
	send(t, b, Config{}, memoryFile(t, "", Seals))
	p, err := l.Provisions()
	if err != nil || len(p.Removed) != maxRemoved || p.Removed[0] != "loyalty" {
		t.Errorf("%v, %v", p, err)
	}
}
