package packaging

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/strongroom-pos/strongroom/internal/containers"
	"github.com/strongroom-pos/strongroom/internal/estate/bureau"
	"github.com/strongroom-pos/strongroom/internal/estate/cardholder"
	"github.com/strongroom-pos/strongroom/internal/estate/till"
	"github.com/strongroom-pos/strongroom/internal/virtualcard"
)

//nolint:gochecknoglobals // a flag of the test binary
var engine = flag.Bool("engine", false, "start a container engine, compose.yaml in it, and pay")

// The lane of compose.yaml in a container engine of the test's own. It needs root,
// Debian's docker.io and docker-compose, and half a minute; make compose-test runs it.
func TestALaneInContainersSells(t *testing.T) {
	if !*engine {
		t.Log("LEFT OUT: no -engine; make compose-test starts one")
		return
	}
	e := startEngine(t)
	home := t.TempDir()
	lane := filepath.Join(home, "compose")
	with := withAlive(t)
	if err := containers.Prepare(home, lane, with, time.Now()); err != nil {
		t.Fatal(err)
	}
	passable(t, lane)
	images := t.TempDir()
	must(t, nil, repository+"/packaging/compose/images", with, images)
	must(t, e.env, repository+"/packaging/compose/images", "-load", images)
	e.env = append(e.env, "STRONGROOM_LANE="+lane, "STRONGROOM_MEMLOCK=8388608") // what any machine permits
	compose := func(args ...string) []string {
		return append([]string{"-p", "strongroom", "-f", repository + "/compose.yaml"}, args...)
	}
	must(t, e.env, "docker-compose", compose("up", "-d")...)
	t.Cleanup(func() { must(t, e.env, "docker-compose", compose("down", "-t", "2")...) })
	e.healthy(t)
	e.edges(t)
	e.pay(t, lane)
}

type running struct{ env []string }

// startEngine starts a container engine in a network namespace of its own, so that
// nothing of this machine's network changes.
func startEngine(t *testing.T) *running {
	t.Helper()
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	log, err := os.Create(in("log"))
	if err != nil {
		t.Fatal(err)
	}
	//nolint:gosec // the test's own words
	cmd := exec.Command("unshare", "--net", "--mount", "--kill-child", "--fork", "sh", "-c", `ip link set lo up; exec dockerd "$@"`, "dockerd",
		"--data-root", in("data"), "--exec-root", in("exec"), "--pidfile", in("pid"), "-H", "unix://"+in("s"))
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if pid, err := os.ReadFile(in("pid")); err == nil {
			if n, err := strconv.Atoi(strings.TrimSpace(string(pid))); err == nil {
				_ = syscall.Kill(n, syscall.SIGTERM)
			}
		}
		_ = cmd.Wait()
	})
	e := &running{[]string{"DOCKER_HOST=unix://" + in("s")}}
	for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		if _, err := run(t, e.env, "docker", "version"); err == nil {
			return e
		}
		if time.Now().After(end) {
			text, _ := os.ReadFile(in("log"))
			t.Fatalf("no engine: %s", text)
		}
	}
}

func passable(t *testing.T, dir string) {
	t.Helper()
	for ; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // users of containers pass through
			t.Fatal(err)
		}
	}
}

func (e *running) healthy(t *testing.T) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(500 * time.Millisecond) {
		out := must(t, e.env, "docker", "ps", "--format", "{{.Names}} {{.Status}}")
		if strings.Count(out, "(healthy)") == len(containers.Users()) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("not healthy:\n%s\n%s", out, must(t, e.env, "docker", "logs", "--tail", "20", "strongroom_secureworld_1"))
		}
	}
}

type container struct {
	State           struct{ Pid int }
	NetworkSettings struct {
		Networks map[string]struct{ IPAddress string }
	}
}

func (e *running) inspect(t *testing.T, service string) container {
	t.Helper()
	var c []container
	if err := json.Unmarshal([]byte(must(t, e.env, "docker", "inspect", "strongroom_"+service+"_1")), &c); err != nil || len(c) != 1 {
		t.Fatalf("inspecting %s: %v", service, err)
	}
	return c[0]
}

// edges: what compose.yaml says is what the engine does. The acquirer is reached from
// the secure world, its books from the acquirer, and both from nowhere else.
func (e *running) edges(t *testing.T) {
	t.Helper()
	for _, to := range []struct{ service, network, port, from string }{
		{"acquirer", "host", "8583", "secureworld"}, {"ledger", "ledger", "5432", "acquirer"},
	} {
		address := net.JoinHostPort(e.inspect(t, to.service).NetworkSettings.Networks["strongroom_"+to.network].IPAddress, to.port)
		for service := range containers.Users() {
			if service != to.service {
				e.edge(t, service, to.service, address, service == to.from)
			}
		}
	}
}

