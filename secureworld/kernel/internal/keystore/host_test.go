package keystore

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/cmac"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt/receiver"
)

func counter(ksn [12]byte) uint32 { return binary.BigEndian.Uint32(ksn[8:]) }

// reserved takes n KSNs and returns the highest counter.
func reserved(t testing.TB, s *Store, n int) (top uint32) {
	t.Helper()
	m, err := s.Reserve(n)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Wipe()
	for i := range n {
		top = max(top, counter(m.KSN(i)))
	}
	return top
}

func TestKSNsAreUsedUpDurablyWhenReserveReturns(t *testing.T) {
	e := newEstate(t)
	s := e.open(t)
	for n := 1; n <= 5; n++ {
		top := reserved(t, s, n)
		if got := opened(t, copied(t, e.dir), e.cfg).HostUpcoming(); got <= top {
			t.Fatalf("%d was given out, and the disk goes on at %d", top, got)
		}
		if s.HostUpcoming() <= top || s.HostKeysLeft() == 0 {
			t.Fatalf("%d was given out, and the next is %d", top, s.HostUpcoming())
		}
	}
}

// change is the storage before and after one Reserve.
type change struct {
	before, after string
	used, next    uint32 // highest counter given out before the change; first one after it
}

func changed(t *testing.T, e *estate) change {
	t.Helper()
	s := e.open(t)
	c := change{used: reserved(t, s, 2)}
	c.before = copied(t, e.dir)
	reserved(t, s, 3)
	c.after, c.next = copied(t, e.dir), s.HostUpcoming()
	return c
}

func slot(dir string, i int) string { return filepath.Join(dir, folder, hostNames()[i]) }

// The power fails while a change is written, at any byte of either file, with
// what was not written left old, zero or missing: the change was never used, and
// the storage goes on at a counter that nobody got.
func TestAChangeOfTheHostKeyThatWasTornNeverRepeatsACounter(t *testing.T) {
	e := newEstate(t)
	c := changed(t, e)
	step := 41
	for _, file := range []int{0, 1} {
		old, young := read(t, slot(c.before, file)), read(t, slot(c.after, file))
		for cut := 0; cut <= len(young); cut += step {
			for name, torn := range map[string][]byte{
				"old behind": append(bytes.Clone(young[:cut]), old[cut:]...), "zeros behind": append(bytes.Clone(young[:cut]), make([]byte, len(young)-cut)...),
				"cut off": young[:cut], "end first": append(bytes.Clone(old[:cut]), young[cut:]...),
			} {
				dir := copied(t, c.before)
				if file == 1 { // the first is whole by then
					write(t, slot(dir, 0), read(t, slot(c.after, 0)))
				}
				write(t, slot(dir, file), torn)
				s := opened(t, dir, e.cfg)
				if s.HostUpcoming() <= c.used {
					t.Fatalf("file %d cut at %d, %s: goes on at %d, and %d was used", file, cut, name, s.HostUpcoming(), c.used)
				}
				next := reserved(t, s, 1) // mended: the next change is as safe
				if again := opened(t, dir, e.cfg).HostUpcoming(); again <= next {
					t.Fatalf("file %d cut at %d, %s: repeats %d", file, cut, name, next)
				}
				if !bytes.Equal(read(t, slot(dir, 0)), read(t, slot(dir, 1))) {
					t.Fatalf("file %d cut at %d, %s: the files differ", file, cut, name)
				}
			}
		}
	}
}

// One file is damaged, lost or put back after keys were given out: the other is
// as new, so nothing is repeated. A file of its own for every other state, as
// there was before, is the hole that this test can see.
func TestADamagedFileOfTheHostKeyRepeatsNoCounter(t *testing.T) {
	e := newEstate(t)
	c := changed(t, e)
	damage := map[string]func(path string, file int){
		"flipped": func(path string, _ int) { b := read(t, path); b[40] ^= 4; write(t, path, b) },
		"raised":  func(path string, _ int) { b := read(t, path); b[7]++; write(t, path, b) },
		"lost":    func(path string, _ int) { _ = os.Remove(path) },
		"cut":     func(path string, _ int) { write(t, path, read(t, path)[:100]) },
		"older":   func(path string, i int) { write(t, path, read(t, slot(c.before, i))) },
	}
	for name, f := range damage {
		for file := range 2 {
			dir := copied(t, c.after)
			f(slot(dir, file), file)
			if got := opened(t, dir, e.cfg).HostUpcoming(); got != c.next {
				t.Errorf("file %d %s: goes on at %d, not at %d", file, name, got, c.next)
			}
		}
		dir := copied(t, c.after)
		f(slot(dir, 0), 0)
		write(t, slot(dir, 1), read(t, slot(c.before, 1))) // the hole
		if got := opened(t, dir, e.cfg).HostUpcoming(); got >= c.next {
			t.Errorf("control, %s: with one current file the counter is not repeated", name)
		}
	}
	dir := copied(t, c.after)
	for file := range 2 {
		damage["flipped"](slot(dir, file), file)
	}
	if _, err := openAll(newRooms(), dir, e.cfg); !errors.Is(err, errStorage) {
		t.Errorf("both damaged: %v", err)
	}
}

