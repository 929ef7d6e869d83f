package pool

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	door "github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/applet"
	"github.com/strongroom-pos/strongroom/secureworld/element/applets/reference/customer"
	members "github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/identity/authority"
	"github.com/strongroom-pos/strongroom/secureworld/element/overseer"
	view "github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/pool"
)

// store is an operator's authority for applets, and a package of the example.
type store struct {
	*site
	pkg     []byte
	foreign []byte // the same of another authority
}

func newStore(t *testing.T) *store {
	t.Helper()
	s := &store{site: newSite(t)}
	check(t, s.world.AddAppletRoot())
	keys, err := json.Marshal(s.world.File)
	check(t, err)
	check(t, os.WriteFile(s.path("applet-keys"), keys, 0o600))
	module := s.compile("reference")
	public, key, err := ed25519.GenerateKey(rand.Reader)
	check(t, err)
	text, err := applet.EncodeAuthority(public)
	check(t, err)
	check(t, os.WriteFile(s.path("applets.pem"), text, 0o600))
	_, other, err := ed25519.GenerateKey(rand.Reader)
	check(t, err)
	s.pkg, s.foreign = s.sign(key, module), s.sign(other, module)
	return s
}

func (s *store) compile(name string) []byte {
	s.Helper()
	out := s.path(name + ".wasm")
	c := exec.Command("go", "build", "-trimpath", "-buildmode=c-shared", "-ldflags=-s -w", "-o", out, "./secureworld/element/applets/"+name) //nolint:gosec,noctx // own programs
	c.Dir, c.Stderr = filepath.Join("..", ".."), os.Stderr
	c.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0", "GOFIPS140=off")
	check(s.T, c.Run())
	module, err := os.ReadFile(out) //nolint:gosec // made here
	check(s.T, err)
	return module
}

// sign has a developer of this authority sign.
func (s *store) sign(key ed25519.PrivateKey, module []byte) []byte {
	s.Helper()
	public, developer, err := ed25519.GenerateKey(rand.Reader)
	check(s.T, err)
	cert, err := applet.Certify(key, "acme", public, time.Now().Add(-time.Hour), time.Now().Add(time.Hour), "reference")
	check(s.T, err)
	m := applet.Manifest{Name: "reference", Developer: "acme", Version: 1, Functions: applet.HMAC, Pages: 64, Fuel: applet.MaxFuel}
	pkg, err := applet.Sign(m, module, developer, cert)
	check(s.T, err)
	return pkg
}

// open starts an element that runs applets.
func (s *store) open(socket string, more ...string) *exec.Cmd {
	s.Helper()
	return s.start("stdlib", socket, append([]string{"-keys", s.path("applet-keys"), "-kbpk", s.path("kbpk"), "-applets", s.path("applets.pem")}, more...)...)
}

// member is open as a member.
func (s *store) member(name string) (string, *exec.Cmd) {
	s.Helper()
	check(s.T, authority.WriteElement(s.path(name), name, "stdlib", s.manufacturer, s.operator))
	return s.path(name + ".sock"), s.open(s.path(name+".sock"), "-member", s.path(name))
}

// oversee starts the MCU of these sockets.
func (s *store) oversee(sockets []string) *group {
	s.Helper()
	g := &group{site: s.site, name: "g", socket: s.path("g.sock"), sockets: sockets}
	check(s.T, authority.WriteMCU(s.path("g-mcu"), "g", s.manufacturer, s.operator))
	s.start("mcu", g.socket, "-branch", "test", "-group", "g", "-mode", "quorum", "-elements", strings.Join(sockets, ","),
		"-mcu", s.path("g-mcu"), "-evidence", s.path("g-evidence"))
	g.view = overseer.Dial(g.socket)
	return g
}

// answered is how many questions a member had answered.
func answered(p view.Picture, id string) uint64 {
	for _, m := range p.Members {
		if m.ID == id {
			return m.Answered
		}
	}
	return 0
}

// runner is an element, or a group.
type runner interface {
	RunApplet(ctx context.Context, r door.RunApplet) (door.AppletAnswer, error)
}

// ask asks the example for a customer of a merchant.
func (s *store) ask(r runner, merchant int) ([]byte, error) {
	input, ok := customer.Append(nil, fmt.Sprintf("MERCHANT%07d", merchant), [customer.CardSize]byte{1})
	if !ok {
		return nil, errors.New("no merchant")
	}
	ctx, cancel := context.WithTimeout(context.Background(), patient)
	defer cancel()
	a, err := r.RunApplet(ctx, door.RunApplet{Package: applet.ID(s.pkg), Operation: customer.OpReference, Input: input})
	if err == nil && (a.Refused != 0 || len(a.Output) != customer.Size) {
		err = fmt.Errorf("refused with %d", a.Refused)
	}
	return a.Output, err
}

