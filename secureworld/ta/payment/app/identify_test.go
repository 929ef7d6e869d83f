package app_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// named lets two applications be told of cards, and keeps what the card is called.
func (l *lane) named(got *[]byte) {
	l.fault[call.HostCardNames] = func(buf []byte) (int, error) {
		out := buf[:2*call.CardNameSize]
		clear(out)
		copy(out, "loyalty")
		copy(out[call.CardNameSize:], "parking")
		return len(out), nil
	}
	l.fault[call.HostCardNamed] = func(buf []byte) (int, error) {
		*got = bytes.Clone(buf)
		return 0, nil
	}
}

func TestCardIsNamedForEachApplicationUnderAKeyOfItsOwn(t *testing.T) {
	l, c := newLane(t), visa(t)
	var got []byte
	l.named(&got)
	l.paid(c)
	var want []byte
	for _, name := range []string{"loyalty", "parking"} {
		own := hmac.New(sha256.New, l.tokenKey[:])
		own.Write(append([]byte("\x1cstrongroom card identifier 1\x07"), name...))
		h := hmac.New(sha256.New, own.Sum(nil))
		h.Write(append(append([]byte("\x0fMERCHANT0000001"), byte(len(c.digits))), c.digits...))
		want = append(want, h.Sum(nil)[:16]...)
	}
	if !bytes.Equal(got, want) || bytes.Equal(got[:16], got[16:]) {
		t.Errorf("%x, want %x", got, want)
	}
}

func TestNoPaymentFailsForWhatACardIsCalled(t *testing.T) {
	for name, answer := range map[string]func([]byte) (int, error){
		"refused":        func([]byte) (int, error) { return 0, call.CodeNotPermitted },
		"odd":            func([]byte) (int, error) { return 31, nil },
		"more than room": func(buf []byte) (int, error) { return cap(buf) + call.CardNameSize, nil },
		"negative":       func([]byte) (int, error) { return -32, nil },
	} {
		l, c := newLane(t), visa(t)
		l.fault[call.HostCardNames] = answer
		if out := l.paid(c); len(out.Request) == 0 {
			t.Errorf("%s: no request", name)
		}
	}
}
