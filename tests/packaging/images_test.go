package packaging

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/containers"
)

// programOf is where an image has its program.
func programOf(service string) string {
	if service == "ledger" {
		return "/usr/bin/ledger"
	}
	return "/" + service
}

// Each image's root file system is all that its program has: no shell, no C library
// but what it is linked to. Root runs each there, without a container engine and
// without a network, as its own user.
func TestImagesHoldAllThatTheirProgramsNeed(t *testing.T) {
	with, out := withAlive(t), t.TempDir()
	must(t, nil, repository+"/packaging/compose/images", with, out)
	for service, uid := range containers.Users() {
		root := t.TempDir()
		if err := os.Chmod(root, 0o755); err != nil { //nolint:gosec // the service's user passes through
			t.Fatal(err)
		}
		must(t, nil, "tar", "-C", root, "-xf", filepath.Join(out, service+".tar"))
		within := func(args ...string) (string, error) {
			return run(t, nil, "unshare", append([]string{"--net", "chroot", fmt.Sprintf("--userspec=%d:%d", uid, uid), root}, args...)...)
		}
		if text, err := within(programOf(service), "-help"); !strings.Contains(text, "-") || strings.Contains(text, "not found") || strings.Contains(text, "chroot:") {
			t.Errorf("%s does not start: %v\n%s", service, err, text)
		}
		if text, err := within("/alive", "tcp", "127.0.0.1:1"); err == nil || !strings.Contains(text, "alive:") {
			t.Errorf("%s is alive where nobody is: %v\n%s", service, err, text)
		}
		if text, err := within("/bin/sh", "-c", "true"); err == nil {
			t.Errorf("%s has a shell: %s", service, text)
		}
		if service != "reader" {
			continue
		}
		// The control: without its libraries it does not start.
		if err := os.RemoveAll(filepath.Join(root, "lib")); err != nil {
			t.Fatal(err)
		}
		if text, err := within("/reader", "-help"); err == nil || strings.Contains(text, "-config") {
			t.Errorf("the reader starts without libraries: %s", text)
		}
	}
}
