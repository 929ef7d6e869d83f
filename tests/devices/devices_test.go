//go:build linux

package devices

import (
	"bytes"
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

	"github.com/strongroom-pos/strongroom/internal/estate/pcscbox"
	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/internal/virtualcard/elementapplet"
	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/auditor"
	"github.com/strongroom-pos/strongroom/secureworld/element/conformance"
	"github.com/strongroom-pos/strongroom/secureworld/element/identity"
	"github.com/strongroom-pos/strongroom/secureworld/element/identity/authority"
	"github.com/strongroom-pos/strongroom/secureworld/element/overseer"
	"github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/pool"
	"github.com/strongroom-pos/strongroom/secureworld/element/stdlib/engine"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/token/tokentest"
)

func TestMain(m *testing.M) {
	pcscbox.RunIfChild()
	os.Exit(m.Run())
}

// generous is what anything may take at most on a machine that is busy.
const generous = 10 * time.Second

// site is one group's keys, authorities and folder.
type site struct {
	*testing.T
	folder                 string
	manufacturer, operator *authority.Authority
	world                  *conformance.World
}

func newSite(t *testing.T) *site {
	t.Helper()
	folder, err := os.MkdirTemp("", "devices") //nolint:usetesting // short: the path of a socket has 107 bytes
	check(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	s := &site{T: t, folder: folder}
	s.manufacturer, err = authority.New("manufacturer")
	check(t, err)
	s.operator, err = authority.New("operator")
	check(t, err)
	s.world, err = conformance.NewWorld(11, nil)
	check(t, err)
	keys, err := json.Marshal(s.world.File)
	check(t, err)
	check(t, os.WriteFile(s.path("keys"), keys, 0o600))
	check(t, os.WriteFile(s.path("kbpk"), s.world.KBPK, 0o600))
	for _, name := range []string{"stdlib", "smartcard", "pkcs11", "mcu"} {
		c := exec.CommandContext(t.Context(), "go", "build", "-o", s.path("program-"+name), "../../secureworld/element/"+name)
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("building %s: %v\n%s", name, err, out)
		}
	}
	return s
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (s *site) path(name string) string { return filepath.Join(s.folder, name) }

// member starts an element of a make and waits for its socket.
func (s *site) member(name string, args ...string) (socket string) {
	s.Helper()
	check(s.T, authority.WriteElement(s.path(name), name, name, s.manufacturer, s.operator))
	return s.start(name, append(args, "-member", s.path(name))...)
}

func (s *site) start(name string, args ...string) (socket string) {
	s.Helper()
	socket = s.path(name + ".sock")
	var says bytes.Buffer
	c := exec.Command(s.path("program-"+name), append([]string{"-socket", socket}, args...)...)
	c.Stderr = &says
	check(s.T, c.Start())
	s.Cleanup(func() {
		_ = c.Process.Signal(syscall.SIGTERM)
		if _ = c.Wait(); s.Failed() {
			s.Logf("%s: %s", name, says.String())
		}
	})
	s.until(name+" listens", func() bool {
		info, err := os.Stat(socket)
		return err == nil && info.Mode().Type() == os.ModeSocket
	})
	return socket
}

func (s *site) until(what string, f func() bool) {
	s.Helper()
	for limit := time.Now().Add(generous); time.Now().Before(limit); time.Sleep(5 * time.Millisecond) {
		if f() {
			return
		}
	}
	s.Fatalf("waited in vain: %s", what)
}

// card puts a virtual card into a private reader, for which it sets the
// environment.
func (s *site) card() *virtualcard.Insertion {
	s.Helper()
	box, err := pcscbox.Start(s.Context(), s.path("pcsc"), []string{os.Args[0]})
	check(s.T, err)
	s.Cleanup(box.Stop)
	s.Setenv("PCSCLITE_CSOCK_NAME", box.SocketPath())
	c, err := elementapplet.New(s.world.KBPK, element.KeyFile{}, elementapplet.Pace{})
	check(s.T, err)
	i, err := virtualcard.InsertPlayer(s.Context(), box.SlotAddress(0), c)
	check(s.T, err)
	s.Cleanup(i.Pull)
	return i
}

// token makes one and loads it.
func (s *site) token() []string {
	s.Helper()
	check(s.T, os.WriteFile(s.path("pin"), []byte(tokentest.PIN), 0o600))
	place := []string{"-module", tokentest.Store(s.T, "element"), "-token", "element", "-pin", s.path("pin")}
	load := append([]string{"-load", "-keys", s.path("keys"), "-kbpk", s.path("kbpk")}, place...)
	if out, err := exec.CommandContext(s.Context(), s.path("program-pkcs11"), load...).CombinedOutput(); err != nil {
		s.Fatalf("loading the token: %v\n%s", err, out)
	}
	return place
}

// picture is what the MCU sees.
func (s *site) picture(mcu overseer.Link) (p door.Picture) {
	ctx, cancel := context.WithTimeout(s.Context(), time.Second)
	defer cancel()
	kind, body, err := mcu.Do(ctx, door.KindView, nil)
	var v door.Viewed
	if err == nil && kind == door.KindView|door.KindAnswer && frame.Parse(body, &v) == nil {
		_ = json.Unmarshal(v.Picture, &p) // an empty one is not what anyone waits for
	}
	return p
}

func healthy(p door.Picture) (n int) {
	for _, m := range p.Members {
		if m.Health == "healthy" {
			n++
		}
	}
	return n
}

func TestACardAndATokenAreMembersOfAGroup(t *testing.T) {
	s := newSite(t)
	card := s.card()
	sockets := []string{
		s.member("stdlib", "-keys", s.path("keys"), "-kbpk", s.path("kbpk")),
		s.member("smartcard", "-keys", s.path("keys"), "-reader", pcscbox.ReaderName),
		s.member("pkcs11", s.token()...),
	}
	check(t, authority.WriteMCU(s.path("mcu"), "g", s.manufacturer, s.operator))
	mcu := s.start("mcu", "-branch", "test", "-group", "g", "-mode", "quorum", "-elements", strings.Join(sockets, ","),
		"-mcu", s.path("mcu"), "-evidence", s.path("evidence"))
	view := overseer.Dial(mcu)
	s.until("three serve", func() bool { p := s.picture(view); return p.State == "serving" && healthy(p) == 3 })
	client := s.client(mcu)
	s.ask(client, 40)
	// A token opens no key block, so the group does not offer what its other members do.
	block := element.LoadKeyBlock{KEK: s.world.KEK(), Block: s.world.ZoneBlock()}
	if _, err := client.LoadKeyBlock(t.Context(), block); err != element.CodeMalformed { //nolint:errorlint // the very code
		t.Errorf("a verb that one member lacks: %v", err)
	}
	if p := s.picture(view); p.Disagreements != 0 || healthy(p) != 3 {
		t.Errorf("%+v", p)
	}
	card.Pull() // the other two go on, and it is no lie to be absent
	s.ask(client, 20)
	if p := s.picture(view); p.Disagreements != 0 || p.Members[1].Wrong != 0 {
		t.Errorf("%+v", p)
	}
}

func (s *site) client(mcu string) *pool.Client {
	s.Helper()
	check(s.T, authority.WriteClient(s.path("client"), "client", s.manufacturer, s.operator))
	who, err := identity.LoadClient(s.path("client"))
	check(s.T, err)
	carriers := []pool.Carrier{pool.Dial(mcu)}
	c, err := pool.NewClient(pool.Config{Identity: who, Groups: func() []pool.Carrier { return carriers }})
	check(s.T, err)
	s.Cleanup(c.Close)
	return c
}

// ask asks n questions of each verb that a card does, and wants what the Go make
// says alone.
func (s *site) ask(client *pool.Client, n int) {
	s.Helper()
	truth, wipe, err := engine.Open(s.world.File, s.world.KBPK)
	check(s.T, err)
	defer wipe()
	for _, kind := range []element.Kind{element.KindOpenAccount, element.KindMACVerify, element.KindMACGenerate, element.KindTranslatePIN, element.KindPANReference} {
		questions, err := s.world.Questions(kind, n)
		check(s.T, err)
		for i, q := range questions {
			want := q.Ask(conformance.Make{Operations: truth})
			if bytes.Equal(want, []byte{element.KindRefusal, byte(element.CodeMalformed)}) {
				continue // no client can send it
			}
			ctx, cancel := context.WithTimeout(s.Context(), generous)
			got, err := auditor.Ask(ctx, client, q.Kind, q.Body)
			cancel()
			if err != nil || !bytes.Equal(content(truth, q, got), content(truth, q, want)) {
				s.Fatalf("question %d of verb %02X: %s, not %s: %v", i, kind, outcome(got), outcome(want), err)
			}
		}
	}
}

// content is what two right answers have in common: of a translated block, the
// offset of its PIN.
func content(truth element.Operations, q conformance.Question, answer []byte) []byte {
	var r element.TranslatePIN
	if q.Kind != element.KindTranslatePIN || len(answer) != 17 || frame.Parse(q.Body, &r) != nil {
		return answer
	}
	o, err := truth.PINOffset(element.PINOffset{Block: element.PINBlock(answer[1:]), PAN: r.PAN})
	return fmt.Append(nil, o.Offset, err)
}

func outcome(answer []byte) string {
	if len(answer) == 2 && answer[0] == element.KindRefusal {
		return element.Code(answer[1]).String()
	}
	return fmt.Sprintf("%d bytes", len(answer))
}
