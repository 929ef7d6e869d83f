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
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{self: true}
	for line := range strings.Lines(string(maps)) {
		m, ok := parseMapping(strings.TrimSuffix(line, "\n"))
		if !ok {
			t.Fatal("a mapping of this process is not understood")
		}
		if !m.executable() || m.inode == 0 || seen[m.name] {
			continue
		}
		seen[m.name] = true
		b, err := os.ReadFile(m.name)
		if err != nil {
			t.Fatal(err)
		}
		digests = append(digests, image.Digest(b))
	}
	return digests
}
