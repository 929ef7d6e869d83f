package keystore

import (
	"errors"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/keyblock"
	"github.com/strongroom-pos/strongroom/secureworld/keyregistry"
)

// stages gives StageHost a key.
func stages(key []byte, id [8]byte) func([]byte) ([8]byte, error) {
	return func(room []byte) ([8]byte, error) { copy(room, key); return id, nil }
}

func TestAStagedKeyWaitsAndThenReplaces(t *testing.T) {
	e := newEstate(t)
	r := newRooms()
	s, err := openAll(r, e.dir, e.cfg)
	if err != nil {
		t.Fatal(err)
	}
	key, id := random(32), [8]byte(random(8))
	plan, err := s.StageHost(stages(key, id))
	check, _ := keyblock.KCVAES(key)
	if err != nil || plan.KeyID != id || plan.Check != check || plan.Gone.KeyID != e.hostID || s.HostKeyID() != e.hostID {
		t.Fatalf("%+v, %v", plan, err)
	}
	gone, err := s.ReplaceStaged()
	if err != nil || gone != plan.Gone || s.HostKeyID() != id || r.holds(key) {
		t.Fatalf("%+v, %v", gone, err)
	}
	s.isListed(t)
	if again := e.open(t); again.HostKeyID() != id {
		t.Error("the next start has another key")
	}
	if _, err := s.ReplaceStaged(); err == nil {
		t.Error("it is staged no longer, and replaces once more")
	}
}

func TestAKeyThatIsDroppedIsErased(t *testing.T) {
	e := newEstate(t)
	r := newRooms()
	s, err := openAll(r, e.dir, e.cfg)
	if err != nil {
		t.Fatal(err)
	}
	key := random(32)
	if _, err := s.StageHost(stages(key, [8]byte(random(8)))); err != nil || !r.holds(key) {
		t.Fatalf("the control: %v", err)
	}
	s.DropStaged()
	if r.holds(key) || s.HostKeyID() != e.hostID {
		t.Error("it is still there, or in use")
	}
}

func TestAKeyThatWasInUseIsNotLoadedAgain(t *testing.T) {
	e := newEstate(t)
	s := e.open(t)
	first, second := random(32), random(32)
	for _, key := range [][]byte{first, second} {
		if _, err := s.StageHost(stages(key, [8]byte(random(8)))); err != nil {
			t.Fatal(err)
		}
		if _, err := s.ReplaceStaged(); err != nil {
			t.Fatal(err)
		}
	}
	for name, key := range map[string][]byte{"the one before": first, "the one in use": second, "the first": e.keys["host-initial"]} {
		if _, err := s.StageHost(stages(key, [8]byte(random(8)))); !errors.Is(err, ErrUsedKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.StageHost(stages(random(32), s.HostKeyID())); !errors.Is(err, ErrSameKey) {
		t.Error("an id that is in use is taken")
	}
}

// The power fails between the new state and the list of keys.
func TestTheListIsMendedByTheJournal(t *testing.T) {
	e := newEstate(t)
	s := e.open(t)
	plan, err := s.StageHost(stages(random(32), [8]byte(random(8))))
	if err != nil {
		t.Fatal(err)
	}
	before := s.Inventory()
	if _, err := s.ReplaceStaged(); err != nil {
		t.Fatal(err)
	}
	s.lines = before
	if err := s.keepInventory(); err != nil {
		t.Fatal(err)
	}
	again := e.open(t)
	for range 2 { // and once is enough
		if err := again.Mend(plan); err != nil {
			t.Fatal(err)
		}
	}
	again.isListed(t)
	k, _ := keyregistry.Named(registers)
	for _, l := range again.Inventory() {
		if l.Key == k.Number && (!l.Checked || l.Ended != 0 && l.Check != plan.Gone.Check || l.Ended == 0 && l.Check != plan.Check) {
			t.Errorf("%+v", l)
		}
	}
}
