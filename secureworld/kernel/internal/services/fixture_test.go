package services

import (
	"bufio"
	"encoding/hex"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/secretmem"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk/crypto/call"
)

// shelf is a space in ordinary memory that can fail.
type shelf struct {
	mu   sync.Mutex
	all  map[string][]byte
	fail error
}

func newShelf() *shelf { return &shelf{all: map[string][]byte{}} }

func (s *shelf) Get(name string, room []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.all[name]
	if s.fail != nil || !ok {
		return 0, or(s.fail, ErrNotFound)
	}
	return copy(room, b), nil
}

func or(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

func (s *shelf) Put(name string, b []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail == nil {
		s.all[name] = slices.Clone(b)
	}
	return s.fail
}

func (s *shelf) Delete(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.all[name]; s.fail != nil || !ok {
		return or(s.fail, ErrNotFound)
	}
	delete(s.all, name)
	return nil
}

func (s *shelf) List() (names []string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name := range s.all {
		names = append(names, name)
	}
	return names, s.fail
}

// device is a kernel's services over a storage that outlives them.
type device struct {
	*Services
	t      *testing.T
	memory *secretmem.Keys
	spaces map[string]Stores
	now    time.Time
}

func newDevice(t *testing.T) *device {
	t.Helper()
	d := &device{t: t, spaces: map[string]Stores{}, now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
	d.restart()
	return d
}

func keyMemory(t testing.TB) *secretmem.Keys {
	t.Helper()
	m, err := secretmem.Open(secretmem.Config{Arenas: 1, ArenaPages: 1, KeyBytes: 512 << 10})
	if err != nil {
		t.Fatal(err)
	}
	return m.Keys()
}

// restart is a kernel anew, in memory of its own.
func (d *device) restart() {
	d.t.Helper()
	d.memory = keyMemory(d.t)
	var err error
	d.Services, err = New(Config{Memory: d.memory, Spaces: d.open, Device: "T0000001", Now: func() time.Time { return d.now }})
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *device) open(owner string) (Stores, error) {
	if _, ok := d.spaces[owner]; !ok {
		d.spaces[owner] = Stores{newShelf(), newShelf(), newShelf()}
	}
	return d.spaces[owner], nil
}

func (d *device) application(name string) *Session {
	d.t.Helper()
	o, ok := Application(name)
	if !ok {
		d.t.Fatalf("%q is no application", name)
	}
	return d.Session(o, func() Permissions { return PermitAll })
}

// generate makes a key of the session.
func generate(t testing.TB, c *Session, a call.Algorithm, u call.Usage) uint32 {
	t.Helper()
	h, code := c.Generate(Request{Algorithm: a, Usage: u})
	if code != call.OK {
		t.Fatalf("%v: %v", a, code)
	}
	return h
}

// vectors reads a file of testdata.
func vectors(t *testing.T, name string) []map[string]string {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, v := []map[string]string{}, map[string]string{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		if name, value, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(line, "#") {
			v[strings.TrimSpace(name)] = strings.TrimSpace(value)
		} else if line == "" && len(v) > 0 {
			all, v = append(all, v), map[string]string{}
		}
	}
	if len(v) > 0 {
		all = append(all, v)
	}
	if lines.Err() != nil || len(all) == 0 {
		t.Fatalf("%s: %d vectors, %v", name, len(all), lines.Err())
	}
	return all
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func named(t *testing.T, name string) call.Algorithm {
	t.Helper()
	for a := call.AlgorithmNone + 1; a < call.AlgorithmEnd; a++ {
		if a.String() == name {
			return a
		}
	}
	t.Fatalf("no algorithm is called %s", name)
	return 0
}
