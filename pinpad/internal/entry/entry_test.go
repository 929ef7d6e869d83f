package entry

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/strongroom-pos/strongroom/pinpad/internal/keypad"
)

func typed(keys ...keypad.Key) <-chan keypad.Key {
	c := make(chan keypad.Key, len(keys))
	for _, k := range keys {
		c <- k
	}
	return c
}

var limits = Limits{BetweenKeys: 30 * time.Second, Whole: 60 * time.Second}

func TestAPINHasFourToTwelveDigits(t *testing.T) {
	for want, keys := range map[string][]keypad.Key{
		"1234":         {'1', '2', '3', keypad.OK, '4', keypad.OK},
		"123456789012": {'1', '2', '3', '4', '5', '6', '7', '8', '9', '0', '1', '2', '3', '4', keypad.OK},
		"5678":         {'1', '2', '3', '4', keypad.Clear, keypad.OK, '5', '6', '7', '8', keypad.OK},
	} {
		var dots []int
		p := new(PIN)
		err := Collect(t.Context(), p, typed(keys...), limits, func(n int) { dots = append(dots, n) })
		if err != nil || string(p.Digits()) != want || dots[len(dots)-1] != len(want) {
			t.Errorf("%q, dots %v, %v", p.Digits(), dots, err)
		}
	}
}

func TestTimeoutsEndAnEntryAndWipeIt(t *testing.T) {
	for name, pause := range map[string]time.Duration{"between keys": 31 * time.Second, "in all": 25 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			keys := make(chan keypad.Key)
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan struct{})
			defer func() { cancel(); <-done }()
			go func() {
				defer close(done)
				for ctx.Err() == nil {
					select {
					case keys <- '1':
					case <-ctx.Done():
					}
					time.Sleep(pause)
				}
			}()
			p := new(PIN)
			if err := Collect(ctx, p, keys, limits, func(int) {}); !errors.Is(err, ErrTimeout) || p.digits != [MaxDigits]byte{} {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}

func TestNothingIsLeftOfAnEntryThatEnded(t *testing.T) {
	p := new(PIN)
	if err := Collect(t.Context(), p, typed('1', '2', '3', '4', keypad.Cancel), limits, func(int) {}); !errors.Is(err, ErrCanceled) {
		t.Fatal(err)
	}
	if p.digits != [MaxDigits]byte{} || p.Len() != 0 {
		t.Error("left after Cancel")
	}
	if err := Collect(t.Context(), p, typed('1', '2', '3', '4', keypad.OK), limits, func(int) {}); err != nil || !bytes.Contains(p.digits[:], []byte("1234")) {
		t.Fatal("the check cannot fail")
	}
	p.Wipe()
	if p.digits != [MaxDigits]byte{} {
		t.Error("left after Wipe")
	}
}

func TestNothingIsLeftInTheKeypad(t *testing.T) {
	var k keypad.Keypad
	if k.Press('1') {
		t.Error("a key was taken while nobody asked")
	}
	keys, stop := k.Listen()
	for _, d := range "1234" {
		if !k.Press(keypad.Key(d)) {
			t.Fatal("a key was lost")
		}
	}
	stop()
	select {
	case d := <-keys:
		t.Errorf("%c was left", d)
	default:
	}
	if k.Press('1') {
		t.Error("a key was taken after the end")
	}
}
