package boot

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
)

// TestPeerProcess is no test: it is the process that connects, in the tests below.
// It obeys one line after the other and answers each with "done".
func TestPeerProcess(t *testing.T) {
	socket := os.Getenv("BOOT_PEER_SOCKET")
	if socket == "" {
		return
	}
	conn, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Println("connected")
	for orders := bufio.NewScanner(os.Stdin); orders.Scan(); {
		order, file, _ := strings.Cut(orders.Text(), " ")
		if err := obey(order, file, conn); err != nil {
			t.Fatal(err)
		}
		fmt.Println("done")
	}
}

func obey(order, file string, conn net.Conn) error {
	switch order {
	case "map": // as a library that LD_PRELOAD names is mapped
		f, err := os.Open(file)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = unix.Mmap(int(f.Fd()), 0, os.Getpagesize(), unix.PROT_READ|unix.PROT_EXEC, unix.MAP_PRIVATE)
		return err
	case "write": // code that was written at run time
		_, err := unix.Mmap(-1, 0, os.Getpagesize(), unix.PROT_READ|unix.PROT_EXEC, unix.MAP_PRIVATE|unix.MAP_ANON)
		return err
	case "become":
		f, err := conn.(*net.UnixConn).File()
		if err != nil {
			return err
		}
		if _, err := unix.FcntlInt(f.Fd(), unix.F_SETFD, 0); err != nil { // kept open
			return err
		}
		fmt.Println("done")
		return unix.Exec(file, []string{file, "-test.run=^TestPeerSleeps$"}, append(os.Environ(), "BOOT_PEER_SLEEPS=1"))
	}
	return nil
}

// TestPeerSleeps is what the process becomes.
func TestPeerSleeps(*testing.T) {
	if os.Getenv("BOOT_PEER_SLEEPS") != "" {
		fmt.Println("another")
		_, _ = io.Copy(io.Discard, os.Stdin)
	}
}

// connected is a process that has connected.
type connected struct {
	*testing.T
	program string
	process *exec.Cmd
	orders  io.WriteCloser
	answers *bufio.Reader
	peer    *peer
	known   map[[32]byte]bool // what a licence would cover
}

func connect(t *testing.T) *connected {
	t.Helper()
	dir := t.TempDir()
	c := &connected{T: t, program: filepath.Join(dir, "app"), known: map[[32]byte]bool{}}
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(c.program, self, 0o700); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("unix", filepath.Join(dir, "socket"))
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	c.process = exec.CommandContext(t.Context(), c.program, "-test.run=^TestPeerProcess$", "-test.v")
	c.process.Env = append(os.Environ(), "BOOT_PEER_SOCKET="+listener.Addr().String())
	if c.orders, err = c.process.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := c.process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.answers = bufio.NewReader(out)
	if err := c.process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.end)
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if c.peer, err = peerOf(conn.(*net.UnixConn)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.peer.close)
	c.wait("connected")
	return c.licensed()
}

func (c *connected) end() {
	_ = c.orders.Close()
	_ = c.process.Wait()
}

func (c *connected) wait(word string) {
	c.Helper()
	for {
		line, err := c.answers.ReadString('\n')
		if err != nil {
			c.Fatalf("waiting for %q: %v", word, err)
		}
		if strings.TrimSpace(line) == word {
			return
		}
	}
}

func (c *connected) order(order, answer string) {
	c.Helper()
	if _, err := io.WriteString(c.orders, order+"\n"); err != nil {
		c.Fatal(err)
	}
	c.wait(answer)
}

// licensed has what is mapped at the beginning covered, and shows that this is then
// found unchanged: the control of every test.
func (c *connected) licensed() *connected {
	c.Helper()
	for _, name := range append(libraryFiles(c.T, c.peer.path("maps")), c.program) {
		f, err := os.Open(name)
		if err != nil {
			c.Fatal(err)
		}
		digest, err := digestOf(f)
		f.Close()
		if err != nil {
			c.Fatal(err)
		}
		c.known[digest] = true
	}
	c.finds(handover.VerdictUnchanged)
	return c
}

func (c *connected) covers(digest [32]byte) error {
	if !c.known[digest] {
		return errors.New("not licensed")
	}
	return nil
}

