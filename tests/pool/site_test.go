package pool

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/conformance"
	"github.com/strongroom-pos/strongroom/secureworld/element/identity"
	"github.com/strongroom-pos/strongroom/secureworld/element/identity/authority"
	"github.com/strongroom-pos/strongroom/secureworld/element/overseer"
	"github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/pool"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// generous is what a traitor may take to be found, and patient what anything may take
// at all on a machine that is busy.
const (
	generous = 10 * time.Second
	patient  = 40 * time.Second
)

// site is the two authorities, keys, and a folder for everything.
type site struct {
	*testing.T
	folder       string
	manufacturer *authority.Authority
	operator     *authority.Authority
	world        *conformance.World
}

func newSite(t *testing.T) *site {
	t.Helper()
	folder, err := os.MkdirTemp("", "pool") // short: the path of a socket has 108 bytes
	check(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	s := &site{T: t, folder: folder}
	s.manufacturer, err = authority.New("manufacturer")
	check(t, err)
	s.operator, err = authority.New("operator")
	check(t, err)
	s.world, err = conformance.NewWorld(7, nil)
	check(t, err)
	keys, err := json.Marshal(s.world.File)
	check(t, err)
	check(t, os.WriteFile(s.path("keys"), keys, 0o600))
	check(t, os.WriteFile(s.path("kbpk"), s.world.KBPK, 0o600))
	return s
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (s *site) path(name string) string { return filepath.Join(s.folder, name) }

// start runs one program until the test ends, and waits for its socket.
func (s *site) start(program, socket string, args ...string) *exec.Cmd {
	s.Helper()
	c := exec.Command(filepath.Join(built, program), append([]string{"-socket", socket}, args...)...) //nolint:gosec,noctx // own programs
	c.Stderr = os.Stderr
	if program != "traitor" {
		c.Stderr = nil
	}
	check(s.T, c.Start())
	s.Cleanup(func() { end(c) })
	s.until(program+" listens", func() bool {
		info, err := os.Stat(socket)
		return err == nil && info.Mode().Type() == os.ModeSocket
	})
	return c
}

// end ends a process that was started here, once.
func end(c *exec.Cmd) {
	if c.ProcessState == nil {
		_ = c.Process.Signal(syscall.SIGKILL)
		_ = c.Wait()
	}
}

func (s *site) until(what string, f func() bool) {
	s.Helper()
	for limit := time.Now().Add(patient); time.Now().Before(limit); time.Sleep(2 * time.Millisecond) {
		if f() {
			return
		}
	}
	s.Fatalf("waited in vain: %s", what)
}

// element is one member to be: a make, or a traitor that passes for one.
type element struct {
	make   string
	traits []string // flags of the traitor; nil: honest
}

func (s *site) element(group string, at int, e element) (socket string, c *exec.Cmd) {
	s.Helper()
	name := fmt.Sprintf("%s-%d", group, at)
	return s.elementAt(s.path(name+".sock"), name, e)
}

func (s *site) elementAt(at, name string, e element) (socket string, c *exec.Cmd) {
	s.Helper()
	check(s.T, authority.WriteElement(s.path(name), name, e.make, s.manufacturer, s.operator))
	args := []string{"-keys", s.path("keys"), "-kbpk", s.path("kbpk"), "-member", s.path(name)}
	program := e.make
	if e.traits != nil {
		program, args = "traitor", append(append(args, "-make", e.make, "-after", s.signal()), e.traits...)
	}
	return at, s.start(program, at, args...)
}

// signal is the file whose appearance turns the traitors.
func (s *site) signal() string { return s.path("now") }

func (s *site) turn() time.Time {
	s.Helper()
	check(s.T, os.WriteFile(s.signal(), nil, 0o600))
	return time.Now()
}

// group is three elements and their MCU, all processes.
type group struct {
	site     *site
	name     string
	socket   string
	view     overseer.Link
	elements []*exec.Cmd
	sockets  []string
}

func (s *site) group(name, mode string, elements []element, flags ...string) *group {
	s.Helper()
	g := &group{site: s, name: name, socket: s.path(name + ".sock")}
	for i, e := range elements {
		socket, c := s.element(name, i, e)
		g.sockets, g.elements = append(g.sockets, socket), append(g.elements, c)
	}
	check(s.T, authority.WriteMCU(s.path(name+"-mcu"), name, s.manufacturer, s.operator))
	s.start("mcu", g.socket, append([]string{
		"-branch", "test", "-group", name, "-mode", mode, "-elements", strings.Join(g.sockets, ","),
		"-mcu", s.path(name + "-mcu"), "-evidence", s.path(name + "-evidence"), "-audit", "0.05",
	}, flags...)...)
	g.view = overseer.Dial(g.socket)
	return g
}

// picture asks the MCU for its own.
func (g *group) picture() (p door.Picture) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	kind, body, err := g.view.Do(ctx, door.KindView, nil)
	var v door.Viewed
	if err == nil && kind == door.KindView|door.KindAnswer && frame.Parse(body, &v) == nil {
		_ = json.Unmarshal(v.Picture, &p) // an empty one is not what anyone waits for
	}
	return p
}

// await waits until the MCU's picture is as it should be.
func (g *group) await(what string, f func(p door.Picture) bool) (p door.Picture) {
	g.site.Helper()
	defer func() {
		if g.site.Failed() {
			g.site.Logf("%+v", p)
		}
	}()
	g.site.until(g.name+": "+what, func() bool { p = g.picture(); return len(p.Members) > 0 && f(p) })
	return p
}

func (g *group) serving(members int) {
	g.site.Helper()
	g.await("serving", func(p door.Picture) bool {
		healthy := 0
		for _, m := range p.Members {
			if m.Health == "healthy" {
				healthy++
			}
		}
		return p.State == "serving" && healthy == members
	})
}

// client is one of some groups, by their sockets or by other carriers.
func (s *site) client(name string, carriers ...pool.Carrier) *pool.Client {
	s.Helper()
	return s.clientOf(name, func() []pool.Carrier { return carriers })
}

func (s *site) clientOf(name string, groups func() []pool.Carrier) *pool.Client {
	s.Helper()
	check(s.T, authority.WriteClient(s.path(name), name, s.manufacturer, s.operator))
	who, err := identity.LoadClient(s.path(name))
	check(s.T, err)
	c, err := pool.NewClient(pool.Config{Identity: who, Groups: groups})
	check(s.T, err)
	s.Cleanup(c.Close)
	return c
}
