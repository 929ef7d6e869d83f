package pool

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/auditor/inspect"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/server"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/subject"
	"github.com/strongroom-pos/strongroom/secureworld/element/identity"
	"github.com/strongroom-pos/strongroom/secureworld/element/identity/authority"
	"github.com/strongroom-pos/strongroom/secureworld/element/pool"
	"github.com/strongroom-pos/strongroom/secureworld/element/reach"
)

// star is a hub and who may use it.
type star struct {
	*site
	address string
	seeds   map[string]string // by role
	hub     *exec.Cmd
}

// newStar gives each role a seed of its own; the hub is not started yet.
func newStar(s *site, roles ...subject.Role) *star {
	s.Helper()
	l, err := (&net.ListenConfig{}).Listen(s.Context(), "tcp", "127.0.0.1:0")
	check(s.T, err)
	star := &star{site: s, address: l.Addr().String(), seeds: map[string]string{}}
	check(s.T, l.Close())
	var users []server.User
	for _, r := range roles {
		user, path := s.seed(r)
		users, star.seeds[r.String()] = append(users, user), path
	}
	b, err := json.Marshal(users)
	check(s.T, err)
	check(s.T, os.WriteFile(s.path("users"), b, 0o600))
	star.certify()
	return star
}

// certify makes the hub's certificate, which is its own authority.
func (s *star) certify() {
	s.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	check(s.T, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	check(s.T, err)
	key, err := x509.MarshalPKCS8PrivateKey(private)
	check(s.T, err)
	check(s.T, os.WriteFile(s.path("hub.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	check(s.T, os.WriteFile(s.path("hub.key"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), 0o600))
}

// rise starts the hub, again too, and waits until it tells of the star.
func (s *star) rise() {
	s.Helper()
	_ = os.Remove(s.path("view"))
	s.hub = s.spawn("hub", "-name", "centre", "-listen", s.address, "-users", s.path("users"), "-folder", s.path("registry"),
		"-domain", "centre", "-view", s.path("view"), "-cert", s.path("hub.pem"), "-key", s.path("hub.key"), "-ca", s.path("hub.pem"))
	s.until("the hub tells of the star", func() bool { _, err := os.Stat(s.path("view")); return err == nil })
}

// spawn runs a program until the test ends.
func (s *site) spawn(program string, args ...string) *exec.Cmd {
	s.Helper()
	c := exec.Command(filepath.Join(built, program), args...) //nolint:gosec,noctx // own programs
	check(s.T, c.Start())
	s.Cleanup(func() { end(c) })
	return c
}

// say runs a program to its end and returns what it printed.
func (s *site) say(program string, args ...string) string {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), patient)
	defer cancel()
	c := exec.CommandContext(ctx, filepath.Join(built, program), args...)
	var out, diagnostics bytes.Buffer
	c.Stdout, c.Stderr = &out, &diagnostics
	if err := c.Run(); err != nil {
		s.Fatalf("%s %s: %v\n%s", program, args[0], err, diagnostics.String())
	}
	return out.String()
}

// shows waits until the operator's command shows the star so.
func (s *star) shows(what ...string) {
	s.Helper()
	var last string
	defer func() {
		if s.Failed() {
			s.Log(last)
		}
	}()
	s.until("strongroom elements shows "+strings.Join(what, ", "), func() bool {
		last = s.say("strongroom", "elements", "-star", s.path("view"))
		for _, w := range what {
			if !strings.Contains(last, w) {
				return false
			}
		}
		return true
	})
}

// Two groups in two branches, a client, an auditor and a hub, all programs. The hub
// comes last and dies once; then all of one group lie together.
func TestAStarLosesNothingWithItsHubAndLeavesALyingGroupOut(t *testing.T) {
	s := newSite(t)
	north := subject.Role{Kind: subject.MCU, Name: "mcu", Branch: "north", Group: "one"}
	south := subject.Role{Kind: subject.MCU, Name: "mcu", Branch: "south", Group: "two"}
	host, audit := subject.Role{Kind: subject.Client, Name: "host"}, subject.Role{Kind: subject.Auditor, Name: "audit"}
	n := newStar(s, north, south, host, audit)
	url := "nats://" + n.address
	groups := []*group{
		s.group("one", "quorum", makes(), "-branch", "north", "-nats", url, "-nats-seed", n.seeds[north.String()], "-nats-ca", s.path("hub.pem")),
		s.group("two", "quorum", conspiracy(), "-branch", "south", "-nats", url, "-nats-seed", n.seeds[south.String()], "-nats-ca", s.path("hub.pem")),
	}
	for _, g := range groups {
		g.serving(3) // by their sockets, without a bus
	}
	way, err := reach.Open(t.Context(), reach.Flags{Star: url, Seed: n.seeds[host.String()], Authority: s.path("hub.pem"), Name: "host"}, subject.Client, nil)
	check(t, err)
	t.Cleanup(way.Close)
	client := s.clientOf("client", way.Carriers)
	n.rise()
	s.until("both groups are found", func() bool { return len(way.Groups()) == 2 })
	n.shows("branch north", "group one: serving, quorum", "branch south", "group two: serving, quorum", "stdlib", "gcrypt", "nettle")

	f := newBook(t, s.world).ask(t, client)
	f.more(s, 400)
	end(n.hub)
	n.rise()
	f.more(s, 400)
	f.hold(t, result{Case: "the hub is killed", Found: "nothing is lost"})

	s.start("gcrypt", s.path("lone.sock"), "-keys", s.path("keys"), "-kbpk", s.path("kbpk"))
	canaries := s.say("auditor", "make", "-element", s.path("lone.sock"), "-ksn", unused)
	check(t, os.WriteFile(s.path("canaries"), []byte(canaries), 0o600))
	check(t, os.Mkdir(s.path("findings"), 0o700))
	s.spawn("auditor", "-star", url, "-star-seed", n.seeds[audit.String()], "-star-ca", s.path("hub.pem"), "-star-name", "audit", "-client", s.path("client"),
		"-canaries", s.path("canaries"), "-evidence", s.path("findings"), "-every", "100ms")
	turned := s.turn()
	n.shows("group two: suspected", "! suspected by audit: south/two answers", "group one: serving")
	s.until("one group is asked", func() bool { return len(way.Groups()) == 1 && way.Groups()[0].Name == "north/one" })
	found := time.Since(turned)
	f = newBook(t, s.world).ask(t, client)
	f.more(s, 200)
	f.hold(t, result{Case: "three lie together, in a star", Found: "by the auditor's program, of canaries", FoundMS: ms(found)})
	s.proven()

	s.say("auditor", "clear", "-star", url, "-star-seed", n.seeds[audit.String()], "-star-ca", s.path("hub.pem"), "-star-name", "audit", "south/two")
}

// proven reads the auditor's evidence as a third party does.
func (s *site) proven() {
	s.Helper()
	files, err := filepath.Glob(filepath.Join(s.path("findings"), "*.json"))
	check(s.T, err)
	if len(files) == 0 {
		s.Fatal("no evidence was kept")
	}
	for _, file := range files {
		told := s.say("auditor", "verify", "-client", s.path("client"), file)
		if !strings.Contains(told, "south/two answered") || !strings.Contains(told, "canary") || !strings.Contains(told, "group two, epoch") {
			s.Errorf("%s", told)
		}
	}
}

// unused is under the terminals' base derivation key, and no terminal's.
const unused = "11112222fffffff0"

// What the acquirer does with -cross-check: its own answers are checked, the group that
// lies as one is named and asked no more, and the rest goes on.
func TestAClientThatChecksItsAnswersLeavesALyingGroupOut(t *testing.T) {
	s := newSite(t)
	var sockets []string
	for i, elements := range [][]element{conspiracy(), makes(), makes()} {
		g := s.group([]string{"one", "two", "three"}[i], "quorum", elements)
		g.serving(3)
		sockets = append(sockets, "test/"+g.name+"="+g.socket)
	}
	way, err := reach.Open(t.Context(), reach.Flags{MCUs: strings.Join(sockets, ",")}, subject.Client, nil)
	check(t, err)
	t.Cleanup(way.Close)
	check(t, authority.WriteClient(s.path("host"), "host", s.manufacturer, s.operator))
	who, err := identity.LoadClient(s.path("host"))
	check(t, err)
	check(t, os.Mkdir(s.path("findings"), 0o700))
	config := pool.Config{Identity: who, Groups: way.Carriers}
	i, err := inspect.New(inspect.Config{
		Way: way, Pool: config, Share: 0.05, Every: time.Minute, Folder: s.path("findings"), Log: slog.New(slog.DiscardHandler),
	})
	check(t, err)
	config.Saw = i.Saw
	client, err := pool.NewClient(config)
	check(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); i.Run(ctx) }()
	t.Cleanup(func() { client.Close(); cancel(); <-done; i.Close() })

	f := newBook(t, s.world).ask(t, client)
	f.more(s, 200)
	turned := s.turn()
	s.until("two groups are left", func() bool { return len(way.Groups()) == 2 })
	found := time.Since(turned)
	for _, g := range way.Groups() {
		if g.Name == "test/one" {
			t.Error("the liars are still asked")
		}
	}
	f.stop()
	results.add(t, result{
		Case: "three lie together", Found: "by a client that checks 5 %", FoundMS: ms(found),
		Answers: f.count(), Wrong: f.wrongs(), Lost: f.lost, WorstMS: ms(f.worst), Released: uint64(f.wrongs()),
	})
	f = newBook(t, s.world).ask(t, client)
	f.more(s, 200)
	f.hold(t, result{Case: "three lie together", Found: "left out by that client"})
	files, err := filepath.Glob(filepath.Join(s.path("findings"), "*.json"))
	check(t, err)
	if len(files) == 0 {
		t.Fatal("no evidence was kept")
	}
	if told := s.say("auditor", "verify", "-client", s.path("host"), files[0]); !strings.Contains(told, "host states") || strings.Contains(told, "question") {
		t.Error(told) // a payment's question is in no evidence
	}
}
