package journal

import (
	"bytes"
	"crypto/aes"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
)

type memory struct {
	b       []byte
	failOn  int // the n-th call of Append or Sync fails
	calls   int
	though  bool // but what it should do is done
	synced  int
	errFail error
}

func (m *memory) ReadAll() ([]byte, error) { return bytes.Clone(m.b), nil }
func (m *memory) fail() bool {
	m.calls++
	return m.calls == m.failOn
}
func (m *memory) Append(b []byte) error {
	if m.fail() {
		if m.though {
			m.b = append(m.b, b...)
		}
		return errors.New("injected")
	}
	m.b = append(m.b, b...)
	return nil
}
func (m *memory) Truncate(n int64) error { m.b = m.b[:n]; return nil }
func (m *memory) Sync() error {
	if m.fail() {
		return errors.New("injected")
	}
	m.synced = len(m.b)
	return nil
}

func open(t *testing.T, f File) (*Journal, []string, error) {
	t.Helper()
	key, err := aes.NewCipher(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	j, err := Open(f, key, func(r []byte) error { got = append(got, string(r)); return nil })
	return j, got, err
}

func filled(t *testing.T, n int) *memory {
	t.Helper()
	m := &memory{}
	j, _, err := open(t, m)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if err := j.Append(fmt.Appendf(nil, "record %d", i)); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func TestRecordsComeBackInOrderFromTheDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	for round := range 3 {
		d, err := OpenDisk(path)
		if err != nil {
			t.Fatal(err)
		}
		j, got, err := open(t, d)
		if err != nil || len(got) != 2*round || j.Length() != uint64(2*round) {
			t.Fatalf("round %d: %d records, length %d, %v", round, len(got), j.Length(), err)
		}
		if err := j.Append(fmt.Appendf(nil, "a%d", round), fmt.Appendf(nil, "b%d", round)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEveryFlippedBitIsRefused(t *testing.T) {
	m := filled(t, 3)
	for i := range m.b {
		for bit := range 8 {
			c := &memory{b: bytes.Clone(m.b)}
			c.b[i] ^= 1 << bit
			_, got, err := open(t, c)
			if !errors.Is(err, ErrDamaged) {
				t.Fatalf("byte %d bit %d: %d records, %v", i, bit, len(got), err)
			}
		}
	}
}

func TestAMovedOrMissingEntryIsRefused(t *testing.T) {
	m := filled(t, 3)
	size := len(m.b) / 3
	swapped := append(append(bytes.Clone(m.b[size:2*size]), m.b[:size]...), m.b[2*size:]...)
	missing := append(bytes.Clone(m.b[:size]), m.b[2*size:]...)
	for name, b := range map[string][]byte{"swapped": swapped, "missing": missing} {
		if _, _, err := open(t, &memory{b: b}); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnEntryCutAtAnyByteIsCutOffAndTheRestStands(t *testing.T) {
	m := filled(t, 3)
	size := len(m.b) / 3
	for n := 2 * size; n < 3*size; n++ {
		c := &memory{b: bytes.Clone(m.b[:n])}
		j, got, err := open(t, c)
		if err != nil || len(got) != 2 || len(c.b) != 2*size {
			t.Fatalf("cut at %d: %d records, %v", n, len(got), err)
		}
		if err := j.Append([]byte("next")); err != nil {
			t.Fatal(err)
		}
		if _, got, err = open(t, c); err != nil || len(got) != 3 {
			t.Fatalf("cut at %d: after the next append %d records, %v", n, len(got), err)
		}
	}
}

func TestNothingIsWrittenAfterAFailure(t *testing.T) {
	for failOn := 1; failOn <= 2; failOn++ {
		for _, though := range []bool{false, true} {
			m := filled(t, 1)
			j, _, err := open(t, m)
			if err != nil {
				t.Fatal(err)
			}
			m.calls, m.failOn, m.though = 0, failOn, though
			if err := j.Append([]byte("lost or not")); err == nil {
				t.Fatal("a failed write was reported as done")
			}
			if err := j.Append([]byte("after")); !errors.Is(err, ErrDead) {
				t.Fatalf("append after a failure: %v", err)
			}
			if _, got, err := open(t, &memory{b: m.b}); err != nil || len(got) > 2 {
				t.Fatalf("reopened: %d records, %v", len(got), err)
			}
		}
	}
}

func FuzzOpenNeverPanics(f *testing.F) {
	f.Add([]byte{0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 'x'})
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _, _ = open(t, &memory{b: b}) // any outcome but a panic
	})
}

func BenchmarkAppend(b *testing.B) {
	key, _ := aes.NewCipher(make([]byte, 32))
	d, err := OpenDisk(filepath.Join(b.TempDir(), "journal"))
	if err != nil {
		b.Fatal(err)
	}
	j, err := Open(d, key, func([]byte) error { return nil })
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := j.Append(make([]byte, 512)); err != nil {
			b.Fatal(err)
		}
	}
}