func (c *connected) finds(want handover.Verdict) {
	c.Helper()
	digest, got := c.peer.measure(c.covers)
	if got == handover.VerdictUnchanged && c.covers(digest) != nil {
		got = handover.VerdictProgram
	}
	if got != want {
		c.Errorf("%v, want %v", got, want)
	}
}

func TestAnAppWorldIsFoundChanged(t *testing.T) {
	for name, a := range map[string]struct {
		attack func(*connected)
		want   handover.Verdict
	}{
		"not touched": {func(*connected) {}, handover.VerdictUnchanged},
		"a library mapped into it, as by LD_PRELOAD": {func(c *connected) {
			c.order("map "+c.foreign(), "done")
		}, handover.VerdictForeign},
		"a licensed library mapped into it": {func(c *connected) {
			library := c.foreign()
			c.known[c.digest(library)] = true
			c.order("map "+library, "done")
		}, handover.VerdictUnchanged},
		"a library that was removed behind it": {func(c *connected) {
			library := c.foreign()
			c.order("map "+library, "done")
			c.must(os.Remove(library))
		}, handover.VerdictForeign},
		"code written into it": {func(c *connected) { c.order("write", "done") }, handover.VerdictForeign},
		"its program removed":  {func(c *connected) { c.must(os.Remove(c.program)) }, handover.VerdictDeleted},
		"its program replaced while it runs": {func(c *connected) {
			other := c.program + ".new"
			c.must(os.WriteFile(other, []byte("another"), 0o700))
			c.must(os.Rename(other, c.program))
		}, handover.VerdictDeleted},
		"it executes another program with the socket": {func(c *connected) {
			c.order("become "+c.another(), "another")
		}, handover.VerdictProgram},
		"it has ended": {func(c *connected) {
			c.must(c.process.Process.Kill())
			_ = c.process.Wait()
		}, handover.VerdictEnded},
	} {
		t.Run(name, func(t *testing.T) {
			c := connect(t)
			a.attack(c)
			c.T = t
			c.finds(a.want)
		})
	}
}

func TestATracedAppWorldIsFound(t *testing.T) {
	c := connect(t)
	runtime.LockOSThread() // ptrace belongs to a thread
	defer runtime.UnlockOSThread()
	if err := unix.PtraceSeize(c.process.Process.Pid); err != nil {
		t.Fatal(err)
	}
	c.finds(handover.VerdictTraced)
	if err := unix.PtraceInterrupt(c.process.Process.Pid); err != nil {
		t.Fatal(err)
	}
	if _, err := unix.Wait4(c.process.Process.Pid, nil, unix.WALL, nil); err != nil {
		t.Fatal(err)
	}
	if err := unix.PtraceDetach(c.process.Process.Pid); err != nil {
		t.Fatal(err)
	}
	c.finds(handover.VerdictUnchanged)
}

func (c *connected) must(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

// foreign is a file that nobody licensed.
func (c *connected) foreign() string {
	path := filepath.Join(filepath.Dir(c.program), "libforeign.so")
	c.must(os.WriteFile(path, make([]byte, os.Getpagesize()), 0o700))
	return path
}

// another is a program that runs like the first and is none of the licensed.
func (c *connected) another() string {
	b, err := os.ReadFile(c.program)
	c.must(err)
	path := c.program + ".other"
	c.must(os.WriteFile(path, append(b, 0), 0o700))
	return path
}

func (c *connected) digest(path string) [32]byte {
	f, err := os.Open(path)
	c.must(err)
	defer f.Close()
	d, err := digestOf(f)
	c.must(err)
	return d
}

func TestMappingsAreReadAsTheMachineWritesThem(t *testing.T) {
	m, ok := parseMapping("00400000-00452000 r-xp 00000000 08:02 173521      /usr/bin/a name")
	if !ok || m != (mapping{"400000-452000", "r-xp", 173521, "/usr/bin/a name"}) || !m.executable() {
		t.Errorf("%+v, %v", m, ok)
	}
	for _, line := range []string{"", "x", "1-2 r-xp 0 08:02", "12 r-xp 0 08:02 1 /x", "1-2 r-xp 0 08:02 y /x"} {
		if _, ok := parseMapping(line); ok {
			t.Errorf("%q is taken for a mapping", line)
		}
	}
}

func FuzzMapping(f *testing.F) {
	f.Add("00400000-00452000 r-xp 00000000 08:02 173521      /usr/bin/a")
	f.Fuzz(func(_ *testing.T, line string) { _, _ = parseMapping(line) })
}
