package bus_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nkeys"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/bustest"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/registry"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/server"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/subject"
	group "github.com/strongroom-pos/strongroom/secureworld/element/group/door"
)

const token = "a token of the tests"

func mcu(group, name string) subject.Role {
	return subject.Role{Kind: subject.MCU, Name: name, Branch: "north", Group: group}
}

func client(name string) subject.Role { return subject.Role{Kind: subject.Client, Name: name} }

func keeper() subject.Role { return subject.Role{Kind: subject.Keeper, Name: "a"} }

// site is a server with users, a registry and a directory.
type site struct {
	server *server.Server
	keeper *bus.Conn
}

func newSite(t *testing.T, extra ...server.User) *site {
	t.Helper()
	users := extra
	for _, r := range []subject.Role{keeper(), client("a"), client("b"), mcu("g1", "a"), mcu("g1", "b"), mcu("g2", "a")} {
		users = append(users, server.User{Role: r, Token: token})
	}
	s, err := server.Start(server.Config{Name: "north", Listen: "127.0.0.1:0", Users: users, Folder: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	n := &site{server: s}
	n.keeper = n.connect(t, keeper())
	if _, err := registry.Create(t.Context(), n.keeper.NATS(), 1); err != nil {
		t.Fatal(err)
	}
	return n
}

func (n *site) connect(t *testing.T, r subject.Role) *bus.Conn {
	t.Helper()
	conn, err := bus.Connect(bus.Config{Server: n.server, Role: r, Token: token})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return conn
}

// serve puts a group on the bus; the function it returns takes it off.
func (n *site) serve(t *testing.T, r subject.Role, g *bustest.Group) (leave func()) {
	t.Helper()
	conn := n.connect(t, r)
	ctx, cancel := context.WithCancel(t.Context())
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := bus.Serve(ctx, conn, r.Branch, r.Group, g); err != nil {
			t.Error(err)
		}
	})
	leave = func() { cancel(); serving.Wait() }
	t.Cleanup(leave)
	return leave
}

func (n *site) directory(t *testing.T, r subject.Role) *bus.Directory {
	t.Helper()
	d := bus.NewDirectory(n.connect(t, r), bus.Branch{Name: "north"})
	t.Cleanup(d.Close)
	return d
}

// eventually waits for what another goroutine does; the time is for hangs alone.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if is() {
			return
		}
	}
	t.Fatalf("not within 20 s: %s", what)
}

