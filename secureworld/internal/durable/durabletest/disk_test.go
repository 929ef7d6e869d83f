package durabletest

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/internal/durable"
)

// after writes over a file in one way, cuts after so many steps and reads what is
// left.
func after(t *testing.T, cut int, loss Loss, write func(durable.Disk, string) error) string {
	t.Helper()
	root := t.TempDir()
	path := filepath.Join(root, "file")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := New(t, root)
	d.CutAfter(cut)
	if err := write(d, path); err != nil && !errors.Is(err, ErrCut) {
		t.Fatal(err)
	}
	d.After(t, loss)
	b, _ := os.ReadFile(path)
	return string(b)
}

// ends are all that can be left, whatever is cut.
func ends(t *testing.T, write func(durable.Disk, string) error) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	for cut := range 12 {
		for _, loss := range Losses() {
			out[after(t, cut, loss, write)] = true
		}
	}
	return out
}

func TestReplacedFileIsOldOrNew(t *testing.T) {
	got := ends(t, func(d durable.Disk, path string) error { return durable.Replace(d, path, []byte("new!")) })
	if len(got) != 2 || !got["old"] || !got["new!"] {
		t.Errorf("left: %v", got)
	}
}

func TestCarelessWritesAreCaught(t *testing.T) {
	for name, write := range map[string]func(durable.Disk, string) error{
		"in place": func(d durable.Disk, path string) error { return durable.Create(d, path, []byte("new!")) },
		"renamed before it is durable": func(d durable.Disk, path string) error {
			if err := d.Write(path+".new", []byte("new!")); err != nil {
				return err
			}
			if err := d.Rename(path+".new", path); err != nil {
				return err
			}
			return d.Sync(filepath.Dir(path))
		},
	} {
		if got := ends(t, write); len(got) == 2 && got["old"] && got["new!"] {
			t.Errorf("%s: nothing was lost: the disk proves nothing", name)
		}
	}
}

func TestOSReplacesToo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	for _, content := range []string{"one", "two"} {
		if err := durable.Replace(durable.OS{}, path, []byte(content)); err != nil {
			t.Fatal(err)
		}
		if b, err := os.ReadFile(path); err != nil || string(b) != content {
			t.Fatal(string(b), err)
		}
	}
	if _, err := os.Lstat(path + ".new"); err == nil {
		t.Error("something was left beside it")
	}
}
