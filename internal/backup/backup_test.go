package backup

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func put(t testing.TB, path, text string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(path), 0o700))
	must(t, os.WriteFile(path, []byte(text), 0o600))
}

func get(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	return string(b)
}

// world is a secure world's files, as far as their form is looked at.
type world struct{ SecureWorld }

func newWorld(t testing.TB, certificate string) world {
	t.Helper()
	dir := t.TempDir()
	w := world{SecureWorld{filepath.Join(dir, "storage"), filepath.Join(dir, "counter"), filepath.Join(dir, "kernel.json")}}
	configuration, err := json.Marshal(map[string]string{"doors_cert": certificate, "other": "field"})
	must(t, err)
	put(t, w.Configuration, string(configuration))
	put(t, filepath.Join(w.Storage, "firmware.root"), "SECRET-ROOT")
	put(t, filepath.Join(w.Storage, "incoming/supplier.key"), "SECRET-SUPPLIER")
	put(t, filepath.Join(w.Storage, "reversals.json"), "for people")
	put(t, filepath.Join(w.Storage, "device"), "record")
	put(t, filepath.Join(w.Storage, "spaces/root.0"), "sealed root")
	put(t, filepath.Join(w.Storage, "spaces/00000000-0000000b.1"), "sealed object")
	w.stands(t, 17, 5, 3)
	return w
}

func (w world) stands(t testing.TB, anchor uint64, entries int, key uint64) {
	t.Helper()
	put(t, w.Counter+".storage", "strongroom-counter 1\n"+strconv.FormatUint(anchor, 10)+"\n")
	var journal []byte
	for n := range entries {
		journal = binary.BigEndian.AppendUint32(journal, 4)
		journal = binary.BigEndian.AppendUint64(journal, uint64(n+1))
		journal = append(journal, "headtag!"+"rec."+"sixteen bytes...."[:16]...)
	}
	put(t, filepath.Join(w.Storage, "journal"), string(journal))
	state := string(binary.BigEndian.AppendUint64(nil, key)) + "sealed state"
	put(t, filepath.Join(w.Storage, "keystore/host.state.0"), state)
	put(t, filepath.Join(w.Storage, "keystore/host.state.1"), state)
}

func merchant(text string) func(context.Context, string) error {
	return func(_ context.Context, file string) error { return os.WriteFile(file, []byte(text), 0o600) }
}

func made(t testing.TB, s Sources) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "backup")
	_, err := Make(context.Background(), s, file, time.Now())
	must(t, err)
	return file
}

