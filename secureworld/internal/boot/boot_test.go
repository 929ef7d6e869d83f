package boot

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/image"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/parameters"
)

func TestVerifiedKernelServesInsideEveryLayer(t *testing.T) {
	l := newLane(t)
	l.cfg.SelfTest = true
	acquirer := echo(t)
	l.cfg.Host = Hosts{acquirer}
	b, err := l.new()
	if err != nil {
		t.Fatal(err)
	}
	// What runs are the verified bytes, whatever lies at the path now.
	l.write("kernel", []byte("#!/bin/sh\nexit 1\n"))
	l.write("payment.wasm", []byte("swapped"))
	stop := l.run(b)
	p := l.ready(1)
	mailbox, sred := p.Doors["mailbox"], p.Doors["sred"]

	t.Run("layers", func(t *testing.T) {
		missing := strings.Join(p.LayersMissing, ", ")
		if missing != "user namespace" || len(p.LayersInForce) != 14 {
			t.Errorf("in force %q, missing %q", p.LayersInForce, missing)
		}
		checkFromOutside(t, p.KernelPID)
		if kind := l.mustAsk(mailbox, "memory"); kind != "memfd_secret" {
			t.Errorf("memory is %q", kind)
		}
		if pid := l.mustAsk(mailbox, "pid"); pid != "1" {
			t.Errorf("process %s in its namespace", pid)
		}
	})
	t.Run("doors carry the measurement", func(t *testing.T) {
		if got, want := l.mustAsk(mailbox, "who"), fmt.Sprintf("mailbox measured=true %x", ownProgram(t)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if got := l.mustAsk(sred, "who"); !strings.HasPrefix(got, "sred measured=false 0000") {
			t.Errorf("got %q", got)
		}
	})
	t.Run("application, storage and host", func(t *testing.T) {
		if got := l.mustAsk(mailbox, "app hello"); got != "hello" {
			t.Errorf("application answered %q", got)
		}
		if got := l.mustAsk(mailbox, "store durable"); got != "durable" {
			t.Errorf("storage answered %q", got)
		}
		if content, _ := os.ReadFile(l.path("storage/log2")); string(content) != "durable" {
			t.Errorf("storage holds %q", content)
		}
		if got := l.mustAsk(mailbox, "ls"); got != "1 <nil>" {
			t.Errorf("the kernel's root holds %s", got)
		}
		if got := l.mustAsk(mailbox, "dial ping"); got != "ping" {
			t.Errorf("host answered %q", got)
		}
	})
	t.Run("root's scraper", func(t *testing.T) { scrape(t, l, p) })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	for _, left := range []string{l.cfg.Addresses, l.path("mailbox.sock")} {
		if _, err := os.Lstat(left); err == nil {
			t.Errorf("left behind: %s", left)
		}
	}
	if syscall.Kill(p.KernelPID, 0) == nil {
		t.Error("the kernel was left running")
	}
}

// checkFromOutside looks at the running process, not at what it says.
func checkFromOutside(t *testing.T, pid int) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		fmt.Sprintf("Uid:\t%d\t%[1]d\t%[1]d\t%[1]d", kernelUser), "CapEff:\t0000000000000000", "CapBnd:\t0000000000000000",
		"CapPrm:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2",
	} {
		if !bytes.Contains(status, []byte(want)) {
			t.Errorf("status lacks %q", want)
		}
	}
	for _, name := range []string{"pid", "mnt", "net", "ipc", "uts", "cgroup"} {
		theirs, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/%s", pid, name))
		ours, _ := os.Readlink("/proc/self/ns/" + name)
		if err != nil || theirs == ours {
			t.Errorf("namespace %s: %v, %v", name, theirs, err)
		}
	}
	if _, err := os.Stat(fmt.Sprintf("/proc/%d/root/etc", pid)); err == nil {
		t.Error("the machine's files are below the kernel's root")
	}
	tasks, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	for _, task := range tasks {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/status", pid, task.Name()))
		if err == nil && !bytes.Contains(status, []byte("Seccomp:\t2")) {
			t.Errorf("thread %s has no filter", task.Name())
		}
	}
}

