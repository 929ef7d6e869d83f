package device

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/device/devicetest"
)

func start(t *testing.T, w *devicetest.World, door orderauth.Door) *Device {
	t.Helper()
	d, err := Open(w.Dir, door)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func counter(t *testing.T, d *Device) uint32 {
	t.Helper()
	tx, err := d.Next(make([]byte, dukpt.RoomTransaction))
	if err != nil {
		t.Fatal(err)
	}
	return tx.KSN().Counter()
}

func TestADeviceTakesItsKeysOverAndDeletesTheSecrets(t *testing.T) {
	for door, secrets := range map[orderauth.Door][]string{
		orderauth.DoorSRED:     {devicetest.Supplier},
		orderauth.DoorPINEntry: {devicetest.Supplier, devicetest.KBPK},
	} {
		w := devicetest.New(t, door)
		for _, s := range secrets {
			if _, err := os.Stat(filepath.Join(w.Dir, s)); err != nil {
				t.Fatal(err) // the positive control
			}
		}
		start(t, w, door)
		for _, s := range secrets {
			if _, err := os.Stat(filepath.Join(w.Dir, s)); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("%s is still there: %v", s, err)
			}
		}
		info, err := os.Stat(filepath.Join(w.Dir, "state"))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("state: %v, %v", info, err)
		}
	}
}

func TestASecretLeftBehindByACrashIsDeletedAtTheNextStart(t *testing.T) {
	w := devicetest.New(t, orderauth.DoorSRED)
	d := start(t, w, orderauth.DoorSRED)
	first := counter(t, d)
	_ = d.Close()
	left := filepath.Join(w.Dir, devicetest.Supplier)
	if err := os.WriteFile(left, make([]byte, 32), 0o600); err != nil {
		t.Fatal(err)
	}
	if again := counter(t, start(t, w, orderauth.DoorSRED)); again <= first {
		t.Errorf("the keys were taken over twice: counter %d after %d", again, first)
	}
	if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
		t.Error("the secret is still there")
	}
}

func TestAnyOtherSetOfKeyBlocksIsRefused(t *testing.T) {
	type keys = []provisioning.Key
	for name, change := range map[string]func(w *devicetest.World, k keys) keys{
		"one missing":     func(_ *devicetest.World, k keys) keys { return k[:1] },
		"one twice":       func(_ *devicetest.World, k keys) keys { return keys{k[0], k[0]} },
		"one too many":    func(_ *devicetest.World, k keys) keys { return append(k, k[0]) },
		"unknown name":    func(_ *devicetest.World, k keys) keys { k[1].Name = "other"; return k },
		"names exchanged": func(_ *devicetest.World, k keys) keys { k[0].Name, k[1].Name = k[1].Name, k[0].Name; return k },
		"another supplier": func(w *devicetest.World, k keys) keys {
			k[0].Block = w.Block(devicetest.Random(32), "M6", 'C', w.Order, nil)
			return k
		},
		"a changed block": func(_ *devicetest.World, k keys) keys { k[0].Block = flipped(k[0].Block); return k },
		"no block":        func(_ *devicetest.World, k keys) keys { k[0].Block = ""; return k },
	} {
		w := devicetest.New(t, orderauth.DoorSRED)
		w.Configure(func(d *provisioning.Device) { d.Keys = change(w, d.Keys) })
		if _, err := Open(w.Dir, orderauth.DoorSRED); !errors.Is(err, ErrProvisioning) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(filepath.Join(w.Dir, "state")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: a state was written", name)
		}
	}
}

func flipped(block string) string {
	last := "0"
	if strings.HasSuffix(block, "0") {
		last = "1"
	}
	return block[:len(block)-1] + last
}