func TestAJournalComesBack(t *testing.T) {
	file := made(t, Sources{Journal: merchant("payments")})
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	data := filepath.Join(t.TempDir(), "terminal")
	must(t, os.Mkdir(data, 0o700))
	m, err := RestoreJournal(file, data)
	must(t, err)
	if got := get(t, filepath.Join(data, "journal.db")); got != "payments" || m.Stand != nil {
		t.Errorf("%q, %+v", got, m)
	}
	if _, err := RestoreJournal(file, data); !errors.Is(err, ErrThere) {
		t.Errorf("over a journal: %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(data), ".*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if _, err := Make(t.Context(), Sources{Journal: merchant("others")}, file, time.Now()); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a backup: %v", err)
	}
	if _, err := Make(t.Context(), Sources{}, file+"2", time.Now()); !errors.Is(err, ErrNothing) {
		t.Error(err)
	}
}

func TestNothingInClearLeavesTheSecureWorld(t *testing.T) {
	w := newWorld(t, "mine")
	b := get(t, made(t, Sources{SecureWorld: &w.SecureWorld}))
	for _, secret := range []string{"SECRET-ROOT", "SECRET-SUPPLIER", "for people"} {
		if strings.Contains(b, secret) {
			t.Errorf("%s is in the backup", secret)
		}
	}
	if !strings.Contains(b, "sealed object") { // the control
		t.Error("what is sealed is not in the backup")
	}
}

func TestTheSecureWorldComesBackOnThisDeviceWhereItIsTheNewest(t *testing.T) {
	w := newWorld(t, "mine")
	file := made(t, Sources{Journal: merchant("payments"), SecureWorld: &w.SecureWorld})
	put(t, filepath.Join(w.Storage, "spaces/root.0"), "worn out")
	must(t, os.Remove(filepath.Join(w.Storage, "spaces/00000000-0000000b.1")))
	_, err := RestoreSecureWorld(file, w.SecureWorld)
	must(t, err)
	if get(t, filepath.Join(w.Storage, "spaces/root.0")) != "sealed root" || get(t, filepath.Join(w.Storage, "spaces/00000000-0000000b.1")) != "sealed object" {
		t.Error("not what was backed up")
	}
	if get(t, filepath.Join(w.Storage, "firmware.root")) != "SECRET-ROOT" {
		t.Error("what was not backed up has changed")
	}
}

func TestTheSecureWorldIsRefusedWithItsReason(t *testing.T) {
	other := newWorld(t, "another's")
	file := func(w world) string { return made(t, Sources{SecureWorld: &w.SecureWorld}) }
	for name, c := range map[string]struct {
		change func(w world)
		want   error
		says   string
	}{
		"another device":      {func(w world) { put(t, w.Configuration, get(t, other.Configuration)) }, ErrOtherDevice, "open there alone"},
		"an older storage":    {func(w world) { w.stands(t, 18, 5, 3) }, ErrOlder, "storage record 17 in the backup, 18 here"},
		"an older log":        {func(w world) { w.stands(t, 17, 6, 3) }, ErrOlder, "journal entry 5 in the backup, 6 here"},
		"an older host key":   {func(w world) { w.stands(t, 17, 5, 4) }, ErrOlder, "host key state 3 in the backup, 4 here"},
		"counters taken back": {func(w world) { w.stands(t, 16, 5, 3) }, ErrNewer, "taken back"},
		"no anchor":           {func(w world) { must(t, os.Remove(w.Counter+".storage")) }, ErrNoWitness, ""},
		"no log":              {func(w world) { must(t, os.Remove(filepath.Join(w.Storage, "journal"))) }, ErrNoWitness, ""},
		"no host key":         {func(w world) { must(t, os.RemoveAll(filepath.Join(w.Storage, "keystore"))) }, ErrNoWitness, ""},
		"a damaged anchor":    {func(w world) { put(t, w.Counter+".storage", "17") }, ErrNoWitness, ""},
	} {
		w := newWorld(t, "mine")
		f := file(w)
		c.change(w)
		put(t, filepath.Join(w.Storage, "spaces/root.0"), "as it is")
		if _, err := RestoreSecureWorld(f, w.SecureWorld); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
		if get(t, filepath.Join(w.Storage, "spaces/root.0")) != "as it is" {
			t.Errorf("%s: something was changed", name)
		}
	}
	w := newWorld(t, "mine")
	if _, err := RestoreSecureWorld(made(t, Sources{Journal: merchant("x")}), w.SecureWorld); !errors.Is(err, ErrNotInIt) {
		t.Error(err)
	}
}

func TestADamagedBackupIsRefused(t *testing.T) {
	w := newWorld(t, "mine")
	whole := []byte(get(t, made(t, Sources{Journal: merchant("payments"), SecureWorld: &w.SecureWorld})))
	if _, err := Read(bytes.NewReader(whole), ""); err != nil {
		t.Fatalf("the control: %v", err)
	}
	for _, spoilt := range []string{"payments", "sealed root", `"form": 1`, "journal.db"} {
		b := bytes.Replace(whole, []byte(spoilt), bytes.ToUpper([]byte(spoilt)), 1)
		if _, err := Read(bytes.NewReader(b), ""); !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrManifest) {
			t.Errorf("%s: %v", spoilt, err)
		}
	}
	for _, n := range []int{0, 100, 600, len(whole) / 2} {
		if _, err := Read(bytes.NewReader(whole[:n]), ""); err == nil {
			t.Errorf("cut off at %d of %d", n, len(whole))
		}
	}
}

func TestAWorldThatGoesOnIsCopiedAgain(t *testing.T) {
	w := newWorld(t, "mine")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { // payments without a pause
		defer close(ended)
		for n := uint64(18); ctx.Err() == nil; n++ {
			path := w.Counter + ".storage"
			_ = os.WriteFile(path+".next", []byte("strongroom-counter 1\n"+strconv.FormatUint(n, 10)+"\n"), 0o600)
			_ = os.Rename(path+".next", path)
		}
	}()
	var m Manifest
	err := w.copyInto(t.Context(), filepath.Join(t.TempDir(), "copy"), &m)
	cancel()
	<-ended
	if !errors.Is(err, ErrBusy) {
		t.Errorf("of no moment: %v", err)
	}
	must(t, w.copyInto(t.Context(), filepath.Join(t.TempDir(), "copy"), &m))
}

func FuzzManifest(f *testing.F) {
	f.Add([]byte(`{"form":1,"made":"2026-01-02T03:04:05Z","files":[{"name":"terminal/journal.db","size":3,"sha256":"` + strings.Repeat("ab", 32) + `"}]}`))
	f.Add([]byte(`{"form":1,"files":[{"name":"../x"}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := parseManifest(b)
		if err != nil {
			return
		}
		for _, file := range m.Files {
			if !filepath.IsLocal(file.Name) {
				t.Fatalf("%q leads elsewhere", file.Name)
			}
		}
		again, err := json.Marshal(m)
		must(t, err)
		if back, err := parseManifest(again); err != nil || len(back.Files) != len(m.Files) {
			t.Fatalf("%v", err)
		}
	})
}

func FuzzRead(f *testing.F) {
	w := newWorld(f, "mine")
	f.Add([]byte(get(f, made(f, Sources{Journal: merchant("payments"), SecureWorld: &w.SecureWorld}))))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = Read(bytes.NewReader(b), "")
	})
}

func FuzzEntries(f *testing.F) {
	w := newWorld(f, "mine")
	f.Add([]byte(get(f, filepath.Join(w.Storage, "journal"))))
	f.Fuzz(func(t *testing.T, b []byte) {
		if n, err := entries(bytes.NewReader(b), int64(len(b))); err == nil && n > uint64(len(b)) {
			t.Fatalf("%d entries in %d bytes", n, len(b))
		}
	})
}
