//go:build linux

package applications

import (
	"encoding/binary"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/command"
	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/bureau"
	"github.com/strongroom-pos/strongroom/internal/estate/ceremony"
	"github.com/strongroom-pos/strongroom/internal/estate/estatetest"
	"github.com/strongroom-pos/strongroom/internal/estate/pcscbox"
	"github.com/strongroom-pos/strongroom/internal/estate/till"
	"github.com/strongroom-pos/strongroom/secureworld/control"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/signing"
	loyalty "github.com/strongroom-pos/strongroom/secureworld/ta/loyalty/call"
	"github.com/strongroom-pos/strongroom/tests/internal/secureside"
)

func TestMain(m *testing.M) {
	pcscbox.RunIfChild()
	code := m.Run()
	estatetest.Remove()
	os.Exit(code)
}

// shop is a lane with its operator's door, and an app world of our own.
type shop struct {
	*testing.T
	lane   *estate.Lane
	door   *control.Client
	app    *mailbox.Client
	whole  *testing.T
	signer signing.Manufacturer

	version uint64 // of what was installed again
}

// open brings a lane up, or returns nil where this machine cannot.
func open(t *testing.T) *shop {
	t.Helper()
	programs := estatetest.Programs(t)
	if programs == "" {
		return nil
	}
	l, err := estate.Start(t.Context(), estate.Options{Programs: programs, Home: t.TempDir(), Misbehaviour: estate.WellBehaved()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Stop(); err != nil {
			t.Error(err)
		}
	})
	s := &shop{T: t, whole: t, lane: l}
	if s.signer, err = ceremony.Manufacturer(l.Home); err != nil {
		t.Fatal(err)
	}
	if s.door, err = control.Dial(l.Control); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.door.Close() })
	s.license(programs)
	s.connect()
	return s
}

// in runs a part of a test.
func (s *shop) in(name string, f func()) {
	s.whole.Run(name, func(t *testing.T) {
		s.T = t
		defer func() { s.T = s.whole }()
		f()
	})
}

// license makes this very program an app world of the lane, with the libraries that
// boot finds mapped into it.
func (s *shop) license(programs string) {
	s.Helper()
	paths, err := secureside.Libraries()
	if err != nil {
		s.Fatal(err)
	}
	var ours [][]byte
	for _, path := range append(paths, "/proc/self/exe") {
		b, err := os.ReadFile(path)
		if err != nil {
			s.Fatal(err)
		}
		ours = append(ours, b)
	}
	files, _, err := estate.Sign(s.lane.Home, estate.Issue{Programs: programs, Change: func(r *signing.Release) { r.AppWorld = append(r.AppWorld, ours...) }})
	if err != nil {
		s.Fatal(err)
	}
	if _, err := s.door.Submit(control.KindLicence, command.Contents(map[string][]byte{"licence": files["licence"]})); err != nil {
		s.Fatal(err)
	}
}

// connect opens a session, as soon as a kernel serves.
func (s *shop) connect() {
	s.Helper()
	for range 200 {
		conn, err := net.Dial("unix", s.lane.Mailbox())
		if err == nil {
			s.app = mailbox.NewClient(conn)
			if err = s.app.Ping(1); err == nil {
				app := s.app
				s.whole.Cleanup(func() { _ = app.Close() })
				return
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.Fatal("the mailbox does not answer")
}

// built compiles a trusted application as make build does.
func built(t *testing.T, path string) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "app.wasm")
	build := exec.Command("go", "build", "-trimpath", "-buildmode=c-shared", "-o", out, path)
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0", "GOFIPS140=off")
	if told, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, told)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func validity() signing.Validity {
	return signing.Validity{From: time.Now().Add(-time.Hour), Until: time.Now().Add(time.Hour)}
}

// example is the loyalty application as its developer asks for it.
func example(version uint64, module []byte) signing.Application {
	return signing.Application{Name: "loyalty", Version: version, Module: module, Permissions: []string{"card-identifier", "storage"}}
}

// install signs an application and hands it in.
func (s *shop) install(a signing.Application) error {
	s.Helper()
	return s.installSigned(s.signer, a)
}

func (s *shop) installSigned(m signing.Manufacturer, a signing.Application) error {
	s.Helper()
	statement, countersignature, err := m.SignApplication(a, validity())
	if err != nil {
		s.Fatal(err)
	}
	files := map[string][]byte{a.Name + ".wasm": a.Module, a.Name + ".statement": statement}
	if countersignature != nil {
		files[a.Name+".countersignature"] = countersignature
	}
	_, err = s.door.Submit(control.KindApplication, command.Contents(files))
	return err
}

// pays sells with a card.
func (s *shop) pays(card bureau.Card, amount int64) payment.ID {
	s.Helper()
	p, err := s.lane.Sell(s.Context(), estate.Sale{Request: till.Request{Amount: amount, Currency: "EUR"}, Card: card})
	if err != nil || p.Outcome != "approved" {
		s.Fatalf("%+v, %v", p, err)
	}
	id, err := payment.ParseID(p.ID)
	if err != nil {
		s.Fatal(err)
	}
	return id
}

func (s *shop) card(name string) bureau.Card {
	s.Helper()
	c, err := s.lane.NewCard(s.Context(), bureau.Order{Name: name, Balance: 100_000})
	if err != nil {
		s.Fatal(err)
	}
	return c
}

// points of the card that made a payment, as soon as the application has heard of it.
func (s *shop) points(id payment.ID) uint64 {
	s.Helper()
	for range 100 {
		answer, code, err := s.app.Invoke("loyalty", loyalty.OpPoints, id[:])
		if err != nil && !refusedAs(err, mailbox.CodeQuota) {
			s.Fatal(err)
		}
		if err == nil && code == 0 {
			return binary.BigEndian.Uint64(answer)
		}
		time.Sleep(100 * time.Millisecond)
	}
	s.Fatal("the application has not heard of the payment")
	return 0
}

func refusedAs(err error, code mailbox.Code) bool {
	var r *mailbox.RefusedError
	return errors.As(err, &r) && r.Code == code
}

// told is how an application stands.
func (s *shop) told(name string) (mailbox.Inspected, bool) {
	s.Helper()
	all, err := s.app.Applications()
	if err != nil {
		s.Fatal(err)
	}
	for _, a := range all {
		if string(a.Name) == name {
			return a, true
		}
	}
	return mailbox.Inspected{}, false
}
