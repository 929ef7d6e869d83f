package overseer

import (
	"os/exec"
	"strings"
	"testing"
)

// TestAnOverseerLinksNoKeys holds what an overseer and its program may link: of the
// elements, doors alone; of cryptography, nothing that opens a question.
func TestAnOverseerLinksNoKeys(t *testing.T) {
	const module = "github.com/strongroom-pos/strongroom/"
	allowed := map[string]bool{
		"secureworld/element": true, "secureworld/element/group/door": true, "secureworld/element/overseer": true,
		"secureworld/element/overseer/door": true, "secureworld/element/listener": true, "secureworld/frame": true,
		"secureworld/element/wire": true,
	}
	list, err := exec.CommandContext(t.Context(), "go", "list", "-deps", module+"secureworld/element/overseer").Output()
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for dep := range strings.FieldsSeq(string(list)) {
		if own, ok := strings.CutPrefix(dep, module); ok {
			found++
			if !allowed[own] {
				t.Errorf("an overseer links %s", own)
			}
		}
	}
	if found != len(allowed) {
		t.Errorf("%d packages of this module are linked, %d are allowed", found, len(allowed))
	}
}
