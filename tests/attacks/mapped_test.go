//go:build linux

package attacks

import (
	"os"
	"slices"
	"strings"
)

// mapped are the shared libraries of this process, which boot measures with it: a
// test with cgo has the C library.
func mapped() (programs [][]byte, err error) {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	seen := []string{self}
	for line := range strings.Lines(string(maps)) {
		f := strings.Fields(line)
		if len(f) < 6 || !strings.Contains(f[1], "x") || !strings.HasPrefix(f[5], "/") || slices.Contains(seen, f[5]) {
			continue
		}
		seen = append(seen, f[5])
		b, err := os.ReadFile(f[5])
		if err != nil {
			return nil, err
		}
		programs = append(programs, b)
	}
	return programs, nil
}
