package remoteload

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// A47: a key for another purpose does not become one of this terminal's, whoever
// delivers it, since what is expected is written here and not in what comes.
func TestA47AKeyForAnotherPurposeIsNotTaken(t *testing.T) {
	l := newLoading(t)
	pin := strings.Replace(header, "B1AX", "P0AE", 1)
	if err := l.open(l.token(l.host, pin)); !errors.Is(err, ErrHeader) {
		t.Errorf("a PIN key in the place of the host key: %v", err)
	}
	if err := l.open(l.token(l.host, header)); err != nil {
		t.Errorf("twin: %v", err)
	}
	// Where the wrong one is expected it opens: nothing but the expectation refused it.
	dst := make([]byte, 32)
	if _, err := l.device.Open(l.token(l.host, pin), l.list, Expect{"P0", 'A', 'E', 'N', 32}, dst, start); err != nil || !bytes.Equal(dst, key()) {
		t.Errorf("hole: %v", err)
	}
}

// A47: a token that nobody asked for, as it comes with an unsolicited message.
func TestA47AKeyThatNobodyAskedForIsNotTaken(t *testing.T) {
	l := newLoading(t)
	token := l.token(l.host, header)
	l.device.challenge = nil
	if err := l.open(token); !errors.Is(err, ErrChallenge) {
		t.Errorf("nothing was asked: %v", err)
	}
	if err := l.open(l.token(l.host, header)); err != nil {
		t.Errorf("twin: %v", err)
	}
	again := l.token(l.host, header)
	random, drawn := l.device.challenge, l.device.drawn
	if err := l.open(again); err != nil {
		t.Fatal(err)
	}
	if err := l.open(again); !errors.Is(err, ErrChallenge) {
		t.Errorf("the same again: %v", err)
	}
	l.device.challenge, l.device.drawn = random, drawn // as if nothing were remembered
	if err := l.open(again); err != nil {
		t.Errorf("hole: %v", err)
	}
}
