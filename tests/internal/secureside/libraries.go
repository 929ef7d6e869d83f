package secureside

import (
	"bufio"
	"bytes"
	"os"
	"slices"
	"strings"
)

// Libraries are the shared ones of this process, which boot finds mapped into it when
// it takes the app world's place: a test with cgo has the C library.
func Libraries() (paths []string, err error) {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	for lines := bufio.NewScanner(bytes.NewReader(maps)); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 6 || !strings.Contains(fields[1], "x") || !strings.HasPrefix(fields[5], "/") || fields[5] == self {
			continue
		}
		if !slices.Contains(paths, fields[5]) {
			paths = append(paths, fields[5])
		}
	}
	return paths, nil
}
