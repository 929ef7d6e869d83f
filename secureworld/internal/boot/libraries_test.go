package boot

import (
	"os"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/internal/image"
)

// libraries are the digests of what is mapped into this process beside its program:
// with cgo the C library, which the test's licence then names, too.
func libraries(t *testing.T) (digests []string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range libraryFiles(t, "/proc/self/maps") {
		if name == self {
			continue // who wants it licensed says so
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		digests = append(digests, image.Digest(b))
	}
	return digests
}

// libraryFiles are the executable files that a process has mapped.
func libraryFiles(t *testing.T, maps string) (names []string) {
	t.Helper()
	b, err := os.ReadFile(maps)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(b)) {
		m, ok := parseMapping(strings.TrimSuffix(line, "\n"))
		if !ok {
			t.Fatal("a mapping is not understood")
		}
		if m.executable() && m.inode != 0 && !seen[m.name] {
			seen[m.name] = true
			names = append(names, m.name)
		}
	}
	return names
}