func TestTheStateOfAnotherNumberIsRefused(t *testing.T) {
	e := newEstate(t)
	c := changed(t, e)
	dir := copied(t, c.after)
	for file := range 2 { // an old state under a new number
		b := read(t, slot(c.before, file))
		copy(b[:8], bytes.Repeat([]byte{0x7f}, 8))
		write(t, slot(dir, file), b)
	}
	if _, err := openAll(newRooms(), dir, e.cfg); !errors.Is(err, errStorage) {
		t.Error(err)
	}
}

// The disk refuses: no key is given out, then or later, and the storage goes on
// after a restart.
func TestAFailedWriteGivesNoKey(t *testing.T) {
	for file := range 2 {
		e := newEstate(t)
		s := e.open(t)
		used := reserved(t, s, 1)
		if broken(s) {
			t.Fatalf("file %d: broken before anything was", file)
		}
		good := read(t, slot(e.dir, file))
		replaceByFolder(t, slot(e.dir, file))
		if m, err := s.Reserve(1); err == nil || m != nil {
			t.Fatalf("file %d: a key was given out that is not used up", file)
		}
		if err := os.Remove(slot(e.dir, file)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Reserve(1); !errors.Is(err, dukpt.ErrDead) {
			t.Errorf("file %d: afterwards: %v", file, err)
		}
		if !broken(s) {
			t.Errorf("file %d: nobody is told that the store gives out nothing any more", file)
		}
		write(t, slot(e.dir, file), good)
		if got := e.open(t).HostUpcoming(); got <= used {
			t.Errorf("file %d: goes on at %d, and %d was used", file, got, used)
		}
	}
}

func broken(s *Store) bool {
	select {
	case <-s.Broken():
		return true
	default:
		return false
	}
}

func replaceByFolder(t *testing.T, path string) {
	t.Helper()
	if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
		t.Fatal(err)
	}
}

func TestReserveGivesBackItsMemoryWhateverHappens(t *testing.T) {
	e := newEstate(t)
	r := newRooms()
	s, err := openAll(r, e.dir, e.cfg)
	if err != nil {
		t.Fatal(err)
	}
	before := r.count()
	if reserved(t, s, 3); r.count() != before {
		t.Errorf("%d rooms more", r.count()-before)
	}
	r.refuses = r.asked + 3
	if _, err := s.Reserve(3); !errors.Is(err, errNoRoom) || r.count() != before {
		t.Errorf("%v, %d rooms more", err, r.count()-before)
	}
	if reserved(t, s, 3); r.count() != before { // refused before anything changed
		t.Errorf("%d rooms more", r.count()-before)
	}
}

func TestKSNsOfManyCallersAreAllDifferent(t *testing.T) {
	e := newEstate(t)
	s := e.open(t)
	var mu sync.Mutex
	var wait sync.WaitGroup
	seen := map[[12]byte]bool{}
	for range 4 {
		wait.Go(func() {
			for range 10 {
				m, err := s.Reserve(2)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				seen[m.KSN(0)], seen[m.KSN(1)] = true, true
				mu.Unlock()
				m.Wipe()
				_ = s.HostUpcoming() + s.HostKeysLeft()
			}
		})
	}
	wait.Wait()
	if len(seen) != 80 {
		t.Errorf("%d different KSNs of 80", len(seen))
	}
}

// hostKey is a working key as the acquirer derives it.
func (e *estate) hostKey(t testing.TB, ksn [12]byte, usage func(*dukpt.Transaction, []byte, dukpt.KeyType) error) []byte {
	t.Helper()
	tx, err := receiver.Transaction(e.keys["host-initial"], dukpt.AES256, dukpt.KSN(ksn), make([]byte, dukpt.RoomTransaction))
	if err != nil {
		t.Fatal(err)
	}
	key := make([]byte, 32)
	if err := usage(tx, key, dukpt.AES256); err != nil {
		t.Fatal(err)
	}
	return key
}

// authenticates sends a message and checks its answer.
func (e *estate) authenticates(t testing.TB, s *Store) bool {
	t.Helper()
	m, err := s.Reserve(2)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Wipe()
	keys, err := m.VerificationKeys()
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		message := append(make([]byte, 0, 64), "message"...)
		n, err := m.MAC(i, message)
		key := e.hostKey(t, m.KSN(i), (*dukpt.Transaction).MACGenerationKey)
		if err != nil || !cmac.Verify(block(t, key), message[7:n], message[:7]) {
			return false
		}
		if s.Check(keys, i, e.answer(t, m.KSN(i))) != nil {
			return false
		}
	}
	return true
}

