package journal

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestARunningTerminalsJournalIsCopied(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	must(t, j.Insert(record(1, "first")))
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- j.HandOut(ctx, dir) }()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		if _, err := os.Stat(filepath.Join(dir, handoutSocket)); err == nil {
			break
		}
		if time.Now().After(end) {
			t.Fatal("no socket")
		}
	}
	to := filepath.Join(t.TempDir(), "journal.db")
	must(t, Copy(t.Context(), dir, to))
	must(t, j.Insert(record(2, "second"))) // goes on
	holds(t, to, 1)
	if info, err := os.Stat(to); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if info, err := os.Stat(filepath.Join(dir, handoutSocket)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if err := Copy(t.Context(), dir, to); err == nil {
		t.Error("a file that was there was written over")
	}
	cancel()
	must(t, <-served)
	must(t, j.Close())
	again := filepath.Join(t.TempDir(), "journal.db")
	must(t, Copy(t.Context(), dir, again)) // where none runs
	holds(t, again, 2)
}

func holds(t *testing.T, path string, want int) {
	t.Helper()
	j, err := Open(path)
	must(t, err)
	defer j.Close()
	var n int
	must(t, j.db.QueryRowContext(t.Context(), "SELECT count(*) FROM payments").Scan(&n))
	if n != want {
		t.Errorf("%d payments, not %d", n, want)
	}
}

func TestACopyThatIsCutOffOrDamagedIsRefused(t *testing.T) {
	name := filepath.Join(t.TempDir(), "journal.db")
	must(t, os.WriteFile(name, []byte("a journal"), 0o600))
	var whole bytes.Buffer
	must(t, send(&whole, name))
	if err := receive(bytes.NewReader(whole.Bytes()), filepath.Join(t.TempDir(), "copy")); err != nil {
		t.Errorf("the control: %v", err)
	}
	damaged := bytes.Clone(whole.Bytes())
	damaged[len(damaged)-1] ^= 1
	large := bytes.Clone(whole.Bytes())
	large[0] = 0xff
	for what, b := range map[string][]byte{"cut off": whole.Bytes()[:whole.Len()-1], "no head": whole.Bytes()[:20], "damaged": damaged, "too large": large} {
		to := filepath.Join(t.TempDir(), "copy")
		if err := receive(bytes.NewReader(b), to); !errors.Is(err, ErrCopy) {
			t.Errorf("%s: %v", what, err)
		}
		if _, err := os.Stat(to); err == nil {
			t.Errorf("%s: something was left", what)
		}
	}
}

func TestWhereNoJournalIsNoneIsCopied(t *testing.T) {
	to := filepath.Join(t.TempDir(), "copy")
	if err := Copy(t.Context(), t.TempDir(), to); !errors.Is(err, ErrSnapshot) {
		t.Error(err)
	}
}

func FuzzCopyArrives(f *testing.F) {
	f.Add([]byte("short"))
	f.Fuzz(func(t *testing.T, b []byte) {
		to := filepath.Join(t.TempDir(), "copy")
		if err := receive(bytes.NewReader(b), to); err != nil {
			return
		}
		var again bytes.Buffer
		must(t, send(&again, to))
		if !bytes.Equal(again.Bytes(), b[:again.Len()]) {
			t.Error("another copy than came")
		}
	})
}
