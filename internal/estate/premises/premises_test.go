//go:build linux

package premises

import (
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

func home(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, w := range Worlds() {
		if err := os.MkdirAll(filepath.Join(dir, worlds, string(w)), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(dir, worlds, "secureworld", "storage", "journal"), "j")
	write(t, filepath.Join(dir, worlds, "reader", "state"), "r")
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func take(t *testing.T, home string) (*Premises, []string) {
	t.Helper()
	p, left, err := Take(home)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(p.run) })
	return p, left
}

func owner(t *testing.T, path string) uint32 {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Sys().(*syscall.Stat_t).Uid
}

func TestEachWorldOwnsItsFolderAndNobodyElseMayLook(t *testing.T) {
	h := home(t)
	p, _ := take(t, h)
	if err := p.MoveIn(h); err != nil {
		t.Fatal(err)
	}
	seen := map[uint32]bool{}
	for _, w := range Worlds() {
		info, err := os.Stat(p.Of(w))
		if err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v %v", w, info, err)
		}
		if u := p.User(w); u != nil {
			if seen[u.UID] {
				t.Errorf("%s shares its user", w)
			}
			seen[u.UID] = true
		}
	}
	if os.Geteuid() != 0 {
		t.Log("LEFT OUT: only root can give files away")
		return
	}
	if owner(t, p.Of(Reader)) != p.User(Reader).UID || owner(t, filepath.Join(p.Of(Reader), "state")) != p.User(Reader).UID {
		t.Error("the reader does not own its things")
	}
	if owner(t, p.Of(SecureWorld)) != 0 || owner(t, filepath.Join(p.Storage(), "journal")) != p.User(SecureWorld).UID {
		t.Error("boot's folder is not root's, or the storage not the kernel's")
	}
}

func TestWhatAWorldWroteIsThereTheNextTime(t *testing.T) {
	h := home(t)
	p, _ := take(t, h)
	if err := p.MoveIn(h); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(p.Of(Terminal), "journal.db"), "new")
	write(t, filepath.Join(p.Of(Reader), "state"), "changed")
	if err := os.RemoveAll(filepath.Join(p.Storage(), "journal")); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", filepath.Join(p.Of(Acquirer), "control"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := Keep(p.Run(), h); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"terminal/journal.db": "new", "reader/state": "changed"} {
		if b, err := os.ReadFile(filepath.Join(h, worlds, path)); err != nil || string(b) != want {
			t.Errorf("%s: %s %v", path, b, err)
		}
	}
	for _, path := range []string{"secureworld/storage/journal", "acquirer/control"} {
		if _, err := os.Lstat(filepath.Join(h, worlds, path)); err == nil {
			t.Errorf("%s was kept", path)
		}
	}
}

func TestAKeepThatWasCutOffLeavesTheOlderStateWhole(t *testing.T) {
	h := home(t)
	if err := os.Rename(filepath.Join(h, worlds), filepath.Join(h, worlds+".old")); err != nil {
		t.Fatal(err)
	}
	p, _ := take(t, h)
	if err := p.MoveIn(h); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(filepath.Join(p.Of(Reader), "state")); err != nil || string(b) != "r" {
		t.Errorf("%s %v", b, err)
	}
}

func TestTwoLanesHaveTwoPlacesAndDifferentUsers(t *testing.T) {
	a, _ := take(t, home(t))
	b, _ := take(t, home(t))
	if a.Run() == b.Run() {
		t.Fatal("one place for two")
	}
	if os.Geteuid() == 0 && a.User(Element).UID == b.User(Element).UID {
		t.Error("two lanes share a user")
	}
}

func TestLeavingLeavesNothing(t *testing.T) {
	p, _ := take(t, home(t))
	if _, err := os.Stat(p.Run()); err != nil {
		t.Fatal("the control failed: nothing to remove")
	}
	if err := p.Leave(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(p.Run()); err == nil {
		t.Error("still there")
	}
	if entries, err := os.ReadDir(filepath.Dir(p.Run())); err == nil && len(entries) == 0 {
		t.Error("the last one did not remove the directory of all lanes")
	}
}

func TestWhatAKilledLaneLeftIsFoundByItsHomeAlone(t *testing.T) {
	h := home(t)
	killed, _ := take(t, h)
	if _, left := take(t, h); len(left) != 0 {
		t.Fatal("a living lane was taken for a dead one")
	}
	_ = killed.held.Close() // what the kernel does to a killed process
	if _, left := take(t, home(t)); slices.Contains(left, killed.Run()) {
		t.Error("another home was offered it")
	}
	if _, left := take(t, h); !slices.Contains(left, killed.Run()) {
		t.Error("its own home was not offered it")
	}
}

func TestWhatBelongsToNobodyIsRemoved(t *testing.T) {
	h := t.TempDir()
	gone := filepath.Join(h, "gone")
	if err := os.Mkdir(gone, 0o700); err != nil {
		t.Fatal(err)
	}
	killed, _ := take(t, gone)
	_ = killed.held.Close()
	if err := os.Remove(gone); err != nil {
		t.Fatal(err)
	}
	take(t, home(t))
	if _, err := os.Stat(filepath.Join(killed.Run(), "doors")); err == nil {
		if b, _ := os.ReadFile(filepath.Join(killed.Run(), homeFile)); string(b) == gone {
			t.Error("still there")
		}
	}
}

func TestOneLaneAtATimeFromOneHome(t *testing.T) {
	h := home(t)
	first, err := Hold(h)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Hold(h); err == nil {
		t.Error("held twice")
	}
	_ = first.Close()
	again, err := Hold(h)
	if err != nil {
		t.Fatal(err)
	}
	_ = again.Close()
}

func TestInstalledProgramsCannotBeChangedByAWorld(t *testing.T) {
	p, _ := take(t, home(t))
	from := filepath.Join(t.TempDir(), "x")
	write(t, from, "program")
	if err := p.Install(from, "x"); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(p.Program("x"))
	if err != nil || info.Mode().Perm() != fs.FileMode(0o555) {
		t.Errorf("%v %v", info, err)
	}
}
