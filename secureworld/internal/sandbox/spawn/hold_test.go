//go:build linux

package spawn

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Roles of this program in its own tests.
const (
	roleVariable = "SPAWN_TEST_ROLE"
	roleBoot     = "boot"     // starts a program and holds it
	roleCareless = "careless" // starts it without
	roleProgram  = "program"  // changes its user, as QEMU does
	stays        = time.Minute
)

func TestMain(m *testing.M) {
	if Held() {
		os.Exit(Hold())
	}
	switch role := os.Getenv(roleVariable); role {
	case roleBoot, roleCareless:
		startProgram(role == roleBoot)
	case roleProgram:
		if err := syscall.Setuid(65534); err != nil {
			panic(err)
		}
		fmt.Println("ready")
		time.Sleep(stays)
	default:
		os.Exit(m.Run())
	}
}

// startProgram plays boot: it starts the program, tells its number and stays.
func startProgram(hold bool) {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	path, arguments := self, []string{"program"}
	if hold {
		path, arguments = Holding(3, path, arguments)
	}
	child, err := Launch(func() (*os.Process, error) {
		return os.StartProcess(path, arguments, &os.ProcAttr{
			Env: []string{roleVariable + "=" + roleProgram}, Files: []*os.File{os.Stdin, os.Stdout, os.Stderr}, Sys: Attributes(false),
		})
	})
	if err != nil {
		panic(err)
	}
	pid := child.PID()
	for hold && pid == child.PID() {
		if held := HeldBy(pid); held != 0 {
			pid = held
		}
	}
	fmt.Println(pid)
	time.Sleep(stays)
}

// rooted tells whether this test can change users.
func rooted(t *testing.T) bool {
	t.Helper()
	if os.Geteuid() == 0 {
		return true
	}
	if os.Getenv("STRONGROOM_REQUIRE") == "all" {
		t.Fatal("root is missing and required")
	}
	t.Log("LEFT OUT: only root can start what changes its user")
	return false
}

// killedBoot starts boot in a role, kills it once its program has changed its user, and
// returns the program's number.
func killedBoot(t *testing.T, role string) int {
	t.Helper()
	c := exec.Command("/proc/self/exe")
	c.Env = []string{roleVariable + "=" + role}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	for ready, lines := false, bufio.NewScanner(out); !ready || pid == 0; {
		if !lines.Scan() {
			t.Fatalf("%s said no more: %v", role, errors.Join(lines.Err(), c.Wait()))
		}
		if n, err := strconv.Atoi(lines.Text()); err == nil {
			pid = n
		} else {
			ready = ready || strings.Contains(lines.Text(), "ready")
		}
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait() // it was killed
	return pid
}

func alive(pid int) bool { return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }

func TestAHeldProgramThatChangesItsUserDiesWithBoot(t *testing.T) {
	if !rooted(t) {
		return
	}
	pid := killedBoot(t, roleBoot)
	for end := time.Now().Add(20 * time.Second); alive(pid); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
			t.Fatal("it outlives boot")
		}
	}
	// The control: nobody holds it, and it stays.
	pid = killedBoot(t, roleCareless)
	time.Sleep(300 * time.Millisecond)
	if !alive(pid) {
		t.Error("one that nobody holds dies too, so the test shows nothing")
	}
	_ = syscall.Kill(pid, syscall.SIGKILL)
}

func TestAHolderEndsAsWhatItHolds(t *testing.T) {
	if !rooted(t) {
		return
	}
	for script, code := range map[string]int{"exit 0": 0, "exit 3": 3, "kill -TERM $$": signaled + int(syscall.SIGTERM)} {
		path, arguments := Holding(3, "/bin/sh", []string{"sh", "-c", script})
		child, err := Launch(func() (*os.Process, error) {
			return os.StartProcess(path, arguments, &os.ProcAttr{Files: []*os.File{os.Stdin, os.Stdout, os.Stderr}, Sys: Attributes(false)})
		})
		if err != nil {
			t.Fatal(err)
		}
		<-child.Done()
		if got := child.Status().ExitStatus(); got != code || HeldSignaled(got) != (code > signaled) {
			t.Errorf("%q ended with %d", script, got)
		}
	}
}

func TestAHolderOfNothingEndsWithAnError(t *testing.T) {
	if !rooted(t) {
		return
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	path, arguments := Holding(3, "/there/is/no/such/program", []string{"none"})
	child, err := Launch(func() (*os.Process, error) {
		return os.StartProcess(path, arguments, &os.ProcAttr{Files: []*os.File{null, null, null}, Sys: Attributes(false)})
	})
	if err != nil {
		t.Fatal(err)
	}
	if <-child.Done(); child.Status().ExitStatus() != 1 {
		t.Errorf("it ended with %v", child.State())
	}
}
