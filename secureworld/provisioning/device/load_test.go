package device

import (
	"bytes"
	"errors"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/keyblock"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/device/devicetest"
)

func TestAPINKeyIsLoadedAndAcknowledged(t *testing.T) {
	w := devicetest.New(t, orderauth.DoorPINEntry)
	d := start(t, w, orderauth.DoorPINEntry)
	if _, err := d.Next(make([]byte, dukpt.RoomTransaction)); !errors.Is(err, ErrNoKey) {
		t.Fatalf("before: %v", err)
	}
	key, id := devicetest.Random(32), devicetest.Random(8)
	want, err := keyblock.KCVAES(key)
	if err != nil {
		t.Fatal(err)
	}
	got, check, err := d.LoadBlock([]byte(w.Block(w.KBPK, "B1", 'X', key, id)))
	if err != nil || !bytes.Equal(got[:], id) || check != want || d.Loaded() != got {
		t.Fatalf("%x %x %v", got, check, err)
	}
	if counter(t, d) != 1 {
		t.Error("the first counter is not 1")
	}
}

func TestTheSameKeyAgainKeepsItsCounter(t *testing.T) {
	w := devicetest.New(t, orderauth.DoorPINEntry)
	d := start(t, w, orderauth.DoorPINEntry)
	block := []byte(w.Block(w.KBPK, "B1", 'X', devicetest.Random(32), devicetest.Random(8)))
	_, first, err := d.LoadBlock(block)
	if err != nil {
		t.Fatal(err)
	}
	used := counter(t, d)
	_ = d.Close()
	d = start(t, w, orderauth.DoorPINEntry)
	if _, again, err := d.LoadBlock(block); err != nil || again != first {
		t.Fatalf("%x after %x, %v", again, first, err)
	}
	if c := counter(t, d); c <= used {
		t.Fatalf("counter %d after %d", c, used)
	}
}

func TestRefusedKeysLeaveTheOldOneInForce(t *testing.T) {
	w := devicetest.New(t, orderauth.DoorPINEntry)
	d := start(t, w, orderauth.DoorPINEntry)
	old, oldID := devicetest.Random(32), devicetest.Random(8)
	now, nowID := devicetest.Random(32), devicetest.Random(8)
	for _, b := range []string{w.Block(w.KBPK, "B1", 'X', old, oldID), w.Block(w.KBPK, "B1", 'X', now, nowID)} {
		if _, _, err := d.LoadBlock([]byte(b)); err != nil {
			t.Fatal(err)
		}
	}
	used := counter(t, d)
	for name, block := range map[string]string{
		"the key before the last":       w.Block(w.KBPK, "B1", 'X', old, oldID),
		"another key of the same id":    w.Block(w.KBPK, "B1", 'X', devicetest.Random(32), nowID),
		"another key of an earlier id":  w.Block(w.KBPK, "B1", 'X', devicetest.Random(32), oldID),
		"under another key":             w.Block(w.PAN, "B1", 'X', devicetest.Random(32), devicetest.Random(8)),
		"a PIN key that is not DUKPT's": w.Block(w.KBPK, "P0", 'E', devicetest.Random(32), nil),
		"without its id":                w.Block(w.KBPK, "B1", 'X', devicetest.Random(32), nil),
		"with an id of zeros":           w.Block(w.KBPK, "B1", 'X', devicetest.Random(32), make([]byte, 8)),
		"AES-128":                       w.Block(w.KBPK, "B1", 'X', devicetest.Random(16), devicetest.Random(8)),
		"nothing":                       "",
	} {
		if _, _, err := d.LoadBlock([]byte(block)); err == nil {
			t.Errorf("%s: loaded", name)
		}
		if loaded := d.Loaded(); !bytes.Equal(loaded[:], nowID) {
			t.Errorf("%s: the old key is gone", name)
		}
	}
	if c := counter(t, d); c <= used {
		t.Fatalf("counter %d after %d", c, used)
	}
}

func TestOnlySoManyKeysAreEverTaken(t *testing.T) {
	w := devicetest.New(t, orderauth.DoorPINEntry)
	d := start(t, w, orderauth.DoorPINEntry)
	d.testOnlyReplace = func(string, []byte) error { return nil } // 64 fsyncs prove nothing here
	for i := range maxPINKeys + 1 {
		_, err := d.Load([8]byte(devicetest.Random(8)), devicetest.Random(32))
		if full := i == maxPINKeys; full != errors.Is(err, ErrKeyRefused) {
			t.Fatalf("key %d: %v", i+1, err)
		}
	}
}