// scrape sends a canary sealed (as hexadecimal digits of its complement would be
// in earnest), lets the application open it in its memory, and sweeps.
func scrape(t *testing.T, l *lane, p Published) {
	canary := make([]byte, 16)
	rand.Read(canary)
	sealed := hex.EncodeToString(canary)
	if got := l.mustAsk(p.Doors["mailbox"], "hold "+sealed); got != "16" {
		t.Fatalf("the application holds %q", got)
	}
	if hits, swept := sweep(t, p.KernelPID, canary); hits != 0 || swept < 1<<20 {
		t.Errorf("%d hits for the opened canary in %d bytes", hits, swept)
	}
	if hits, _ := sweep(t, p.KernelPID, []byte(sealed)); hits == 0 {
		t.Error("the control, the sealed form in ordinary buffers, was not found: the sweep proves nothing")
	}
}

func sweep(t *testing.T, pid int, canary []byte) (hits, swept int) {
	t.Helper()
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		t.Fatal(err)
	}
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		t.Fatal(err)
	}
	defer mem.Close()
	chunk := make([]byte, 1<<20)
	for line := range strings.Lines(string(maps)) {
		var from, to int64
		var rights string
		if n, _ := fmt.Sscanf(line, "%x-%x %s", &from, &to, &rights); n != 3 || rights[0] != 'r' {
			continue
		}
		for at := from; at < to; at += int64(len(chunk) - len(canary)) {
			n, _ := mem.ReadAt(chunk[:min(int64(len(chunk)), to-at)], at)
			hits += bytes.Count(chunk[:n], canary)
			swept += n
		}
	}
	return hits, swept
}

// echo is an acquirer that answers what it hears.
func echo(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			line, _ := bufio.NewReader(conn).ReadString('\n')
			conn.Write([]byte(line))
			conn.Close()
		}
	}()
	return listener.Addr().String()
}

