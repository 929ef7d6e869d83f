package ceremony

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/identity"
)

func TestAGroupOfElementsHasTheSameKeysUnderItsMembersOwn(t *testing.T) {
	dir := t.TempDir()
	if _, err := Hold(dir, time.Now()); err != nil {
		t.Fatal(err)
	}
	makes := []Make{{"element", "stdlib"}, {"element-gcrypt", "gcrypt"}, {"element-nettle", "nettle"}}
	if err := Gather(dir, makes); err != nil {
		t.Fatal(err)
	}
	in := func(names ...string) string { return filepath.Join(append([]string{dir, Worlds}, names...)...) }
	kbpks := map[string]bool{}
	var first element.KeyFile
	readJSON(t, &first, dir, Worlds, "element", "keys.json")
	for _, m := range makes {
		var f element.KeyFile
		readJSON(t, &f, dir, Worlds, m.World, "keys.json")
		if len(f.Keys) != len(first.Keys) || m.World != "element" && f.Keys[0].Block == first.Keys[0].Block {
			t.Errorf("%s: %d keys", m.Name, len(f.Keys))
		}
		b, err := os.ReadFile(in(m.World, "kbpk"))
		if err != nil || len(b) != 32 || kbpks[string(b)] {
			t.Errorf("%s: its protection key: %v", m.Name, err)
		}
		kbpks[string(b)] = true
		if _, err := identity.LoadElement(in(m.World, Member)); err != nil {
			t.Errorf("%s: %v", m.Name, err)
		}
	}
	if _, err := identity.LoadClient(in("acquirer", PoolClient)); err != nil {
		t.Error(err)
	}
	before, _ := os.ReadFile(in("element-gcrypt", "kbpk"))
	if err := Gather(dir, makes); err != nil {
		t.Fatal(err)
	}
	if after, _ := os.ReadFile(in("element-gcrypt", "kbpk")); !bytes.Equal(before, after) {
		t.Error("a group that was there was made anew")
	}
}