func (s *store) load(to applet.Loader, pkg []byte) error {
	ctx, cancel := context.WithTimeout(context.Background(), patient)
	defer cancel()
	_, err := applet.Load(ctx, to, pkg, time.Now())
	return err
}

func TestThreeElementsRunAnAppletThatCameThroughThePool(t *testing.T) {
	s := newStore(t)
	s.open(s.path("alone.sock"))
	alone := door.NewClient(s.path("alone.sock"), 1)
	t.Cleanup(alone.Close)
	check(t, s.load(alone, s.pkg))

	var sockets []string
	var processes []*exec.Cmd
	for i := range 3 {
		socket, c := s.member(fmt.Sprint("m", i))
		sockets, processes = append(sockets, socket), append(processes, c)
	}
	g := s.oversee(sockets)
	g.serving(3)
	client := s.client("client", pool.Dial(g.socket))
	if _, err := s.ask(client, 1); !errors.Is(err, door.CodeNotLoaded) {
		t.Errorf("before it is loaded: %v", err)
	}
	if err := s.load(client, s.foreign); !errors.Is(err, door.CodeSeal) {
		t.Errorf("of a developer whom nobody certified: %v", err)
	}
	check(t, s.load(client, s.pkg))
	ask := client
	right := func(from, n int) {
		t.Helper()
		for i := from; i < from+n; i++ {
			want, err := s.ask(alone, i)
			check(t, err)
			if got, err := s.ask(ask, i); err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%x, and alone %x: %v; %+v, %+v", got, want, err, g.picture(), client.Findings())
			}
		}
	}
	right(0, 10)

	// A member that is started anew has lost the applet, and is no liar for it.
	end(processes[2])
	check(t, os.Remove(sockets[2]))
	right(10, 5)
	before := g.picture().Epoch
	s.open(sockets[2], "-member", s.path("m2"))
	g.await("a new epoch", func(p view.Picture) bool { return p.Epoch > before && p.State == "serving" })
	g.serving(3)
	ask = s.client("later", pool.Dial(g.socket)) // the other goes on in the epoch before, while that drains
	asked := g.picture()
	g.await("all are asked again", func(p view.Picture) bool { // one that failed is left alone for a while
		right(20, 1)
		return !slices.ContainsFunc(p.Members, func(m view.Member) bool { return m.Answered <= answered(asked, m.ID)+1 })
	})
	check(t, s.load(ask, s.pkg))
	end(processes[1]) // the one that came back answers with the first
	right(40, 10)
	if p := g.picture(); p.Disagreements != 0 {
		t.Errorf("%+v", p)
	}
	if f := client.Findings(); len(f) != 0 {
		t.Errorf("%+v", f)
	}
	check(t, ask.UnloadApplet(t.Context(), door.UnloadApplet{Package: applet.ID(s.pkg)}))
	if _, err := s.ask(ask, 1); !errors.Is(err, door.CodeNotLoaded) {
		t.Errorf("when it is unloaded: %v", err)
	}
}

func TestAGroupWithAMemberThatRunsNoAppletsOffersNone(t *testing.T) {
	s := newStore(t)
	one, _ := s.member("m0")
	two, _ := s.member("m1")
	three, _ := s.element("c", 0, element{make: "nettle"})
	g := s.oversee([]string{one, two, three})
	g.serving(3)
	client := s.client("client", pool.Dial(g.socket))
	if err := s.load(client, s.pkg); !errors.Is(err, door.CodeMalformed) {
		t.Errorf("loaded: %v", err)
	}
	if _, err := client.Status(t.Context()); err != nil {
		t.Errorf("the control: %v", err)
	}
	carrier := pool.Dial(g.socket)
	d, err := carrier.Describe(t.Context())
	check(t, err)
	transcript, err := members.ParseTranscript(d.Transcript)
	check(t, err)
	if transcript.Verbs&door.AppletVerbs != 0 {
		t.Errorf("the group agreed on verbs %08x", transcript.Verbs)
	}
	q := members.Question{Group: transcript.Group, Epoch: transcript.Epoch, Counter: 1, Verb: door.KindRunApplet, Sealed: make([]byte, 64)}
	r, err := carrier.Ask(t.Context(), []members.Question{q})
	if err != nil || len(r) != 1 || r[0].Code != members.CodeVerb {
		t.Errorf("%+v, %v", r, err)
	}
	for i, m := range transcript.Members {
		if offers := m.Verbs&door.AppletVerbs != 0; offers != (string(m.Make) == "stdlib") {
			t.Errorf("member %d, %s, offers %08x", i, m.Make, m.Verbs)
		}
	}
}
