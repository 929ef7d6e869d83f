package storage

import (
	"crypto/sha256"
	"errors"
	"sync"
	"testing"
)

// rooms stands for secret memory.
type rooms struct {
	mu             sync.Mutex
	taken          map[*byte][]byte
	asked, refuses int
}

var errNoRoom = errors.New("no room")

func newRooms() *rooms { return &rooms{taken: map[*byte][]byte{}} }

func (r *rooms) Room(n int) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.asked++; r.asked == r.refuses {
		return nil, errNoRoom
	}
	b := make([]byte, n)
	r.taken[&b[0]] = b
	return b, nil
}

func (r *rooms) Release(b []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(b) == 0 || r.taken[&b[0]] == nil {
		return errors.New("no room of this memory")
	}
	clear(b)
	delete(r.taken, &b[0])
	return nil
}

func (r *rooms) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.taken)
}

// derive stands for a storage root key.
func derive(root string) func([]byte, string) error {
	return func(dst []byte, purpose string) error {
		sum := sha256.Sum256([]byte(root + purpose))
		copy(dst, sum[:])
		return nil
	}
}

// quick stands for Argon2id.
func quick(password, salt []byte) []byte {
	sum := sha256.Sum256(append(append([]byte("quick"), password...), salt...))
	return sum[:]
}

func config(d *disk, a *anchor) Config {
	return Config{Memory: newRooms(), Disk: d, Anchor: a, Derive: derive("device"), stretch: quick}
}

func opened(t testing.TB, d *disk, a *anchor) *Store {
	t.Helper()
	s, err := Open(config(d, a))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func enough() Quota { return Quota{Objects: 100, Bytes: 1 << 20} }

func space(t testing.TB, s *Store, name string) *Space {
	t.Helper()
	p, err := s.Space(name, enough())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func put(t testing.TB, p *Space, name, data string) {
	t.Helper()
	if err := p.Put(name, []byte(data)); err != nil {
		t.Fatalf("put %s: %v", name, err)
	}
}

func get(p *Space, name string) (string, error) {
	room := make([]byte, MaxObject)
	n, err := p.Get(name, room)
	return string(room[:n]), err
}

func holds(t testing.TB, p *Space, name, want string) {
	t.Helper()
	if got, err := get(p, name); err != nil || got != want {
		t.Errorf("%s: %q, %v; want %q", name, got, err, want)
	}
}
