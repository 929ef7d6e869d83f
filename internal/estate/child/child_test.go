//go:build linux

package child

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// parentEnv makes this test binary start a child of its own and wait.
const parentEnv = "STRONGROOM_CHILD_TEST_PARENT"

func TestMain(m *testing.M) {
	if os.Getenv(parentEnv) != "" {
		c, err := Start(Config{Name: "x", Path: "/bin/sleep", Args: []string{"60"}})
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(c.PID())
		select {}
	}
	os.Exit(m.Run())
}

func shell(t *testing.T, script string, log string) *Child {
	t.Helper()
	c, err := Start(Config{Name: "shell", Path: "/bin/sh", Args: []string{"-c", script}, Log: log, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Kill)
	return c
}

func TestOutputIsKeptInAFileAndItsNewestLinesAtHand(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	c := shell(t, `i=0; while [ $i -lt 100 ]; do echo line $i; i=$((i+1)); done; printf last >&2; exit 3`, log)
	if how := c.Ended(); how != "exit status 3" {
		t.Errorf("ended: %s", how)
	}
	lines := c.LastLines()
	if len(lines) != keptLines+1 || lines[len(lines)-1] != "last" || lines[len(lines)-2] != "line 99" {
		t.Errorf("%q", lines)
	}
	all, err := os.ReadFile(log)
	if err != nil || !strings.HasPrefix(string(all), "line 0\n") || strings.Count(string(all), "\n") != 100 {
		t.Errorf("%d bytes, %v", len(all), err)
	}
}

func TestTheDisplayIsTheLastLineForIt(t *testing.T) {
	c := shell(t, `echo display: ONE; echo log; sleep 60`, "")
	text, changed := c.Display()
	if text == "" {
		<-changed
		text, _ = c.Display()
	}
	if text != "ONE" {
		t.Errorf("%q", text)
	}
	c.Kill()
	if text, _ := c.Display(); text != "" {
		t.Errorf("an ended program shows %q", text)
	}
	w, err := newWords("")
	if err != nil {
		t.Fatal(err)
	}
	_, changed = w.shown()
	_, _ = w.Write([]byte("display: A\nlog\ndisplay: B · C\nmore\n"))
	<-changed
	if text, _ := w.shown(); text != "B · C" {
		t.Errorf("%q", text)
	}
	_, changed = w.shown()
	_, _ = w.Write([]byte("display: B · C\n"))
	select {
	case <-changed:
		t.Error("the same text again is a change")
	default:
	}
}

func TestNothingIsInherited(t *testing.T) {
	t.Setenv("STRONGROOM_SECRET", "x")
	c := shell(t, "echo got=$STRONGROOM_SECRET", "")
	c.Ended()
	if lines := c.LastLines(); len(lines) != 1 || lines[0] != "got=" {
		t.Errorf("%q", lines)
	}
}

func TestAProgramThatDoesNotStopIsKilledWithItsGroup(t *testing.T) {
	c := shell(t, `trap "" TERM; sleep 60 & echo $!; wait; wait; sleep 60`, "")
	var inner int
	for len(c.LastLines()) == 0 {
		time.Sleep(time.Millisecond)
	}
	inner, err := strconv.Atoi(c.LastLines()[0])
	if err != nil || !alive(inner) {
		t.Fatal("the control failed: nothing to kill")
	}
	c.Stop(50 * time.Millisecond)
	if how := c.Ended(); how != "signal: killed" {
		t.Errorf("ended: %s", how)
	}
	gone(t, inner)
}

func TestAProgramDiesWithItsParent(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), parentEnv+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	pid, convErr := strconv.Atoi(strings.TrimSpace(line))
	if err != nil || convErr != nil || !alive(pid) {
		t.Fatal("the control failed: ", line, err)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	gone(t, pid)
}

func TestAnotherUserNeedsNoAccount(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Log("LEFT OUT: only root can start another user's process")
		return
	}
	c, err := Start(Config{Name: "x", Path: "/usr/bin/id", User: &User{61234, 61235}, Dir: "/"})
	if err != nil {
		t.Fatal(err)
	}
	c.Ended()
	if lines := c.LastLines(); len(lines) != 1 || lines[0] != "uid=61234 gid=61235 groups=61235" {
		t.Errorf("%q", lines)
	}
}

func TestAMissingProgramIsTold(t *testing.T) {
	if _, err := Start(Config{Name: "reader", Path: "/nowhere"}); err == nil || !strings.Contains(err.Error(), "starting reader") {
		t.Error(err)
	}
}

// alive: there and not merely waiting to be reaped.
func alive(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, after, _ := strings.Cut(string(b), ") ")
	return !strings.HasPrefix(after, "Z") && syscall.Kill(pid, 0) == nil
}

func gone(t *testing.T, pid int) {
	t.Helper()
	for i := 0; alive(pid); i++ {
		if i == 200 {
			t.Fatalf("process %d is still there", pid)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
