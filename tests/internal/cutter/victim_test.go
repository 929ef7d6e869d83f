//go:build linux

package cutter

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const victimEnv = "STRONGROOM_CUTTER_VICTIM" // the directory of the victim's files

const (
	steps   = 4
	workers = 3
)

func TestMain(m *testing.M) {
	RunIfTracer()
	if dir := os.Getenv(victimEnv); dir != "" {
		if err := victim(dir); err != nil {
			fmt.Fprintln(os.Stderr, "victim:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// victim waits for a line, then lives through its steps: each writes a line to
// log, syncs it and sends a byte to dir/door. Then workers do the same at once,
// each in a thread of its own with a file of its own, and log is renamed.
func victim(dir string) error {
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		return err
	}
	if os.Getpid() == 1 { // as hidden as the kernel of the secure world
		if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
			return err
		}
	}
	conn, err := net.Dial("unix", filepath.Join(dir, "door"))
	if err != nil {
		return err
	}
	if err := work(filepath.Join(dir, "log"), conn); err != nil {
		return err
	}
	var all sync.WaitGroup
	errs := make([]error, workers)
	for i := range workers {
		all.Go(func() {
			runtime.LockOSThread()
			errs[i] = work(filepath.Join(dir, fmt.Sprintf("worker%d", i)), io.Discard)
		})
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return os.Rename(filepath.Join(dir, "log"), filepath.Join(dir, "kept"))
}

func work(path string, out io.Writer) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for i := range steps {
		if _, err := fmt.Fprintln(f, i+1); err != nil {
			return err
		}
		if err := f.Sync(); err != nil {
			return err
		}
		if _, err := out.Write([]byte{byte('1' + i)}); err != nil {
			return err
		}
	}
	return nil
}

// patient is a victim that runs.
type patient struct {
	t        *testing.T
	dir      string
	cmd      *exec.Cmd
	start    io.WriteCloser
	received chan string // what the door got, once the victim is gone
}

func newPatient(t *testing.T) *patient {
	t.Helper()
	return newPatientIn(t, nil)
}

func newPatientIn(t *testing.T, namespaces *syscall.SysProcAttr) *patient {
	t.Helper()
	p := &patient{t: t, dir: t.TempDir(), received: make(chan string, 1)}
	l, err := net.Listen("unix", filepath.Join(p.dir, "door"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		b, _ := io.ReadAll(conn)
		p.received <- string(b)
	}()
	p.cmd = exec.Command(os.Args[0])
	p.cmd.Env = append(os.Environ(), victimEnv+"="+p.dir)
	p.cmd.Stderr = os.Stderr
	p.cmd.SysProcAttr = namespaces
	if p.start, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	return p
}

func (p *patient) process() Process {
	return Process{Name: "victim", PID: p.cmd.Process.Pid}
}

func (p *patient) goOn() {
	p.t.Helper()
	if _, err := io.WriteString(p.start, "go\n"); err != nil {
		p.t.Fatal(err)
	}
}

// wait returns by which signal the victim ended, 0 if by none.
func (p *patient) wait() syscall.Signal {
	p.t.Helper()
	stuck := time.AfterFunc(20*time.Second, func() { _ = p.cmd.Process.Kill() })
	defer stuck.Stop()
	_ = p.cmd.Wait()
	status := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		return status.Signal()
	}
	if code := status.ExitStatus(); code != 0 {
		p.t.Fatalf("the victim ended with %d", code)
	}
	return 0
}

func (p *patient) read(name string) string {
	b, err := os.ReadFile(filepath.Join(p.dir, name))
	if err != nil {
		return ""
	}
	return string(b)
}
