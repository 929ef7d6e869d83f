package handover

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestAQuoteComesForItsQuestionAndIsNoneWhereItIsEmpty(t *testing.T) {
	b, l, done := serving(t)
	for name, c := range map[string]struct {
		content string
		seals   int
		want    error
	}{
		"a quote":       {"quote", Seals, nil},
		"none":          {"", Seals, ErrNoQuote},
		"one too large": {strings.Repeat("q", MaxQuote+1), Seals, ErrNoQuote},
		"one unsealed":  {"quote", unix.F_SEAL_SHRINK, ErrNoQuote},
	} {
		answered := make(chan error, 1)
		var got []byte
		go func() {
			var err error
			got, err = l.Quote([32]byte{7})
			answered <- err
		}()
		if m, err := b.Receive(); err != nil || m != (Quote{[32]byte{7}}) {
			t.Fatalf("%v, %v", m, err)
		}
		send(t, b, Quoted{}, memoryFile(t, c.content, c.seals))
		if err := <-answered; !errors.Is(err, c.want) || err == nil && string(got) != c.content {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if err := b.Send(Quoted{}, memoryFile(t, "unasked", Seals)); !errors.Is(err, errPermit) {
		t.Errorf("a quote that nobody asked for: %v", err)
	}
	answered := make(chan error, 1)
	go func() {
		_, err := l.Quote([32]byte{8})
		answered <- err
	}()
	if _, err := b.Receive(); err != nil {
		t.Fatal(err)
	}
	b.Close()
	if err := <-answered; !errors.Is(err, errGone) {
		t.Errorf("boot has gone: %v", err)
	}
	<-done
}

func TestQuotesAreAskedForOneAtATimeAndByAKernelThatServes(t *testing.T) {
	for _, state := range []State{Confining, Provisioning, Starting} {
		s := session{state: state}
		if s.step(TypeQuote) == nil || s.step(TypeQuoted) == nil {
			t.Errorf("state %d", state)
		}
	}
	s := session{state: Serving}
	if s.step(TypeQuoted) == nil || s.step(TypeQuote) != nil || s.step(TypeQuote) == nil || s.step(TypeQuoted) != nil || s.step(TypeQuoted) == nil {
		t.Error("out of turn")
	}
}
