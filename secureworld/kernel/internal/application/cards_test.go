package application

import (
	"bytes"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/applications"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// interested are applications that are told of payments.
type interested []string

func (i interested) Interested() []string { return i }

func (interested) Identify(payment.Token, []applications.Identified) {}

func TestTheCardIsNamedForEveryApplicationThatIsTold(t *testing.T) {
	s := &session{cards: interested{"loyalty", "parking"}}
	room := make([]byte, 0, call.MaxCardNames*call.CardNameSize)
	n, code := cardNames(s, room)
	if names := room[:n]; code != 0 || n != 2*call.CardNameSize || !bytes.HasPrefix(names, []byte("loyalty\x00")) || !bytes.HasPrefix(names[32:], []byte("parking\x00")) {
		t.Fatalf("%q, %v", room[:n], code)
	}
	if _, code := cardNamed(s, make([]byte, 3*call.CardIdentifierSize)); code != call.CodeMalformed || s.identified != nil {
		t.Errorf("one identifier too many: %v", code)
	}
	identifiers := append(bytes.Repeat([]byte{1}, 16), bytes.Repeat([]byte{2}, 16)...)
	if _, code := cardNamed(s, identifiers); code != 0 || len(s.identified) != 2 || s.identified[1].Application != "parking" || s.identified[1].Card[0] != 2 {
		t.Errorf("%+v, %v", s.identified, code)
	}
	if _, code := cardNames(s, room[:0:10]); code != call.CodeMalformed {
		t.Errorf("too little room: %v", code)
	}
	if n, code := cardNames(&session{}, room); n != 0 || code != 0 {
		t.Errorf("where there are no applications: %d, %v", n, code)
	}
}
