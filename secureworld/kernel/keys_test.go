//go:build linux

package main

import (
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/keystore"
	"github.com/strongroom-pos/strongroom/secureworld/keyregistry"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
)

func number(t *testing.T, name string) uint8 {
	t.Helper()
	k, found := keyregistry.Named(name)
	if !found {
		t.Fatalf("%s is not in the registry", name)
	}
	return k.Number
}

func listed(t *testing.T, known []keystore.Line, left used, name string) (out []mailbox.KeyLine) {
	t.Helper()
	n := number(t, name)
	for _, l := range keyLines(known, left) {
		if l.Key == n {
			out = append(out, l)
		}
	}
	return out
}

func TestTheKeyListHasEveryKeyOfTheRegistryAndOfTheKeystore(t *testing.T) {
	var known []keystore.Line
	for _, name := range keystore.Names() {
		known = append(known, keystore.Line{Key: number(t, name), Born: 1})
	}
	for _, k := range keyregistry.All() {
		lines := listed(t, known, used{1, 1, 1}, k.Name)
		if len(lines) != 1 || !lines[0].Present {
			t.Errorf("%s: %+v", k.Name, lines)
		}
	}
	for device, own := range copies() {
		number(t, device)
		number(t, own)
	}
	if n := len(keyLines(known, used{})); n >= 256 {
		t.Errorf("%d lines: a line's place has one byte", n)
	}
}

func TestADevicesKeyHasTheCheckValueOfItsCopyHere(t *testing.T) {
	known := []keystore.Line{{Key: number(t, "pan"), Born: 7, Checked: true, Check: [5]byte{1, 2, 3, 4, 5}}}
	l := listed(t, known, used{}, "pinpad/pan")[0]
	if l.State != mailbox.KeyElsewhere || !l.Checked || l.Check != known[0].Check || l.Born != 7 {
		t.Errorf("%+v", l)
	}
	if l := listed(t, known, used{}, "pinpad/initial")[0]; l.Checked {
		t.Errorf("a key that was never here has a check value: %+v", l)
	}
}

func TestCountedKeysAreTakenForLowAndForExhaustedAtTheirLimits(t *testing.T) {
	known := []keystore.Line{{Key: number(t, "host-registers"), Born: 1, Ended: 2, End: keystore.Replaced}, {Key: number(t, "host-registers"), Born: 2}}
	for left, want := range map[uint32]mailbox.KeyLine{
		mailbox.LowKeys:     {State: mailbox.KeyActive},
		mailbox.LowKeys - 1: {State: mailbox.KeyActive, Low: true},
		1:                   {State: mailbox.KeyActive, Low: true},
		0:                   {State: mailbox.KeyExhausted, Low: true},
	} {
		lines := listed(t, known, used{host: left}, "host-registers")
		if len(lines) != 2 || lines[0].State != mailbox.KeyDestroyed || lines[0].End != mailbox.KeyReplaced || lines[0].Limited {
			t.Fatalf("the one before: %+v", lines)
		}
		if l := lines[1]; l.State != want.State || l.Low != want.Low || !l.Limited || l.Left != left {
			t.Errorf("%d left: %+v", left, l)
		}
	}
}

func TestTheEndsOfKeysHaveTheSameNumbersInTheMailbox(t *testing.T) {
	for own, door := range map[keystore.End]mailbox.KeyEnd{keystore.NotEnded: mailbox.KeyNotEnded, keystore.Loaded: mailbox.KeyLoaded,
		keystore.Replaced: mailbox.KeyReplaced, keystore.Zeroised: mailbox.KeyZeroised, keystore.Unbound: mailbox.KeyUnbound} {
		if uint8(own) != uint8(door) {
			t.Errorf("%d is %d", own, door)
		}
	}
}
