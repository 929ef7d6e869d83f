package native_test

import (
	"os/exec"
	"strings"
	"testing"
)

// TestNoLineIsSharedWithTheMakeInGo: two makes that share code share its faults.
func TestNoLineIsSharedWithTheMakeInGo(t *testing.T) {
	const module = "github.com/strongroom-pos/strongroom/"
	own := []string{
		"secureworld/element/internal/native", "secureworld/element/gcrypt/engine", "secureworld/element/nettle/engine",
		"secureworld/element", "secureworld/element/listener", "secureworld/frame",
	}
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", module+own[1], module+own[2]).Output()
	if err != nil {
		t.Fatal(err)
	}
	allowed := make(map[string]bool)
	for _, p := range own {
		allowed[p] = true
	}
	for path := range strings.Lines(string(out)) {
		path, ours := strings.CutPrefix(strings.TrimSpace(path), module)
		if ours && !allowed[path] {
			t.Errorf("a make in C links %s", path)
		}
	}
}
