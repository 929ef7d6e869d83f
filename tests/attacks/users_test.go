//go:build linux

package attacks

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/estate"
)

// owner is the user that a process runs as.
func owner(t *testing.T, pid int) (user uint32) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(status), "Uid:")
	if _, err := fmt.Sscan(after, &user); err != nil {
		t.Fatal(err)
	}
	return user
}

// stays is what an intruder of the same user can still do: signals ask for the user
// alone. It takes the lane away and no more, as root can; see stop_test.go.
func stays() []string { return []string{"stop", "abort, for a core", "kill"} }

// harmless are an intruder's attempts on a kernel of its own user, without those that
// end it.
const harmlessVariable = "STRONGROOM_ATTACKS_HARMLESS"

func TestNoOtherUserReadsKillsStopsOrTracesTheSecureWorld(t *testing.T) {
	v := attacked(t)
	if v == nil {
		return
	}
	path := program(t)
	appWorld := owner(t, v.PID(estate.Terminal))
	if appWorld == 0 || appWorld == owner(t, v.PID(estate.Kernel)) {
		t.Fatalf("the app world runs as user %d", appWorld)
	}
	kernel, boot := v.PID(estate.Kernel), v.PID(estate.Boot)
	for name, user := range map[string]uint32{"the app world's user": appWorld, "nobody's": 65534} {
		for world, pid := range map[string]int{"kernel": kernel, "boot": boot} {
			if done := intruder(t, path, user, pid, ""); len(done) != 0 {
				t.Errorf("%s, against the %s: %q", name, world, done)
			}
		}
	}
	if v.PID(estate.Kernel) != kernel || v.PID(estate.Boot) != boot {
		t.Error("the secure world was started again")
	}
	// The control: the same program against an unprotected one of its own user.
	if done := intruder(t, path, appWorld, unguarded(t, path, appWorld), planted); len(done) != len(attempts()) {
		t.Errorf("the control: %q", done)
	}
	v.sells(t)
}

// A program that runs as the kernel's own user, which nobody's but the kernel does,
// still reads nothing and traces nothing: the kernel is not dumpable.
func TestTheKernelsOwnUserReadsAndTracesNothingOfIt(t *testing.T) {
	v := attacked(t)
	if v == nil {
		return
	}
	path := program(t)
	kernel := v.PID(estate.Kernel)
	user := owner(t, kernel)
	t.Setenv(harmlessVariable, "1")
	if done := intruder(t, path, user, kernel, ""); len(done) != 0 {
		t.Errorf("succeeded with %q", done)
	}
	control := intruder(t, path, user, unguarded(t, path, user), planted)
	for _, a := range attempts() {
		if slices.Contains(control, a.name) == slices.Contains(stays(), a.name) {
			t.Errorf("the control of %q: %q", a.name, control)
		}
	}
	if v.PID(estate.Kernel) != kernel {
		t.Error("the kernel was started again")
	}
}