// answer is authenticated as the acquirer does.
func (e *estate) answer(t testing.TB, ksn [12]byte) []byte {
	t.Helper()
	key := e.hostKey(t, ksn, (*dukpt.Transaction).MACVerificationKey)
	return append([]byte("answer"), cmac.Sum(nil, block(t, key), []byte("answer"))[:hostspec.MACSize]...)
}

func TestAccountDataAreSealedForTheAcquirerUnderTheFirstKSN(t *testing.T) {
	e := newEstate(t)
	s := e.open(t)
	m, err := s.Reserve(3)
	if err != nil {
		t.Fatal(err)
	}
	data := append(make([]byte, 0, 160), "account data"...)
	n, err := m.SealAccount(0, data)
	if err != nil || n != 12+tagSize {
		t.Fatalf("%d, %v", n, err)
	}
	ksn := m.KSN(0)
	key := e.hostKey(t, ksn, (*dukpt.Transaction).DataEncryptionKey)
	got, err := gcm(t, key).Open(nil, make([]byte, 12), data[:n], ksn[:])
	if err != nil || string(got) != "account data" {
		t.Fatalf("%q, %v", got, err)
	}
	for name, bad := range map[string][]byte{
		"no room for the tag": append(make([]byte, 0, 27), "account data"...), "too long": make([]byte, hostspec.MaxSealedAccount-tagSize+1, 2*hostspec.MaxSealedAccount)} {
		if _, err := m.SealAccount(0, bad); err == nil {
			t.Errorf("%s: sealed", name)
		}
	}
	m.Wipe()
	if !panics(func() { _, _ = m.MAC(0, make([]byte, 1, 20)) }) {
		t.Error("wiped messages still authenticate")
	}
}

func panics(f func()) (yes bool) {
	defer func() { yes = recover() != nil }()
	f()
	return false
}

func TestAMACNeedsItsRoom(t *testing.T) {
	s := newEstate(t).open(t)
	m, err := s.Reserve(1)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Wipe()
	if _, err := m.MAC(0, make([]byte, 10, 17)); err == nil {
		t.Error("authenticated without room")
	}
	if n, err := m.MAC(0, make([]byte, 10, 18)); err != nil || n != 18 {
		t.Errorf("twin: %d, %v", n, err)
	}
}

// A42: the answer of the right host to the right message alone.
func TestAnswersThatDoNotVerifyAreRefused(t *testing.T) {
	e := newEstate(t)
	s := e.open(t)
	m, err := s.Reserve(3)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := m.VerificationKeys()
	if err != nil || Keys(keys) != 3 {
		t.Fatalf("%d keys, %v", Keys(keys), err)
	}
	good := e.answer(t, m.KSN(1))
	ksn := m.KSN(1)
	m.Wipe()
	later := e.open(t) // a late answer can be checked after a restart too
	if err := later.Check(keys, 1, good); err != nil {
		t.Fatalf("twin: %v", err)
	}
	if got, err := later.KSN(keys, 1); err != nil || got != ksn {
		t.Errorf("KSN %x, %v", got, err)
	}
	own := append([]byte("answer"), cmac.Sum(nil, block(t, e.hostKey(t, ksn, (*dukpt.Transaction).MACGenerationKey)), []byte("answer"))[:8]...)
	zero := append([]byte("answer"), cmac.Sum(nil, block(t, make([]byte, 32)), []byte("answer"))[:8]...)
	for name, c := range map[string]struct {
		keys   []byte
		i      int
		answer []byte
	}{
		"the key of another message": {keys, 0, good},
		"a key below":                {keys, -1, good},
		"a key beyond":               {keys, 3, good},
		"a flipped bit":              {keys, 1, flipped(good, 0)},
		"a flipped MAC":              {keys, 1, flipped(good, len(good)-1)},
		"a MAC cut short":            {keys, 1, good[:len(good)-1]},
		"no MAC":                     {keys, 1, good[:6]},
		"nothing":                    {keys, 1, nil},
		"a zero MAC":                 {keys, 1, append([]byte("answer"), make([]byte, 8)...)},
		"a MAC of the terminal":      {keys, 1, own},
		"a MAC under a zero key":     {keys, 1, zero},
		"changed keys":               {flipped(keys, 20), 1, good},
		"a changed nonce":            {flipped(keys, 0), 1, good},
		"keys cut short":             {keys[:len(keys)-1], 1, good},
		"keys of one set less":       {keys[:len(keys)-verificationSize], 1, good},
		"no keys":                    {nil, 0, good},
	} {
		if err := s.Check(c.keys, c.i, c.answer); !errors.Is(err, ErrMAC) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := newEstate(t).open(t).Check(keys, 1, good); !errors.Is(err, ErrMAC) {
		t.Errorf("another terminal: %v", err)
	}
}

func flipped(b []byte, i int) []byte {
	b = bytes.Clone(b)
	b[i] ^= 0x10
	return b
}

func BenchmarkReserveThree(b *testing.B) {
	s := newEstate(b).open(b)
	for b.Loop() {
		reserved(b, s, 3)
	}
}