func (e *running) edge(t *testing.T, from, to, address string, want bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	conn, err := dialFrom(ctx, e.inspect(t, from).State.Pid, "tcp", address)
	if err == nil {
		_ = conn.Close()
	}
	if (err == nil) != want {
		t.Errorf("%s reaches %s: %v (%v)", from, to, err == nil, err)
	}
}

// dialFrom connects from within a container's network. The thread that went there is
// not used again.
func dialFrom(ctx context.Context, pid int, network, address string) (net.Conn, error) {
	type dialled struct {
		conn net.Conn
		err  error
	}
	done := make(chan dialled, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with this goroutine
		f, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", pid))
		if err == nil {
			err = unix.Setns(int(f.Fd()), unix.CLONE_NEWNET)
			_ = f.Close()
		}
		if err != nil {
			done <- dialled{nil, err}
			return
		}
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		done <- dialled{conn, err}
	}()
	d := <-done
	return d.conn, d.err
}

// pay makes a sale by chip and PIN: the till asks at the terminal's loopback, the PIN
// is typed at the PIN pad's.
func (e *running) pay(t *testing.T, lane string) {
	t.Helper()
	at := map[string]int{"8420": e.inspect(t, "terminal").State.Pid, "8421": e.inspect(t, "pinpad").State.Pid}
	before := http.DefaultTransport
	http.DefaultTransport = &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		return dialFrom(ctx, at[port], network, address)
	}}
	defer func() { http.DefaultTransport = before }()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	data := filepath.Join(lane, "terminal")
	register := &till.Till{Data: data, Addresses: filepath.Join(data, "addresses.json")}
	pad := &cardholder.PINPad{PageFile: filepath.Join(lane, "pinpad/page.url")}
	for ready := (till.Readiness{}); ready.Status != "ready"; time.Sleep(100 * time.Millisecond) {
		if ready, _ = register.Ready(ctx); ctx.Err() != nil {
			t.Fatalf("not ready: %+v", ready)
		}
	}
	security, err := register.Security(ctx)
	if err != nil || security.AppMeasurement != "none" {
		t.Errorf("nobody is measured here: %+v, %v", security, err)
	}
	card, err := bureau.Load(filepath.Join(lane, "cards"), "approve")
	if err != nil {
		t.Fatal(err)
	}
	tray := virtualcard.NewTray("unix:"+filepath.Join(lane, "reader/slot.sock"), "unix:"+filepath.Join(lane, "reader/field.sock"))
	socket := filepath.Join(t.TempDir(), "t")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = tray.Serve(ctx, l) }()
	hand, err := virtualcard.DialTray(ctx, socket)
	if err != nil {
		t.Fatal(err)
	}
	defer hand.Close()
	p, err := register.Start(ctx, "one", till.Request{Amount: 1234, Currency: "EUR"})
	if err != nil {
		t.Fatal(err)
	}
	var done []string
	p, err = register.Follow(ctx, p, func(p till.Payment) {
		if slices.Contains(done, p.Status) {
			return
		}
		done = append(done, p.Status)
		switch p.Status {
		case "awaiting_card":
			if err := hand.Insert(card.Profile); err != nil {
				t.Error(err)
			}
		case "awaiting_pin":
			if _, err := pad.Await(ctx, "pin"); err != nil {
				t.Error(err)
			}
			if err := pad.Type(ctx, card.PIN); err != nil {
				t.Error(err)
			}
			if err := pad.Press(ctx, "ok"); err != nil {
				t.Error(err)
			}
		}
	})
	if err != nil || p.Outcome != "approved" || !slices.Contains(done, "awaiting_pin") {
		t.Errorf("%+v, %v", p, err)
	}
}

// withAlive is a folder with all programs and the images' health check.
func withAlive(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	from, err := filepath.Glob(filepath.Join(programs(t), "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range from {
		if err := os.Symlink(p, filepath.Join(dir, filepath.Base(p))); err != nil {
			t.Fatal(err)
		}
	}
	_ = os.Remove(filepath.Join(dir, "alive"))
	must(t, []string{"CGO_ENABLED=0"}, "go", "build", "-trimpath", "-o", filepath.Join(dir, "alive"), repository+"/packaging/compose/alive")
	return dir
}