func TestBlocksForOtherPurposesAreRefused(t *testing.T) {
	supplier := devicetest.Random(32)
	for name, make := range map[string]func(w *devicetest.World) (purpose, string){
		"a data key as order key": func(w *devicetest.World) (purpose, string) {
			return orderKey, w.Block(supplier, "D0", 'B', w.Order, nil)
		},
		"a key that only makes MACs": func(w *devicetest.World) (purpose, string) {
			return orderKey, w.Block(supplier, "M6", 'G', w.Order, nil)
		},
		"a PIN key as data key": func(w *devicetest.World) (purpose, string) { return panKey, w.Block(supplier, "P0", 'B', w.PAN, nil) },
		"a key that only seals": func(w *devicetest.World) (purpose, string) { return panKey, w.Block(supplier, "D0", 'E', w.PAN, nil) },
		"a key that opens, to seal keyed cards": func(w *devicetest.World) (purpose, string) {
			return keyedKey, w.Block(supplier, "D0", 'D', w.Keyed, nil)
		},
		"a key of both ways, to seal keyed cards": func(w *devicetest.World) (purpose, string) {
			return keyedKey, w.Block(supplier, "D0", 'B', w.Keyed, nil)
		},
		"a base derivation key": func(w *devicetest.World) (purpose, string) {
			return initialKey, w.Block(supplier, "B0", 'X', w.Initial, w.ID[:])
		},
		"a key without its id": func(w *devicetest.World) (purpose, string) {
			return initialKey, w.Block(supplier, "B1", 'X', w.Initial, nil)
		},
		"a shorter key": func(w *devicetest.World) (purpose, string) {
			return initialKey, w.Block(supplier, "B1", 'X', w.Initial[:16], w.ID[:])
		},
	} {
		w := devicetest.New(t, orderauth.DoorSRED)
		p, block := make(w)
		key := bytes.Repeat([]byte{0}, keySize)
		if _, err := unwrap(key, supplier, p, []byte(block)); !errors.Is(err, ErrProvisioning) || !bytes.Equal(key, bytes.Repeat([]byte{0}, keySize)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w := devicetest.New(t, orderauth.DoorSRED)
	key := bytes.Repeat([]byte{0}, keySize)
	if _, err := unwrap(key, supplier, orderKey, []byte(w.Block(supplier, "M6", 'V', w.Order, nil))); err != nil || !bytes.Equal(key, w.Order) {
		t.Errorf("a key that is right: %v", err)
	}
}

func TestAnInitialKeyOfAnotherDeviceIsRefused(t *testing.T) {
	w := devicetest.New(t, orderauth.DoorSRED)
	supplier, err := os.ReadFile(filepath.Join(w.Dir, devicetest.Supplier))
	if err != nil {
		t.Fatal(err)
	}
	w.Configure(func(d *provisioning.Device) {
		d.Keys[1].Block = w.Block(supplier, "B1", 'X', w.Initial, devicetest.Random(8))
	})
	if _, err := Open(w.Dir, orderauth.DoorSRED); !errors.Is(err, ErrProvisioning) {
		t.Fatal(err)
	}
}

func TestCountersRiseAcrossRestarts(t *testing.T) {
	w := devicetest.New(t, orderauth.DoorSRED)
	last := uint32(0)
	for range 4 {
		d := start(t, w, orderauth.DoorSRED)
		for range 3 {
			if c := counter(t, d); c <= last {
				t.Fatalf("counter %d after %d", c, last)
			} else {
				last = c
			}
		}
		_ = d.Close()
	}
}

var errDisk = errors.New("disk")

// A crash between storing and using loses a counter; one before storing gives
// nothing out. Both are played by a disk that fails, once having stored and once
// not.
func TestCountersRiseAcrossACrashAtTheMomentOfStoring(t *testing.T) {
	for name, stored := range map[string]bool{"failed but done": true, "failed and not done": false} {
		w := devicetest.New(t, orderauth.DoorSRED)
		d := start(t, w, orderauth.DoorSRED)
		used := counter(t, d)
		d.testOnlyReplace = func(path string, b []byte) error {
			if stored {
				if err := replaceFile(path, b); err != nil {
					t.Fatal(err)
				}
			}
			return errDisk
		}
		if _, err := d.Next(make([]byte, dukpt.RoomTransaction)); !errors.Is(err, errDisk) {
			t.Fatalf("%s: a key was given out: %v", name, err)
		}
		d.testOnlyReplace = nil
		if _, err := d.Next(make([]byte, dukpt.RoomTransaction)); err == nil {
			t.Errorf("%s: the device went on after its disk had failed", name)
		}
		_ = d.Close()
		if c := counter(t, start(t, w, orderauth.DoorSRED)); c <= used {
			t.Errorf("%s: counter %d after %d", name, c, used)
		}
	}
}

func TestTheNewCounterIsOnTheDiskBeforeTheKeyIsGivenOut(t *testing.T) {
	w := devicetest.New(t, orderauth.DoorSRED)
	d := start(t, w, orderauth.DoorSRED)
	used := counter(t, d)
	copied, err := os.ReadFile(filepath.Join(w.Dir, "state")) // what a power cut would leave now
	if err != nil {
		t.Fatal(err)
	}
	_ = d.Close()
	if err := os.WriteFile(filepath.Join(w.Dir, "state"), copied, 0o600); err != nil {
		t.Fatal(err)
	}
	if c := counter(t, start(t, w, orderauth.DoorSRED)); c <= used {
		t.Fatalf("counter %d after %d", c, used)
	}
}

func TestTwoProcessesCannotUseOneState(t *testing.T) {
	w := devicetest.New(t, orderauth.DoorSRED)
	d := start(t, w, orderauth.DoorSRED)
	if _, err := Open(w.Dir, orderauth.DoorSRED); err == nil {
		t.Fatal("opened twice")
	}
	_ = d.Close()
	start(t, w, orderauth.DoorSRED)
}

func TestAStateThatOthersMayReadOrOfAnotherDeviceIsRefused(t *testing.T) {
	w := devicetest.New(t, orderauth.DoorSRED)
	_ = start(t, w, orderauth.DoorSRED).Close()
	state := filepath.Join(w.Dir, "state")
	if err := os.Chmod(state, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(w.Dir, orderauth.DoorSRED); err == nil {
		t.Error("opened a state that others may read")
	}
	if err := os.Chmod(state, 0o600); err != nil {
		t.Fatal(err)
	}
	w.Configure(func(d *provisioning.Device) { d.DeviceID = "ffffffffffffffff" })
	if _, err := Open(w.Dir, orderauth.DoorSRED); !errors.Is(err, ErrState) {
		t.Errorf("another device's state: %v", err)
	}
}

func TestEachCounterOnlyRises(t *testing.T) {
	for name, advance := range map[string]func(*Device, uint64) error{
		"of sealed PANs": (*Device).Advance, "of keyed cards": (*Device).AdvanceKeyed,
	} {
		w := devicetest.New(t, orderauth.DoorPINEntry)
		d := start(t, w, orderauth.DoorPINEntry)
		if err := advance(d, 5); err != nil {
			t.Fatal(err)
		}
		_ = d.Close()
		d = start(t, w, orderauth.DoorPINEntry)
		for _, n := range []uint64{0, 4, 5} {
			if err := advance(d, n); !errors.Is(err, ErrCounter) {
				t.Errorf("%s: %d after 5: %v", name, n, err)
			}
		}
		if err := advance(d, 6); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheCountersOfPANsAndKeyedCardsAreApart(t *testing.T) {
	w := devicetest.New(t, orderauth.DoorPINEntry)
	d := start(t, w, orderauth.DoorPINEntry)
	for _, advance := range []func(uint64) error{d.Advance, d.AdvanceKeyed} {
		if err := advance(5); err != nil {
			t.Error(err)
		}
	}
}
