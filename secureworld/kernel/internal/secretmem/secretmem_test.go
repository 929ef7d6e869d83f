package secretmem

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
	"unsafe"
)

func open(t testing.TB, cfg Config) *Memory {
	t.Helper()
	m, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var small = Config{Arenas: 2, ArenaPages: 4, KeyBytes: 64 << 10}

// readByRoot reads memory of this process as a scraper would.
func readByRoot(room []byte) ([]byte, error) {
	f, err := os.Open("/proc/self/mem")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	got := make([]byte, len(room))
	_, err = f.ReadAt(got, int64(uintptr(unsafe.Pointer(unsafe.SliceData(room)))))
	return got, err
}

func TestScraperReadsOrdinaryMemoryButNotSecretMemory(t *testing.T) {
	m := open(t, small)
	if m.Protection().Kind != KindSecret {
		t.Fatalf("this machine gives %+v", m.Protection())
	}
	canary := make([]byte, 32)
	rand.Read(canary)
	if got, err := readByRoot(canary); err != nil || !bytes.Equal(got, canary) {
		t.Fatalf("the control must be readable: %v", err)
	}
	room, err := m.Keys().Room(32)
	if err != nil {
		t.Fatal(err)
	}
	copy(room, canary)
	if got, err := readByRoot(room); err == nil || bytes.Equal(got, canary) {
		t.Fatal("secret memory was read")
	}
}

func TestLockedMemoryIsNeverCalledSecret(t *testing.T) {
	regions, err := mapAll(small.sizes(), mapGuarded)
	if err != nil {
		t.Fatal(err)
	}
	p := lockAll(regions, errors.New("no memfd_secret"))
	if p.HiddenFromRoot() || p.Kind != KindLocked || p.Reason == "" {
		t.Fatalf("reported as %+v", p)
	}
	if flags := vmFlags(t, regions[0]); !strings.Contains(flags, " dd ") || !strings.Contains(flags, " lo ") || !strings.Contains(flags, " wf ") {
		t.Fatalf("not locked, not left out of dumps or not wiped on fork: %q", flags)
	}
	m := assemble(small, regions, p)
	room, _ := m.Keys().Room(16)
	copy(room, "canary-of-locked")
	if got, err := readByRoot(room); err != nil || string(got) != "canary-of-locked" {
		t.Fatal("root is expected to read locked memory; if not, the report may claim more")
	}
}

func vmFlags(t *testing.T, region []byte) string {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	start := fmt.Sprintf("%x-", uintptr(unsafe.Pointer(unsafe.SliceData(region))))
	_, after, ok := strings.Cut(string(maps), "\n"+start)
	if !ok {
		t.Fatal("mapping not found")
	}
	_, after, _ = strings.Cut(after, "VmFlags:")
	line, _, _ := strings.Cut(after, "\n")
	return line + " "
}

func TestReleasedArenaComesBackZeroed(t *testing.T) {
	m := open(t, Config{Arenas: 1, ArenaPages: 4, KeyBytes: 64 << 10})
	a, _ := m.Take(context.Background())
	b := a.Reallocate(3 * PageBytes)
	b[0], b[len(b)-1] = 1, 2
	if a.Reallocate(4*PageBytes+1) != nil {
		t.Fatal("an arena grew beyond itself")
	}
	a.Reallocate(PageBytes)
	a.Release()
	a.Release()
	again, err := m.Take(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range again.Reallocate(4 * PageBytes) {
		if v != 0 {
			t.Fatal("a used arena was not cleared")
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	if _, err := m.Take(ctx); err == nil {
		t.Fatal("one arena was given out twice")
	}
}

func TestKeyRoomsAreAlignedApartAndClearedOnRelease(t *testing.T) {
	k := open(t, small).Keys()
	a, _ := k.Room(65)
	b, _ := k.Room(1)
	if address := uintptr(unsafe.Pointer(&a[0])); address%64 != 0 {
		t.Fatal("a room is not aligned")
	}
	copy(a, "secret")
	b[0] = 9
	if k.Release(a[1:]) == nil {
		t.Fatal("released what is no room")
	}
	if err := k.Release(a); err != nil {
		t.Fatal(err)
	}
	if k.Release(a) == nil {
		t.Fatal("released twice")
	}
	c, _ := k.Room(128)
	if !bytes.Equal(c, make([]byte, 128)) || b[0] != 9 {
		t.Fatal("a released room was not cleared, or its neighbour was")
	}
	if _, err := k.Room(64 << 10); !errors.Is(err, ErrKeysFull) {
		t.Fatalf("overfull pool: %v", err)
	}
}

func TestOversizedConfigurationIsRefused(t *testing.T) {
	for _, cfg := range []Config{{}, {Arenas: 17, ArenaPages: 1, KeyBytes: 1 << 16}, {Arenas: 1, ArenaPages: 1025, KeyBytes: 1 << 16}, {Arenas: 1, ArenaPages: 1, KeyBytes: 1}} {
		if _, err := Open(cfg); err == nil {
			t.Errorf("%+v accepted", cfg)
		}
	}
}

func BenchmarkWipeOfEightMebibytes(b *testing.B) {
	m := open(b, Config{Arenas: 1, ArenaPages: 128, KeyBytes: 64 << 10})
	for b.Loop() {
		a, _ := m.Take(context.Background())
		a.Reallocate(8 << 20)
		a.Release()
	}
}

func TestSmallerArenasAreAPoolOfTheirOwn(t *testing.T) {
	cfg := small
	cfg.Small, cfg.SmallPages = 2, 3
	m, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	a, err := m.Small().Take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if m.Small().Arenas() != 2 || m.Small().ArenaPages() != 3 || len(a.Reallocate(3*PageBytes)) != 3*PageBytes || a.Reallocate(3*PageBytes+1) != nil {
		t.Error("not of the size that was asked for")
	}
	copy(a.room, "canary-of-a-small-one")
	if got, err := readByRoot(a.room[:21]); m.Small().Protection().HiddenFromRoot() == (err == nil && string(got) == "canary-of-a-small-one") {
		t.Errorf("%+v is not so", m.Small().Protection())
	}
	a.Release()
	for range 2 { // none went to the other pool
		if a, err = m.Small().Take(t.Context()); err != nil || string(a.room[:cap(a.room)][:6]) == "canary" {
			t.Fatal(err)
		}
	}
}
