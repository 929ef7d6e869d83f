//go:build linux

package estate

import (
	"os"
	"path/filepath"
	"strings"
)

// StorageFault is what the kernel found wrong with its storage, as boot keeps it;
// empty when there is nothing.
func (p Places) StorageFault() string {
	b, err := os.ReadFile(filepath.Join(p.Run, "secureworld", "counter.storage.fault"))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}
