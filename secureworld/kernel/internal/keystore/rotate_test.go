package keystore

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/keyblock"
	"github.com/strongroom-pos/strongroom/secureworld/keyregistry"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
)

func TestAHostKeyThatWasReplacedIsGoneAndItsEndIsProved(t *testing.T) {
	e := newEstate(t)
	r := newRooms()
	s, err := openAll(r, e.dir, e.cfg)
	if err != nil {
		t.Fatal(err)
	}
	before, err := s.Reserve(1)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := before.VerificationKeys()
	if err != nil {
		t.Fatal(err)
	}
	registers := bytes.Clone(s.hostRoom[64:96])
	if !r.holds(registers) {
		t.Fatal("the control: the registers are not in memory before")
	}
	next, id := random(32), [8]byte(random(8))
	want, _ := keyblock.KCVAES(e.keys[provisioning.KeyHostInitial])
	left := s.HostKeysLeft()
	gone, err := s.ReplaceHost(next, id)
	if err != nil || gone != (Destroyed{KeyID: e.hostID, Left: left, Check: want}) {
		t.Fatalf("%+v, %v", gone, err)
	}
	if r.holds(registers) || !bytes.Equal(next, make([]byte, 32)) {
		t.Error("the old registers, or the new initial key, are in memory")
	}
	if _, err := s.KSN(answer, 0); err != nil {
		t.Errorf("an answer that is awaited cannot be checked any more: %v", err)
	}
	for _, s := range []*Store{s, e.open(t)} {
		m, err := s.Reserve(1)
		if err != nil {
			t.Fatal(err)
		}
		if ksn := m.KSN(0); [8]byte(ksn[:8]) != id {
			t.Errorf("KSN %x", ksn)
		}
		s.isListed(t)
	}
}

func (s *Store) isListed(t *testing.T) {
	t.Helper()
	k, _ := keyregistry.Named("host-registers")
	ended, inUse := 0, 0
	for _, l := range s.Inventory() {
		switch {
		case l.Key != k.Number:
		case l.Ended != 0 && l.End == Replaced:
			ended++
		case l.Ended == 0:
			inUse++
		}
	}
	if ended != 1 || inUse != 1 {
		t.Errorf("%d ended, %d in use", ended, inUse)
	}
}

func TestAHostKeyIsNotReplacedByItself(t *testing.T) {
	e := newEstate(t)
	s := e.open(t)
	if _, err := s.ReplaceHost(random(32), e.hostID); !errors.Is(err, ErrSameKey) {
		t.Errorf("%v", err)
	}
	if _, err := s.ReplaceHost(random(31), [8]byte(random(8))); err == nil {
		t.Error("a short one is taken")
	}
	e.works(t, s)
}

// Memory fails at every request: the key is the old one or the new one, whole, and a
// start finds it.
func TestAReplacementThatFailsAnywhereLeavesAWholeKey(t *testing.T) {
	e := newEstate(t)
	e.open(t)
	for n := 1; n < 60; n++ {
		dir := copied(t, e.dir)
		r := newRooms()
		s, err := openAll(r, dir, e.cfg)
		if err != nil {
			t.Fatal(err)
		}
		r.refuses = r.asked + n
		_, failed := s.ReplaceHost(random(32), [8]byte(random(8)))
		again := opened(t, dir, e.cfg)
		if again.HostKeysLeft() == 0 {
			t.Errorf("request %d: no key", n)
		}
		if failed == nil {
			return // past the last request
		}
		if !errors.Is(failed, errNoRoom) {
			t.Errorf("request %d: %v", n, failed)
		}
	}
	t.Error("it never succeeds")
}

func TestTheOldStateIsWrittenOverInBothFiles(t *testing.T) {
	e := newEstate(t)
	s := e.open(t)
	var old [2][]byte
	for i, name := range hostNames() {
		old[i] = read(t, filepath.Join(e.dir, folder, name))
	}
	if _, err := s.ReplaceHost(random(32), [8]byte(random(8))); err != nil {
		t.Fatal(err)
	}
	for i, name := range hostNames() {
		if now := read(t, filepath.Join(e.dir, folder, name)); len(now) != len(old[i]) || bytes.Contains(now, old[i][20:40]) {
			t.Errorf("%s was not written over", name)
		}
	}
}
