package initramfs

import (
	"bytes"
	"io"
	"strconv"
	"strings"
	"testing"
)

// entry is what a reader of the form newc finds.
type entry struct {
	name, content string
	mode, inode   uint64
}

// read reads an archive by the kernel's own description of it.
func read(t *testing.T, b []byte) (all []entry) {
	t.Helper()
	at := 0
	align := func() { at = (at + 3) &^ 3 }
	field := func(header []byte, i int) uint64 {
		n, err := strconv.ParseUint(string(header[6+8*i:14+8*i]), 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for {
		header := b[at : at+110]
		if string(header[:6]) != "070701" {
			t.Fatalf("magic %q at %d", header[:6], at)
		}
		size, nameSize := int(field(header, 6)), int(field(header, 11))
		at += 110
		name := string(b[at : at+nameSize-1])
		if b[at+nameSize-1] != 0 {
			t.Fatalf("%q does not end with a zero", name)
		}
		at += nameSize
		align()
		if name == "TRAILER!!!" {
			return all
		}
		all = append(all, entry{name, string(b[at : at+size]), field(header, 1), field(header, 0)})
		at += size
		align()
	}
}

func TestAnArchiveHoldsWhatWasPutIn(t *testing.T) {
	var b bytes.Buffer
	a := NewWriter(&b)
	a.File(Init, 5, strings.NewReader("guest"))
	a.Folder(Modules)
	a.File(Modules+"/00", 0, strings.NewReader(""))
	a.File(Kernel, 8, strings.NewReader("firmware"))
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	got := read(t, b.Bytes())
	want := []entry{
		{Init, "guest", 0o100555, 1}, {Modules, "", 0o040755, 2},
		{Modules + "/00", "", 0o100555, 3}, {Kernel, "firmware", 0o100555, 4},
	}
	for i, w := range want {
		if i >= len(got) || got[i] != w {
			t.Errorf("entry %d is %v, not %v", i, got, w)
		}
	}
}

func TestAFileThatIsShorterThanAnnouncedSpoilsTheArchive(t *testing.T) {
	a := NewWriter(io.Discard)
	a.File(Kernel, 9, strings.NewReader("firmware"))
	if a.Close() == nil {
		t.Error("it is called whole")
	}
	a = NewWriter(io.Discard)
	a.File(Kernel, 1<<32, strings.NewReader(""))
	if a.Close() == nil {
		t.Error("4 GiB are called a file")
	}
}
