package updates

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"
)

var now = time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)

// shop is a repository with its key and an operator's memory of it.
type shop struct {
	t              *testing.T
	folder, memory string
	public         ed25519.PublicKey
	key            ed25519.PrivateKey
}

func newShop(t *testing.T, versions ...uint64) *shop {
	dir := t.TempDir()
	s := &shop{t: t, folder: filepath.Join(dir, "repository"), memory: filepath.Join(dir, "seen")}
	s.public, s.key, _ = ed25519.GenerateKey(nil)
	for _, v := range versions {
		s.publish(v, now.Add(time.Hour))
	}
	return s
}

func content(version uint64) map[string][]byte {
	return map[string][]byte{"kernel": {byte(version)}, "kernel.manifest": {1, byte(version)}}
}

func (s *shop) publish(version uint64, until time.Time) {
	s.t.Helper()
	if err := Publish(s.folder, s.key, version, content(version), until); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) open(at time.Time) (*Repository, error) {
	return Open(s.folder, s.public, s.memory, at)
}

func (s *shop) opened() *Repository {
	s.t.Helper()
	r, err := s.open(now)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// snapshot is what a thief could put back later.
func (s *shop) snapshot() func() {
	saved := map[string][]byte{}
	for _, name := range []string{logFile, checkpointFile} {
		saved[name], _ = os.ReadFile(filepath.Join(s.folder, name))
	}
	return func() {
		for name, b := range saved {
			if err := os.WriteFile(filepath.Join(s.folder, name), b, 0o600); err != nil {
				s.t.Fatal(err)
			}
		}
	}
}

func TestPublishedReleasesAreFoundAndLoaded(t *testing.T) {
	s := newShop(t, 1, 2, 5)
	r := s.opened()
	newest, err := r.Find(0)
	if err != nil || newest.Version != 5 || len(r.Releases()) != 3 {
		t.Fatal(newest, err)
	}
	files, err := r.Load(newest)
	if err != nil || !maps.EqualFunc(files, content(5), bytes.Equal) {
		t.Fatal(files, err)
	}
	if second, err := r.Find(2); err != nil || second.Version != 2 {
		t.Fatal(second, err)
	}
	if _, err := r.Find(3); err == nil {
		t.Error("a release that is not there was found")
	}
	s.publish(6, now.Add(time.Hour))
	if r = s.opened(); len(r.Releases()) != 4 {
		t.Error("a longer log was not taken")
	}
}

func TestRepositoryThatHidesOrRewritesIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*shop)
		want  error
	}{
		"frozen":      {func(s *shop) { s.publish(3, now.Add(-time.Second)) }, ErrFrozen},
		"rolled back": {func(s *shop) { back := s.snapshot(); s.publish(3, now.Add(time.Hour)); s.opened(); back() }, ErrRolledBack},
		"an older checkpoint of the same log": {func(s *shop) {
			back := s.snapshot()
			if err := Renew(s.folder, s.key, now.Add(2*time.Hour)); err != nil {
				s.t.Fatal(err)
			}
			s.opened()
			back()
		}, ErrRolledBack},
		"forked": {func(s *shop) {
			back := s.snapshot()
			s.publish(3, now.Add(time.Hour))
			s.opened()
			back()
			s.publish(4, now.Add(time.Hour))
		}, ErrForked},
		"forked and longer": {func(s *shop) {
			back := s.snapshot()
			s.publish(3, now.Add(time.Hour))
			s.opened()
			back()
			s.publish(4, now.Add(time.Hour))
			s.publish(5, now.Add(time.Hour))
		}, ErrForked},
		"another key":        {func(s *shop) { s.public, _, _ = ed25519.GenerateKey(nil) }, ErrSignature},
		"changed checkpoint": {func(s *shop) { s.change(checkpointFile, "2\n", "1\n") }, ErrSignature},
		"changed log":        {func(s *shop) { s.change(logFile, "kernel.manifest 2", "kernel.manifest 3") }, ErrLog},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, 1, 2)
			s.opened() // the control: it was good before
			c.spoil(s)
			if _, err := s.open(now); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func (s *shop) change(file, from, to string) {
	path := filepath.Join(s.folder, file)
	b, err := os.ReadFile(path)
	if err != nil || !bytes.Contains(b, []byte(from)) {
		s.t.Fatalf("nothing to change: %v", err)
	}
	if err := os.WriteFile(path, bytes.Replace(b, []byte(from), []byte(to), 1), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func TestFilesOfTwoReleasesDoNotMix(t *testing.T) {
	s := newShop(t, 1, 2)
	r := s.opened()
	old, err := os.ReadFile(filepath.Join(s.folder, releasesFolder, "1", "kernel"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.folder, releasesFolder, "2", "kernel"), old, 0o600); err != nil {
		t.Fatal(err)
	}
	newest, err := r.Find(0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Load(newest); !errors.Is(err, ErrMixed) {
		t.Error(err)
	}
}

func TestVersionsOnlyGoUp(t *testing.T) {
	s := newShop(t, 4)
	for _, v := range []uint64{4, 3, 0} {
		if err := Publish(s.folder, s.key, v, content(v), now.Add(time.Hour)); err == nil {
			t.Errorf("version %d after 4 was published", v)
		}
	}
	if err := Publish(s.folder, s.key, 5, map[string][]byte{"../kernel": nil}, now.Add(time.Hour)); err == nil {
		t.Error("a name that leads out of the folder was published")
	}
}

func FuzzCanonicalLog(f *testing.F) {
	one, _ := NewRelease(1, content(1))
	two, _ := NewRelease(2, content(2))
	f.Add(encodeLog([]Release{one, two}))
	f.Fuzz(func(t *testing.T, raw []byte) {
		releases, err := parseLog(raw)
		if err == nil && !bytes.Equal(encodeLog(releases), raw) {
			t.Fatal("accepted what does not encode back")
		}
	})
}
