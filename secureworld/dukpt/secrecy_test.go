package dukpt

import (
	"bytes"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt/internal/reference"
)

// reachable tells whether a thief who holds dump can compute the key of counter
// c: it stands there, or some 16- or 32-byte piece at a register derives it, as
// the key of any beginning of c.
func reachable(dump []byte, kt KeyType, initial []byte, c uint32) bool {
	target := reference.TransactionKey(initial, int(kt), testID[:], c)
	if bytes.Contains(dump, target) {
		return true
	}
	for i := range registers {
		piece := state(dump).register(i)
		if zero(piece) {
			continue
		}
		for from := -1; from < registers; from++ {
			if bytes.Equal(reference.Continue(piece, int(kt), testID[:], c, from), target) {
				return true
			}
		}
	}
	return false
}

func TestAStolenStateDoesNotGiveEarlierKeys(t *testing.T) {
	const last = 21
	for _, kt := range []KeyType{AES128, AES256} {
		initial := pattern(kt.Size())
		d, memory := loaded(t, kt)
		for c := uint32(1); c <= last; c++ {
			if !reachable(memory, kt, initial, c) {
				t.Fatalf("%v: control: the key of %d is not reachable before its use", kt, c)
			}
			tr, err := d.Next(make([]byte, RoomTransaction), stored)
			if err != nil {
				t.Fatal(err)
			}
			tr.Wipe()
		}
		for c := uint32(1); c <= last; c++ {
			if reachable(memory, kt, initial, c) {
				t.Errorf("%v: the key of %d can be computed from the state after %d", kt, c, last)
			}
		}
		if !reachable(memory, kt, initial, last+1) || !reachable(memory, kt, initial, 0x80000001) {
			t.Errorf("%v: control: later keys are not reachable", kt)
		}
		if bytes.Contains(memory, initial) {
			t.Errorf("%v: the initial key stands in the state", kt)
		}
	}
}

func TestAWipedTransactionLeavesNothing(t *testing.T) {
	d, _ := loaded(t, AES256)
	room := make([]byte, RoomTransaction+5)
	tr, err := d.Next(room, stored)
	if err != nil || zero(room) {
		t.Fatal("control: nothing lies in the room", err)
	}
	tr.Wipe()
	tr.Wipe()
	if !zero(room) {
		t.Error("a key outlived its transaction")
	}
	dst := make([]byte, 32)
	if err := tr.PINEncryptionKey(dst, AES256); err == nil || !zero(dst) {
		t.Error("a wiped transaction gives a key")
	}
	if tr.KSN().Counter() != 1 {
		t.Error("the KSN is no secret and is kept")
	}
}
