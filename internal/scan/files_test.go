package scan

import (
	"os"
	"path/filepath"
	"testing"
)

func TestACanaryInAFileIsFoundWithItsPath(t *testing.T) {
	root := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(root, "logs", "old"), 0o700))
	must(t, os.WriteFile(filepath.Join(root, "logs", "old", "a.log"), []byte("pan "+evenPAN), 0o600))
	must(t, os.WriteFile(filepath.Join(root, "clean"), []byte("nothing here"), 0o600))
	r := scanned(t, root)
	if len(r.Hits) != 1 || r.Hits[0].Where != "logs/old/a.log" || r.Hits[0].Offset != 4 {
		t.Errorf("hits: %+v", r.Hits)
	}
	if r.Regions != 2 || r.Bytes != int64(len("pan "+evenPAN)+len("nothing here")) {
		t.Errorf("searched %d files, %d bytes", r.Regions, r.Bytes)
	}
}

func TestACanaryInAFileNameIsFoundAndNotPrinted(t *testing.T) {
	root := t.TempDir()
	must(t, os.WriteFile(filepath.Join(root, "card-"+evenPAN), nil, 0o600))
	r := scanned(t, root)
	if len(r.Hits) != 1 || r.Hits[0].Where != "(a file name)" {
		t.Errorf("hits: %+v", r.Hits)
	}
}

func TestAFolderThatIsMissingIsAnError(t *testing.T) {
	if _, err := ScanFiles(filepath.Join(t.TempDir(), "missing"), compiled(t)); err == nil {
		t.Error("a sweep of nothing succeeded")
	}
}

func TestAReportIsBounded(t *testing.T) {
	var r Result
	for range maxHits + 5 {
		r.add("somewhere", Match{})
	}
	if len(r.Hits) != maxHits || r.Dropped != 5 || r.Found() != maxHits+5 {
		t.Errorf("kept %d, dropped %d", len(r.Hits), r.Dropped)
	}
}

func compiled(t *testing.T) *Matcher {
	t.Helper()
	var n Needles
	must(t, n.AddPAN("canary", []byte(evenPAN)))
	return n.Compile()
}

func scanned(t *testing.T, root string) Result {
	t.Helper()
	r, err := ScanFiles(root, compiled(t))
	must(t, err)
	return r
}
