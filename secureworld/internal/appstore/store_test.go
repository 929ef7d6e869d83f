package appstore

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/internal/durable"
)

func open(t *testing.T, folder string) *Store {
	t.Helper()
	s, err := Open(folder, durable.OS{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestApplicationIsKeptReplacedAndRemoved(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "applications")
	s := open(t, folder)
	for version, module := range []string{"", "one", "two"} {
		if version == 0 {
			continue
		}
		if err := s.Install("loyalty", uint64(version), []byte(module), []byte("statement"), nil); err != nil {
			t.Fatal(err)
		}
	}
	s = open(t, folder)
	list := s.Installed()
	if len(list) != 1 || list[0].Version != 2 {
		t.Fatalf("%+v", list)
	}
	module, statement, countersignature, err := s.Read(list[0])
	if err != nil || string(module) != "two" || string(statement) != "statement" || countersignature != nil {
		t.Errorf("%q %q %q %v", module, statement, countersignature, err)
	}
	if files, _ := os.ReadDir(folder); len(files) != 3 {
		t.Errorf("%d files: what is replaced was not swept", len(files))
	}
	if err := s.Remove("loyalty", false); err != nil || len(open(t, folder).Installed()) != 0 {
		t.Error(err)
	}
	if err := s.Remove("loyalty", false); !errors.Is(err, ErrUnknown) {
		t.Error(err)
	}
	if err := open(t, folder).Install("loyalty", 1, []byte("one"), []byte("s"), nil); !errors.Is(err, ErrOlder) {
		t.Errorf("an older one came back: %v", err)
	}
}

func TestWhatARemovedApplicationStoredIsToBeErasedUnlessItIsKept(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "applications")
	s := open(t, folder)
	for name, keep := range map[string]bool{"a": false, "b": true} {
		if err := errors.Join(s.Install(name, 1, []byte("m"), []byte("s"), nil), s.Remove(name, keep)); err != nil {
			t.Fatal(err)
		}
	}
	s = open(t, folder)
	if names := s.Removed(); len(names) != 1 || names[0] != "a" {
		t.Errorf("%v", names)
	}
	if err := s.Install("a", 1, []byte("m"), []byte("s"), nil); err != nil || len(open(t, folder).Removed()) != 0 {
		t.Errorf("installed again, and yet to be erased: %v", err)
	}
}

func TestDamagedListIsRefused(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "applications")
	s := open(t, folder)
	if err := s.Install("loyalty", 1, []byte("m"), []byte("s"), []byte("c")); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(filepath.Join(folder, listFile))
	if err != nil {
		t.Fatal(err)
	}
	outside := []Entry{{Name: "x", Version: 1, Installed: true, Module: "../list", Statement: none, Countersignature: none}}
	for name, raw := range map[string][]byte{
		"empty": {}, "cut": good[:len(good)-1], "changed": bytes.Replace(good, []byte("loyalty 1"), []byte("loyalty 2"), 1),
		"leads out of the folder": encode(outside),
	} {
		if err := os.WriteFile(filepath.Join(folder, listFile), raw, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(folder, durable.OS{}); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzCanonicalList(f *testing.F) {
	f.Add(encode([]Entry{{Name: "loyalty", Version: 1, Installed: false, Module: none, Statement: none, Countersignature: none}}))
	f.Fuzz(func(t *testing.T, raw []byte) {
		list, err := parse(raw)
		if err == nil && !bytes.Equal(encode(list), raw) {
			t.Fatal("accepted what does not encode back")
		}
	})
}
