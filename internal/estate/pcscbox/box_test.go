//go:build linux

package pcscbox

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
)

// parentEnv makes the test binary a program that starts a box and waits, so
// that its death can be watched.
const parentEnv = "STRONGROOM_PCSCBOX_TEST_PARENT"

func TestMain(m *testing.M) {
	RunIfChild()
	if dir := os.Getenv(parentEnv); dir != "" {
		b, err := Start(context.Background(), dir, []string{os.Args[0]})
		if err != nil {
			fmt.Println("failed:", err)
			os.Exit(1)
		}
		fmt.Println(b.process.Pid)
		select {}
	}
	os.Exit(m.Run())
}

// installed reports whether a box can be had. Where it cannot, the test is
// left out loudly, or fails where every tool is required.
func installed(t *testing.T) bool {
	t.Helper()
	missing := Missing()
	if missing != "" && os.Getenv("STRONGROOM_REQUIRE") == "all" {
		t.Fatalf("%s is not installed and STRONGROOM_REQUIRE=all", missing)
	}
	if missing != "" {
		t.Logf("LEFT OUT: %s is not installed", missing)
	}
	return missing == ""
}

// shortDir: a socket path has at most 107 bytes, and t.TempDir's are long.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "box") //nolint:usetesting // too long there
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func start(t *testing.T) *Box {
	t.Helper()
	dir := shortDir(t)
	b, err := Start(t.Context(), dir, []string{os.Args[0]})
	if err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "log"))
		t.Fatalf("%v\n%s", err, log)
	}
	t.Cleanup(b.Stop)
	return b
}

func tray(t *testing.T, b *Box) *virtualcard.TrayClient {
	t.Helper()
	c, err := virtualcard.DialTray(t.Context(), b.TrayPath())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func testProfile() virtualcard.Profile {
	return virtualcard.Profile{PAN: "4761739001010010", PSN: 1, Expiry: "3112", IssuerMasterKey: bytes.Repeat([]byte{0x11}, 16)}
}

func TestTwoBoxesRunSideBySide(t *testing.T) {
	if !installed(t) {
		return
	}
	one, two := start(t), start(t)
	if err := tray(t, one).Insert(testProfile()); err != nil {
		t.Fatal(err)
	}
	s1, err1 := tray(t, one).State()
	s2, err2 := tray(t, two).State()
	if err1 != nil || err2 != nil || !s1.Present || s2.Present {
		t.Fatalf("%v %v, %v %v", s1, err1, s2, err2)
	}
	if info, err := os.Stat(one.SocketPath()); err != nil || info.Mode().Perm() != 0o666 {
		t.Errorf("pcscd's socket: %v %v", info, err)
	}
	if info, err := os.Stat(filepath.Dir(one.SocketPath())); err != nil || info.Mode().Perm() != 0o711 {
		t.Errorf("the folder: %v %v", info, err)
	}
}

func TestBothSlotsOfABoxTakeACard(t *testing.T) {
	if !installed(t) {
		return
	}
	c := tray(t, start(t))
	if err := errors.Join(c.Insert(testProfile()), c.Tap(tappable())); err != nil {
		t.Fatal(err)
	}
	if s, err := c.State(); err != nil || !s.Present || !s.Field.Present {
		t.Errorf("%+v, %v", s, err)
	}
	if err := errors.Join(c.Away(), c.Pull()); err != nil {
		t.Error(err)
	}
	if s, err := c.State(); err != nil || s.Present || s.Field.Present {
		t.Errorf("%+v, %v", s, err)
	}
}

// tappable is a card with both interfaces.
func tappable() virtualcard.Profile {
	p := testProfile()
	p.Tap = &virtualcard.Tap{}
	return p
}

func TestStopLeavesNothingRunning(t *testing.T) {
	if !installed(t) {
		return
	}
	b := start(t)
	all := descendants(t, b.process.Pid)
	if len(all) < 2 {
		t.Fatalf("the control failed: only %d processes", len(all))
	}
	b.Stop()
	for _, pid := range all {
		if alive(pid) {
			t.Errorf("process %d is still there", pid)
		}
	}
	if _, err := os.Stat(b.SocketPath()); err == nil {
		t.Error("the socket is still there")
	}
}

func TestABoxDiesWithItsParent(t *testing.T) {
	if !installed(t) {
		return
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), parentEnv+"="+shortDir(t))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	first, convErr := strconv.Atoi(strings.TrimSpace(line))
	if err != nil || convErr != nil {
		_ = cmd.Process.Kill()
		t.Fatal(line, err)
	}
	all := descendants(t, first)
	if len(all) < 2 {
		t.Errorf("the control failed: only %d processes", len(all))
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	for _, pid := range all {
		for i := 0; alive(pid); i++ {
			if i == 200 {
				t.Fatalf("process %d outlived its parent", pid)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
}

func TestALongFolderIsRefused(t *testing.T) {
	for _, dir := range []string{"relative", "/tmp/" + strings.Repeat("x", 100)} {
		if err := prepare(dir); err == nil {
			t.Errorf("accepted a folder of %d bytes", len(dir))
		}
	}
}

// descendants are pid and the processes below it.
func descendants(t *testing.T, pid int) []int {
	t.Helper()
	all := []int{pid}
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil || len(tasks) == 0 {
		t.Fatalf("no process %d", pid)
	}
	for _, task := range tasks {
		b, _ := os.ReadFile(task)
		for _, f := range strings.Fields(string(b)) {
			child, err := strconv.Atoi(f)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, descendants(t, child)...)
		}
	}
	return all
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
