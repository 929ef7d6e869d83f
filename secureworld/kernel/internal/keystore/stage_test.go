package keystore

import (
	"errors"
	"os"
	"path/filepath"
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

// The power fails before, between and behind the two state files, whichever is written
// first, and in the middle of either: a start has the old key or the new one, whole, and
// the plan in the journal brings the list up to it.
func TestAPowerCutInAReplacementLeavesOneKeyWhole(t *testing.T) {
	e := newEstate(t)
	s := e.open(t)
	before := copied(t, e.dir)
	plan, err := s.StageHost(stages(random(32), [8]byte(random(8))))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.ReplaceStaged(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		files [2]string // "old", "new" or "torn"
		want  [8]byte
	}{
		"before":              {[2]string{"old", "old"}, plan.Gone.KeyID},
		"in the first":        {[2]string{"torn", "old"}, plan.Gone.KeyID},
		"between":             {[2]string{"new", "old"}, plan.KeyID},
		"between, backwards":  {[2]string{"old", "new"}, plan.KeyID},
		"in the second":       {[2]string{"new", "torn"}, plan.KeyID},
		"behind, in the list": {[2]string{"new", "new"}, plan.KeyID},
	} {
		dir := copied(t, before)
		for i, file := range hostNames() {
			was, is := read(t, filepath.Join(before, folder, file)), read(t, filepath.Join(e.dir, folder, file))
			content := map[string][]byte{"old": was, "new": is, "torn": append(is[:len(is)/2:len(is)/2], was[len(is)/2:]...)}[c.files[i]]
			if err := os.WriteFile(filepath.Join(dir, folder, file), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		again := opened(t, dir, e.cfg)
		if again.HostKeyID() != c.want {
			t.Errorf("%s: key %x", name, again.HostKeyID())
		}
		if err := again.Mend(plan); err != nil {
			t.Fatal(err)
		}
		if check := again.hostCheck(); (check == plan.Check) != (c.want == plan.KeyID) {
			t.Errorf("%s: the list has another key than the files", name)
		}
		if m, err := again.Reserve(1); err != nil || m.KSN(0) == [12]byte{} {
			t.Errorf("%s: %v", name, err)
		}
	}
}
