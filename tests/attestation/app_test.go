//go:build linux

package attestation

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/strongroom-pos/strongroom/secureworld/attestation"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
)

// runApp is the app world in the tests below: it obeys lines and answers each.
func runApp(socket string) int {
	conn, err := net.Dial("unix", socket)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	client := mailbox.NewClient(conn)
	for orders := bufio.NewScanner(os.Stdin); orders.Scan(); {
		order, file, _ := strings.Cut(orders.Text(), " ")
		switch order {
		case "measured": // when boot last found this program unchanged
			fmt.Println(measuredAt(client))
		case "map":
			fmt.Println(mapped(file))
		}
	}
	return 0
}

// measuredAt is in milliseconds, or says that the session has ended.
func measuredAt(c *mailbox.Client) string {
	b, err := c.Attest([32]byte{})
	if err != nil {
		return "ended"
	}
	e, err := attestation.ParseEvidence(b)
	if err != nil {
		return err.Error()
	}
	r, err := attestation.Parse(e.Body)
	if err != nil || r.App.State != attestation.AppMeasured {
		return "not measured"
	}
	return fmt.Sprint(r.App.Time.UnixMilli())
}

func mapped(file string) string {
	f, err := os.Open(file)
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	if _, err := unix.Mmap(int(f.Fd()), 0, os.Getpagesize(), unix.PROT_READ|unix.PROT_EXEC, unix.MAP_PRIVATE); err != nil {
		return err.Error()
	}
	return "mapped"
}

// app is a running app world.
type app struct {
	*world
	program string
	process *exec.Cmd
	orders  io.WriteCloser
	answers *bufio.Scanner
}

func (w *world) run() *app {
	w.Helper()
	self, err := os.ReadFile("/proc/self/exe")
	w.must(err)
	return w.runs(self)
}

// runs starts an app world of these bytes.
func (w *world) runs(program []byte) *app {
	w.Helper()
	a := &app{world: w, program: filepath.Join(w.T.TempDir(), "app")}
	err := os.WriteFile(a.program, program, 0o700)
	w.must(err)
	a.process = exec.CommandContext(w.Context(), a.program)
	// A signal would stop a traced process, and Go preempts by signals.
	a.process.Env = append(os.Environ(), "ATTESTATION_APP="+w.running.Mailbox, "GODEBUG=asyncpreemptoff=1")
	a.orders, err = a.process.StdinPipe()
	w.must(err)
	out, err := a.process.StdoutPipe()
	w.must(err)
	a.answers = bufio.NewScanner(out)
	w.must(a.process.Start())
	w.Cleanup(func() { _ = a.orders.Close(); _ = a.process.Wait() })
	return a
}

func (a *app) order(line string) string {
	a.Helper()
	_, err := io.WriteString(a.orders, line+"\n")
	a.must(err)
	if !a.answers.Scan() {
		a.Fatal("the app world has gone")
	}
	return a.answers.Text()
}

// wait asks until the answer is another than it was, at most half a minute.
func (a *app) wait(before string) string {
	a.Helper()
	for range 300 {
		if now := a.order("measured"); now != before {
			return now
		}
		time.Sleep(100 * time.Millisecond)
	}
	a.Fatalf("still %q", before)
	return ""
}

// goesOn is the control: it was measured again, twice, and is still served.
func (a *app) goesOn() {
	a.Helper()
	at := a.order("measured")
	for range 2 {
		if at = a.wait(at); strings.Trim(at, "0123456789") != "" {
			a.Fatalf("an app world that nobody touched: %s", at)
		}
	}
}

// ends waits for the end of the session, and for its reason in boot's log.
func (a *app) ends(reason string) {
	a.Helper()
	for at := a.order("measured"); at != "ended"; at = a.wait(at) {
		if strings.Trim(at, "0123456789") != "" {
			a.Fatalf("answered %q", at)
		}
	}
	if !a.tells(reason) || !a.tells("app world changed, session ended") {
		a.Errorf("the reason %q is not told", reason)
	}
}

// trace attaches to a process until ctx ends. A signal stops who is traced, such as
// that of a socket which the kernel has closed: it goes on, or the test would wait for
// an answer that never comes.
func trace(ctx context.Context, pid int) error {
	attached := make(chan error)
	go func() {
		runtime.LockOSThread() // ptrace belongs to a thread, which ends with this function
		attached <- unix.PtraceSeize(pid)
		for ; ctx.Err() == nil; time.Sleep(10 * time.Millisecond) {
			var stop unix.Siginfo
			err := unix.Waitid(unix.P_PID, pid, &stop, unix.WSTOPPED|unix.WNOHANG|unix.WALL, nil)
			if err == nil && stop.Signo != 0 {
				_ = unix.PtraceCont(pid, 0) // it may have ended meanwhile
			}
		}
	}()
	return <-attached
}

func TestAnAppWorldThatChangesWhileItRunsIsShutOut(t *testing.T) {
	w := start(t)
	if w == nil {
		return
	}
	for _, c := range []struct {
		name   string
		attack func(*app)
		reason string
	}{
		{"its program is replaced", func(a *app) {
			a.must(os.WriteFile(a.program+".new", []byte("another"), 0o700))
			a.must(os.Rename(a.program+".new", a.program))
		}, "removed or replaced"},
		{"a library is mapped into it, as by LD_PRELOAD", func(a *app) {
			library := filepath.Join(a.T.TempDir(), "libforeign.so")
			a.must(os.WriteFile(library, make([]byte, os.Getpagesize()), 0o700))
			if got := a.order("map " + library); got != "mapped" {
				a.Fatal(got)
			}
		}, "foreign code is mapped"},
		{"a tracer is attached to it", func(a *app) { a.must(trace(a.T.Context(), a.process.Process.Pid)) }, "is traced"},
	} {
		t.Run(c.name, func(t *testing.T) {
			of := *w
			of.T = t
			a := of.run()
			a.goesOn()
			c.attack(a)
			a.ends(c.reason)
			if other := of.run(); other.order("measured") == "ended" {
				t.Error("an app world that is as it should be is shut out, too")
			}
		})
	}
}