func TestDeadKernelIsStartedAgainFromTheVerifiedBytes(t *testing.T) {
	l := newLane(t)
	l.cfg.Host = Hosts{"127.0.0.1:1"}
	b, err := l.new()
	if err != nil {
		t.Fatal(err)
	}
	l.run(b)
	p := l.ready(1)
	l.write("kernel", []byte("swapped"))
	if err := syscall.Kill(p.KernelPID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	p = l.ready(2)
	if got := l.mustAsk(p.Doors["mailbox"], "app again"); got != "again" {
		t.Fatalf("answered %q", got)
	}
	if got := l.mustAsk(p.Doors["mailbox"], "dial x"); got != "host unreachable" {
		t.Errorf("dial answered %q", got)
	}
	ask(t, p.Doors["mailbox"], "panic")
	p = l.ready(3)
	if log := l.log.String(); !strings.Contains(log, "panic (text withheld)") || strings.Contains(log, "41111") || !strings.Contains(log, "main.go:") {
		t.Errorf("last words: %s", log)
	}
	ask(t, p.Doors["mailbox"], "socket")
	l.ready(4)
	if !strings.Contains(l.log.String(), "forbidden system call") {
		t.Error("a forbidden call did not kill, or was not told")
	}
}

func TestForbiddenCallIsRefusedWhereItDoesNotKill(t *testing.T) {
	l := newLane(t)
	l.cfg.ForbiddenCall = "refuse"
	b, err := l.new()
	if err != nil {
		t.Fatal(err)
	}
	l.run(b)
	if got := l.mustAsk(l.ready(1).Doors["mailbox"], "socket"); got != "operation not permitted" {
		t.Fatalf("socket answered %q", got)
	}
}

func TestUnlicensedProgramFindsTheMailboxClosed(t *testing.T) {
	l := newLane(t)
	l.license([32]byte{1})
	b, err := l.new()
	if err != nil {
		t.Fatal(err)
	}
	l.run(b)
	p := l.ready(1)
	if got, err := ask(t, p.Doors["mailbox"], "who"); err == nil {
		t.Fatalf("answered %q", got)
	}
	if got := l.mustAsk(p.Doors["sred"], "who"); !strings.HasPrefix(got, "sred") {
		t.Fatalf("the control answered %q", got)
	}
	if !strings.Contains(l.log.String(), "not licensed") {
		t.Error("the refusal was not told")
	}
}

func TestBootRefusesWhatIsNotVerified(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*lane)
		want  string
	}{
		"older version": {func(l *lane) {
			if err := (image.Counter{Path: l.cfg.Counter}).Raise(4); err != nil {
				t.Fatal(err)
			}
		}, "older"},
		"changed kernel":      {func(l *lane) { l.write("kernel", append(bytes.Clone(l.parts.kernel), 0)) }, "kernel is not"},
		"changed application": {func(l *lane) { l.write("payment.wasm", append(bytes.Clone(l.parts.wasm), 0)) }, "application is not"},
		"other manufacturer":  {func(l *lane) { l.cfg.Manufacturer = strings.Repeat("00", 32) }, "signature"},
		"changed licence": {func(l *lane) {
			raw, _ := os.ReadFile(l.path("licence"))
			l.write("licence", bytes.Replace(raw, []byte("L-1"), []byte("L-2"), 1))
		}, "licence"},
		"no parameters": {func(l *lane) {
			if err := os.Remove(l.path("parameters")); err != nil {
				t.Fatal(err)
			}
		}, "read parameters"},
		"changed parameters": {func(l *lane) {
			raw, _ := os.ReadFile(l.path("parameters"))
			l.write("parameters", bytes.Replace(raw, []byte(`"keyed":false`), []byte(`"keyed":true`), 1))
		}, "verify parameters"},
		"parameters signed by the licence's key": {func(l *lane) {
			l.parametersBy(l.seller, parameters.Purpose, sample())
		}, "another role"},
		"parameters signed for another purpose": {func(l *lane) {
			l.parametersBy(l.configurator, "licence", sample())
		}, "signature"},
		"parameters that have expired": {func(l *lane) {
			d := sample()
			d.NotAfter = time.Now().Add(-time.Hour).UTC().Truncate(time.Second)
			l.parameters(d)
		}, "expired"},
		"parameters out of range": {func(l *lane) {
			d := sample()
			d.MinBits = 512
			l.parameters(d)
		}, "range"},
		"root without a user for the kernel": {func(l *lane) { l.cfg.KernelUID = 0 }, "kernel_uid"},
	} {
		l := newLane(t)
		c.spoil(l)
		if _, err := l.new(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNewerImageThatServedShutsOutTheOlder(t *testing.T) {
	l := newLane(t)
	l.sign(5)
	b, err := l.new()
	if err != nil {
		t.Fatal(err)
	}
	stop := l.run(b)
	l.ready(1)
	l.eventually("the counter is raised", func() bool {
		oldest, err := image.Counter{Path: l.cfg.Counter}.Read()
		return err == nil && oldest == 5
	})
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	l.sign(4)
	if _, err := l.new(); !errors.Is(err, image.ErrOlder) {
		t.Fatalf("version 4 after 5: %v", err)
	}
}

// TestBootWithoutRootReportsWhatIsMissing runs the real program as a user
// without privileges.
func TestBootWithoutRootReportsWhatIsMissing(t *testing.T) {
	l := newLane(t)
	program := l.path("secureworld")
	if _, err := goBuild(program, "../..", "CGO_ENABLED=0"); err != nil {
		t.Fatal(err)
	}
	l.cfg.Counter, l.cfg.SelfTest = l.path("own/counter"), true
	l.cfg.Addresses = l.path("own/addresses.json")
	l.cfg.Doors = map[string]Listen{
		"mailbox": {Address: "unix:" + l.path("own/mailbox.sock")}, "sred": {Address: "tcp:127.0.0.1:0"},
	}
	l.giveAway(t)
	command := exec.Command(program, "-config", l.path("boot.json"))
	command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: kernelUser, Gid: kernelUser}, Pdeathsig: syscall.SIGKILL}
	command.Stderr = l.log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	p := l.ready(1)
	if missing := strings.Join(p.LayersMissing, ", "); missing != "own user" {
		t.Errorf("missing: %q", missing)
	}
	// One arena of 112 pages fits below the 8 MiB lock limit: secret memory all
	// the same, one instance at a time.
	if got := l.mustAsk(p.Doors["sred"], "memory"); got != "memfd_secret" {
		t.Errorf("memory is %q", got)
	}
	for range 3 {
		if got := l.mustAsk(p.Doors["sred"], "app one arena"); got != "one arena" {
			t.Errorf("application answered %q", got)
		}
	}
	// This test is root and boot is not: it may measure only its own user's
	// programs, so it keeps the door shut.
	if got, err := ask(t, p.Doors["mailbox"], "who"); err == nil {
		t.Errorf("a peer that cannot be measured was answered %q", got)
	}
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- command.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("ended with %v\n%s", err, l.log)
		}
	case <-time.After(20 * time.Second):
		command.Process.Kill()
		t.Error("did not end at SIGTERM")
	}
}