func TestAClientFindsAGroupAndItsAnswersBelongToItsQuestions(t *testing.T) {
	n := newSite(t)
	n.serve(t, mcu("g1", "a"), &bustest.Group{Branch: "north", Name: "g1", Epoch: 7})
	d := n.directory(t, client("a"))
	eventually(t, "the group is listed", func() bool { return len(d.Carriers()) == 1 })
	c := &bustest.Client{Groups: d.Carriers}
	for range 50 {
		if err := c.Ask(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	r := d.Records()[0]
	if c.Retries() != 0 || r.Epoch != 7 || len(r.Makes) != 3 || r.State != registry.Serving || len(r.Servers) != 1 {
		t.Fatalf("%d retries, %+v", c.Retries(), r)
	}
	p, err := bus.NewCarrier(n.keeper, "north", "g1").View(t.Context())
	if err != nil || p.Group != "g1" || p.Questions != 50 {
		t.Fatalf("%+v, %v", p, err)
	}
}

func TestABatchLongerThanOneMessageKeepsItsOrder(t *testing.T) {
	n := newSite(t)
	n.serve(t, mcu("g1", "a"), &bustest.Group{Branch: "north", Name: "g1", Epoch: 1})
	d := n.directory(t, client("a"))
	eventually(t, "the group is listed", func() bool { return len(d.Carriers()) == 1 })
	carrier, session := d.Carriers()[0], group.SessionID{1}
	if err := carrier.Open(t.Context(), group.Open{Epoch: 1, Session: session}); err != nil {
		t.Fatal(err)
	}
	var questions []group.Question
	for i := range 300 {
		sealed := make([]byte, group.SIVSize+1+i*10)
		sealed[group.SIVSize] = byte(i)
		questions = append(questions, group.Question{Epoch: 1, Session: session, Counter: uint64(i + 1), Sealed: sealed})
	}
	releases, err := carrier.Ask(t.Context(), questions)
	if err != nil || len(releases) != len(questions) {
		t.Fatal(len(releases), err)
	}
	for i, r := range releases {
		if r.Code != group.CodeAnswered || r.Body[0] != byte(i) || len(r.Body) != 1+i*10 {
			t.Fatalf("question %d: code %v, %d bytes", i, r.Code, len(r.Body))
		}
	}
}

func TestWhatAGroupRefusesComesAsItsCode(t *testing.T) {
	n := newSite(t)
	n.serve(t, mcu("g1", "a"), &bustest.Group{Branch: "north", Name: "g1", Epoch: 1})
	d := n.directory(t, client("a"))
	eventually(t, "the group is listed", func() bool { return len(d.Carriers()) == 1 })
	if err := d.Carriers()[0].Open(t.Context(), group.Open{Epoch: 9}); !errors.Is(err, group.CodeEpoch) {
		t.Fatal(err)
	}
	if err := bus.NewCarrier(n.connect(t, client("b")), "north", "g9").Open(t.Context(), group.Open{}); !errors.Is(err, group.CodeUnavailable) {
		t.Fatal("a group that is nowhere:", err)
	}
}

func TestTwoMCUsShareAGroupAndEitherMayLeave(t *testing.T) {
	n := newSite(t)
	one := &bustest.Group{Branch: "north", Name: "g1", Epoch: 1}
	two := &bustest.Group{Branch: "north", Name: "g1", Epoch: 1}
	leave := n.serve(t, mcu("g1", "a"), one)
	n.serve(t, mcu("g1", "b"), two)
	d := n.directory(t, client("a"))
	servers := func() int {
		if r := d.Records(); len(r) == 1 && r[0].State == registry.Serving {
			return len(r[0].Servers)
		}
		return 0
	}
	eventually(t, "both are listed", func() bool { return servers() == 2 })
	carrier := d.Carriers()[0]
	for range 100 {
		if _, err := carrier.Describe(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	leave()
	eventually(t, "one is left", func() bool { return servers() == 1 })
	for range 20 {
		if _, err := carrier.Describe(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAnNKeyProvesARoleAndAnotherNKeyDoesNot(t *testing.T) {
	folder := t.TempDir()
	var public [2]string
	for i, name := range []string{"right", "wrong"} {
		pair, err := nkeys.CreateUser()
		if err != nil {
			t.Fatal(err)
		}
		seed, _ := pair.Seed()
		public[i], _ = pair.PublicKey()
		if err := os.WriteFile(filepath.Join(folder, name), seed, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	n := newSite(t, server.User{Role: client("key"), NKey: public[0]})
	conn, err := bus.Connect(bus.Config{URLs: []string{n.server.URL()}, Role: client("key"), Seed: filepath.Join(folder, "right")})
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	for name, c := range map[string]bus.Config{
		"another key":      {Seed: filepath.Join(folder, "wrong")},
		"another token":    {Token: "guessed"},
		"nothing":          {},
		"another's token":  {Token: token},
		"no file for seed": {Seed: filepath.Join(folder, "none")},
	} {
		c.URLs, c.Role = []string{n.server.URL()}, client("key")
		if conn, err := bus.Connect(c); err == nil {
			conn.Close()
			t.Error(name, "is let in")
		}
	}
}

func TestNobodySpeaksBeyondItsRole(t *testing.T) {
	n := newSite(t)
	n.serve(t, mcu("g1", "a"), &bustest.Group{Branch: "north", Name: "g1", Epoch: 1})
	d := n.directory(t, client("a"))
	eventually(t, "the group is listed", func() bool { return len(d.Carriers()) == 1 })
	for name, c := range map[string]struct {
		role               subject.Role
		publish, subscribe string
	}{
		"a client serves a group":             {client("b"), "", "grp.north.g1.ask"},
		"a client listens to others' answers": {client("b"), "", "_INBOX.client-a.>"},
		"a client looks at a group":           {client("b"), "grp.north.g1.view", ""},
		"a client lists a group":              {client("b"), "$KV.groups.north.g1", ""},
		"an MCU serves another group":         {mcu("g2", "a"), "", "grp.north.g1.*"},
		"an MCU serves all groups":            {mcu("g2", "a"), "", "grp.>"},
		"an MCU lists another group":          {mcu("g2", "a"), "$KV.groups.north.g1", ""},
		"an MCU asks":                         {mcu("g2", "a"), "grp.north.g1.ask", ""},
		"the centre asks":                     {keeper(), "grp.north.g1.ask", ""},
		"the centre serves a group":           {keeper(), "", "grp.north.g1.ask"},
	} {
		t.Run(name, func(t *testing.T) {
			nc := n.connect(t, c.role).NATS()
			if c.subscribe != "" {
				if _, err := nc.SubscribeSync(c.subscribe); err != nil {
					t.Fatal(err)
				}
			} else if err := nc.Publish(c.publish, []byte{1}); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the server refuses", func() bool { return nc.FlushTimeout(time.Second) == nil && nc.LastError() != nil })
		})
	}
}

func TestAServerThatListensNeedsUsers(t *testing.T) {
	for name, c := range map[string]server.Config{
		"no users":            {Listen: "127.0.0.1:0"},
		"no users for leaves": {Leaves: "127.0.0.1:0"},
		"neither proof":       {Listen: "127.0.0.1:0", Users: []server.User{{Role: client("a")}}},
		"both proofs":         {Listen: "127.0.0.1:0", Users: []server.User{{Role: client("a"), Token: "t", NKey: "U"}}},
		"a wildcard name":     {Listen: "127.0.0.1:0", Users: []server.User{{Role: client("*"), Token: "t"}}},
		"an open cluster":     {Cluster: &server.Cluster{Name: "c", Listen: "127.0.0.1:0"}},
	} {
		c.Name = "n"
		if s, err := server.Start(c); err == nil {
			s.Close()
			t.Error(name, "starts")
		}
	}
}

func TestAGroupWhoseMCUDiedIsSweptOffTheList(t *testing.T) {
	n := newSite(t)
	list, err := registry.Open(t.Context(), n.keeper.NATS(), "")
	if err != nil {
		t.Fatal(err)
	}
	err = list.Change(t.Context(), "north", "g9", func(r *registry.Record) error { return r.Enlist("a", 1, nil, time.Now()) })
	if err != nil {
		t.Fatal(err)
	}
	n.serve(t, mcu("g1", "a"), &bustest.Group{Branch: "north", Name: "g1", Epoch: 1})
	ctx, cancel := context.WithCancel(t.Context())
	var sweeping sync.WaitGroup
	sweeping.Go(func() { _ = bus.SweepSooner(ctx, n.keeper, 2500*time.Millisecond) })
	t.Cleanup(func() { cancel(); sweeping.Wait() })
	d := n.directory(t, client("a"))
	eventually(t, "both are listed", func() bool { return len(d.Records()) == 2 })
	eventually(t, "the dead one is off the list", func() bool { r := d.Records(); return len(r) == 1 && r[0].Group == "g1" })
}
