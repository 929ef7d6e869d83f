package gateway_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/host"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/hostframe"
	"github.com/strongroom-pos/strongroom/acquirer/internal/gateway"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testdb"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testlane"
	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
)

// patience is what a test waits for an answer; silence for one that must not come.
const (
	patience = 10 * time.Second
	silence  = 300 * time.Millisecond
)

// site is a whole acquirer on real sockets.
type site struct {
	testing.TB
	lane     *testlane.Lane
	host     *host.Host
	gateway  *gateway.Gateway
	ca       *authority
	address  string
	db       string
	stop     func()
	terminal *testlane.Terminal
}

func newSite(tb testing.TB) *site {
	tb.Helper()
	s := &site{TB: tb, lane: testlane.Start(tb), ca: newAuthority(tb), db: testdb.Name(tb)}
	s.terminal = s.lane.NewTerminal(tb, 0)
	s.start()
	tb.Cleanup(func() { s.stop() })
	return s
}

func (s *site) start() {
	s.Helper()
	h, err := host.Open(context.Background(), host.Config{Database: s.db, Terminals: s.lane.Terminals(64), Elements: s.lane.Client, Now: time.Now})
	must(s, err)
	config := &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{s.ca.issue(s, "acquirer", x509.ExtKeyUsageServerAuth)}, ClientCAs: s.ca.pool()}
	s.host, s.gateway = h, gateway.New(h, config, slog.New(slog.DiscardHandler))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(s, err)
	s.address = l.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = s.gateway.Serve(ctx, l) }()
	s.stop = sync.OnceFunc(func() { cancel(); <-done; _ = h.Close() })
}

func (s *site) card(pan, pin string, balance int64, sc provisioning.Scenario) *testlane.Card {
	s.Helper()
	c, p := s.lane.NewCard(s, pan, pin, balance, sc)
	must(s, s.host.AddCards(context.Background(), []provisioning.Card{p}))
	return c
}

func (s *site) fault(f gateway.Fault) {
	s.Helper()
	must(s, s.gateway.Fault(f))
}

// dial connects with a certificate for name.
func (s *site) dial(name string) *tls.Conn {
	s.Helper()
	c, err := tls.Dial("tcp", s.address, &tls.Config{
		MinVersion: tls.VersionTLS13, RootCAs: s.ca.pool(), ServerName: "acquirer",
		Certificates: []tls.Certificate{s.ca.issue(s, name, x509.ExtKeyUsageClientAuth)},
	})
	must(s, err)
	s.Cleanup(func() { _ = c.Close() })
	return c
}

func (s *site) send(c net.Conn, m testlane.Message) {
	s.Helper()
	must(s, hostframe.Write(c, m.Frame))
}

func (s *site) receive(c net.Conn) []byte {
	s.Helper()
	must(s, c.SetReadDeadline(time.Now().Add(patience)))
	b, err := hostframe.Read(c)
	must(s, err)
	return b
}

// hears reports whether anything comes within the time of silence.
func (s *site) hears(c net.Conn) bool {
	s.Helper()
	must(s, c.SetReadDeadline(time.Now().Add(silence)))
	_, err := hostframe.Read(c)
	return err == nil
}

func (s *site) closed(c net.Conn) bool {
	s.Helper()
	must(s, c.SetReadDeadline(time.Now().Add(patience)))
	_, err := hostframe.Read(c)
	return err != nil && !errors.Is(err, os.ErrDeadlineExceeded)
}

func (s *site) wants(c net.Conn, m testlane.Message, response string) {
	s.Helper()
	s.send(c, m)
	if a := s.terminal.Check(s, m, s.receive(c)); a.String(39) != response {
		s.Fatalf("answer %s, want %s", a.String(39), response)
	}
}

func (s *site) net(m testlane.Message) int64 {
	s.Helper()
	p, err := s.host.Payment(context.Background(), s.terminal.ID, m.Fields.String(37))
	must(s, err)
	if p.LedgerNet != p.IssuerNet {
		s.Fatalf("ledger %d, issuer %d", p.LedgerNet, p.IssuerNet)
	}
	return p.LedgerNet
}

func TestASaleOverMutualTLS(t *testing.T) {
	s := newSite(t)
	card := s.card(testlane.PAN1, "1234", 10_000, provisioning.ScenarioApprove)
	c := s.dial(s.terminal.ID)
	must(t, hostframe.Write(c, nil)) // a keep-alive is no message
	s.wants(c, s.terminal.Network(t, hostspec.NetworkSignOn, make([]byte, 40)), hostspec.ResponseApproved)
	m := s.terminal.Sale(t, card, 1299, card.PIN)
	s.wants(c, m, hostspec.ResponseApproved)
	if s.net(m) != 1299 {
		t.Error("not booked")
	}
	s.wants(c, s.terminal.Reversal(t, hostspec.MTIReversal, m), hostspec.ResponseApproved)
	if s.net(m) != 0 {
		t.Error("not taken back")
	}
}

func TestUncertifiedPeersAreRefused(t *testing.T) {
	s := newSite(t)
	stranger := newAuthority(t)
	for why, config := range map[string]*tls.Config{
		"no certificate":       {},
		"another authority":    {Certificates: []tls.Certificate{stranger.issue(t, s.terminal.ID, x509.ExtKeyUsageClientAuth)}},
		"a server certificate": {Certificates: []tls.Certificate{s.ca.issue(t, s.terminal.ID, x509.ExtKeyUsageServerAuth)}},
		"TLS 1.2":              {MaxVersion: tls.VersionTLS12, Certificates: []tls.Certificate{s.ca.issue(t, s.terminal.ID, x509.ExtKeyUsageClientAuth)}},
	} {
		config.RootCAs, config.ServerName = s.ca.pool(), "acquirer"
		c, err := tls.Dial("tcp", s.address, config)
		if err != nil {
			continue // refused within the handshake
		}
		if !s.closed(c) {
			t.Errorf("%s: accepted", why)
		}
		_ = c.Close()
	}
}

func TestAnotherTerminalsCertificateIsCutOff(t *testing.T) {
	s := newSite(t)
	card := s.card(testlane.PAN1, "1234", 10_000, provisioning.ScenarioApprove)
	c := s.dial("TERM0002")
	m := s.terminal.Sale(t, card, 100, card.PIN)
	s.send(c, m)
	if !s.closed(c) || s.net(m) != 0 {
		t.Error("accepted")
	}
}

func TestAWrongMACAndGarbageAreCutOffAndTheNextSaleWorks(t *testing.T) {
	s := newSite(t)
	card := s.card(testlane.PAN1, "1234", 10_000, provisioning.ScenarioApprove)
	m := s.terminal.Sale(t, card, 100, card.PIN)
	m.Frame[len(m.Frame)-1] ^= 1
	for _, b := range [][]byte{m.Frame, []byte("GET / HTTP/1.1"), make([]byte, hostspec.MaxMessage)} {
		c := s.dial(s.terminal.ID)
		must(t, hostframe.Write(c, b))
		if !s.closed(c) {
			t.Error("the connection was kept")
		}
	}
	c := s.dial(s.terminal.ID)
	_, err := c.Write([]byte{0xFF, 0xFF, 1, 2, 3}) // longer than a frame may be
	must(t, err)
	if !s.closed(c) {
		t.Error("the connection was kept")
	}
	s.wants(s.dial(s.terminal.ID), s.terminal.Sale(t, card, 100, card.PIN), hostspec.ResponseApproved)
}

func TestSplitAndMergedFramesAreRead(t *testing.T) {
	s := newSite(t)
	c := s.dial(s.terminal.ID)
	var stream []byte
	var sent []testlane.Message
	for range 3 {
		m := s.terminal.Network(t, hostspec.NetworkEcho, nil)
		sent = append(sent, m)
		stream = append(append(stream, byte(len(m.Frame)>>8), byte(len(m.Frame))), m.Frame...)
	}
	for _, piece := range [][]byte{stream[:1], stream[1:50], stream[50:]} {
		_, err := c.Write(piece)
		must(t, err)
		time.Sleep(10 * time.Millisecond)
	}
	seen := map[string]bool{}
	for range sent {
		m, err := s.terminal.Codec.Unpack(s.receive(c))
		must(t, err)
		seen[m.String(11)] = true
	}
	if len(seen) != 3 {
		t.Errorf("%d answers to three questions", len(seen))
	}
}

func TestFaultsThatBookNothing(t *testing.T) {
	s := newSite(t)
	card := s.card(testlane.PAN1, "1234", 10_000, provisioning.ScenarioApprove)
	c := s.dial(s.terminal.ID)
	s.fault(gateway.Fault{Kind: gateway.FaultSilent, Count: 1})
	m := s.terminal.Sale(t, card, 100, card.PIN)
	s.send(c, m)
	c2 := s.dial(s.terminal.ID)
	if s.hears(c) || s.net(m) != 0 {
		t.Error("a silent host answered or booked")
	}
	s.wants(c2, s.terminal.Reversal(t, hostspec.MTIReversal, m), hostspec.ResponseNoOriginal)
	s.fault(gateway.Fault{Kind: gateway.FaultClose, Count: 1})
	m = s.terminal.Sale(t, card, 100, card.PIN)
	s.send(c2, m)
	if !s.closed(c2) || s.net(m) != 0 {
		t.Error("the connection was kept, or the sale booked")
	}
}

func TestACrashBetweenBookingAndAnswerIsReversed(t *testing.T) {
	s := newSite(t)
	card := s.card(testlane.PAN1, "1234", 10_000, provisioning.ScenarioApprove)
	for _, kind := range []gateway.FaultKind{gateway.FaultDropAfterBooking, gateway.FaultCloseAfterBooking} {
		s.fault(gateway.Fault{Kind: kind, Count: 1})
		c := s.dial(s.terminal.ID)
		m := s.terminal.Sale(t, card, 100, card.PIN)
		s.send(c, m)
		s.eventually(func() bool { return s.net(m) == 100 })
		s.stop() // the host goes down and comes back with its database
		s.start()
		c = s.dial(s.terminal.ID)
		s.wants(c, m, hostspec.ResponseApproved) // the same bytes: the stored answer
		s.wants(c, s.terminal.Reversal(t, hostspec.MTIReversal, m), hostspec.ResponseApproved)
		if s.net(m) != 0 {
			t.Error("not taken back")
		}
	}
}

func TestFaultsOfTheAnswer(t *testing.T) {
	s := newSite(t)
	card := s.card(testlane.PAN1, "1234", 10_000, provisioning.ScenarioApprove)
	c := s.dial(s.terminal.ID)
	answer := func(kind gateway.FaultKind) (testlane.Message, []byte) {
		s.fault(gateway.Fault{Kind: kind, Count: 1, DelayMillis: 50})
		m := s.terminal.Sale(t, card, 100, card.PIN)
		s.send(c, m)
		return m, s.receive(c)
	}
	m, b := answer(gateway.FaultWrongSTAN)
	if a := s.terminal.Check(t, m, b); a.String(11) == m.Fields.String(11) {
		t.Error("the trace number is right")
	}
	m, b = answer(gateway.FaultWrongMAC)
	b[len(b)-1] ^= 1
	s.terminal.Check(t, m, b)
	m, b = answer(gateway.FaultDuplicate)
	if string(s.receive(c)) != string(b) {
		t.Error("the second answer differs")
	}
	s.terminal.Check(t, m, b)
	_, b = answer(gateway.FaultDelay)
	if len(b) == 0 {
		t.Error("no late answer")
	}
	if s.hears(c) {
		t.Error("an answer too many")
	}
}

func TestSlowAndSilentIssuers(t *testing.T) {
	s := newSite(t)
	silent := s.card(testlane.PAN1, "1234", 10_000, provisioning.ScenarioSilent)
	wrong := s.card(testlane.PAN2, "1234", 10_000, provisioning.ScenarioWrongARPC)
	c := s.dial(s.terminal.ID)
	m := s.terminal.Sale(t, silent, 100, "1234")
	s.send(c, m)
	s.eventually(func() bool { return s.net(m) == 100 })
	m = s.terminal.Sale(t, wrong, 100, "1234")
	s.send(c, m)
	a := s.terminal.Check(t, m, s.receive(c)) // the first answer is the second sale's
	question, _ := m.Fields.Get(55)
	data, _ := a.Get(55)
	if a.String(39) != hostspec.ResponseApproved || wrong.Accepts(question, data) {
		t.Error("the card accepts a false tag 91")
	}
}

func TestConcurrentTerminalsKeepTheBooksBalanced(t *testing.T) {
	s := newSite(t)
	card, issued := s.lane.NewCard(t, testlane.PAN1, "1234", 1_000, provisioning.ScenarioApprove)
	issued.ForgetsATC = true // the terminals race with one card
	must(t, s.host.AddCards(context.Background(), []provisioning.Card{issued}))
	const terminals, sales = 4, 10
	approved := make(chan int64, terminals*sales)
	messages := make([][]testlane.Message, terminals)
	conns := make([]net.Conn, terminals)
	devices := make([]*testlane.Terminal, terminals)
	for i := range terminals {
		devices[i] = s.lane.NewTerminal(t, i)
		conns[i] = s.dial(devices[i].ID)
		for range sales {
			messages[i] = append(messages[i], devices[i].Sale(t, card, 70, card.PIN))
		}
	}
	var wg sync.WaitGroup
	for i := range terminals {
		wg.Go(func() {
			for _, m := range messages[i] {
				if hostframe.Write(conns[i], m.Frame) != nil {
					return
				}
				b, err := hostframe.Read(conns[i])
				if err != nil {
					return
				}
				if a, err := devices[i].Codec.Unpack(b); err == nil && a.String(39) == hostspec.ResponseApproved {
					approved <- 70
				}
			}
		})
	}
	wg.Wait()
	close(approved)
	total := int64(0)
	for a := range approved {
		total += a
	}
	l, err := s.host.Ledger(context.Background())
	must(t, err)
	if total != 980 || l.IssuerDebits != total || l.TrialBalance != 0 || l.Unbalanced != 0 || l.Cards[0].Balance != 1_000-total {
		t.Errorf("approved %d of a balance of 1000; books %+v", total, l)
	}
}

func TestControlReportsAndSetsFaults(t *testing.T) {
	s := newSite(t)
	server := httptest.NewServer(s.gateway.Control())
	t.Cleanup(server.Close)
	for body, want := range map[string]int{
		`{"kind":"silent","count":1,"mti":"0800"}`: http.StatusNoContent,
		`{"kind":"explode","count":1}`:             http.StatusBadRequest,
		`{"kind":"silent","count":-1}`:             http.StatusBadRequest,
		`{"knid":"silent"}`:                        http.StatusBadRequest,
		`nonsense`:                                 http.StatusBadRequest,
	} {
		r, err := http.Post(server.URL+"/fault", "application/json", strings.NewReader(body))
		must(t, err)
		_ = r.Body.Close()
		if r.StatusCode != want {
			t.Errorf("%s: status %d", body, r.StatusCode)
		}
	}
	c := s.dial(s.terminal.ID)
	s.send(c, s.terminal.Network(t, hostspec.NetworkEcho, nil))
	s.eventually(func() bool { return s.health().Faults[gateway.FaultSilent] == 1 }) // else the next one takes it
	s.wants(s.dial(s.terminal.ID), s.terminal.Network(t, hostspec.NetworkEcho, nil), hostspec.ResponseApproved)
	if s.hears(c) {
		t.Error("the fault was not in force")
	}
	r, err := http.Get(server.URL + "/health")
	must(t, err)
	defer r.Body.Close()
	var health gateway.Health
	if json.NewDecoder(r.Body).Decode(&health) != nil || !health.Ready || health.Answered != 1 {
		t.Errorf("health %+v", health)
	}
	for _, path := range []string{"/ledger", "/transactions", "/batches", "/payment?terminal_id=TERM0001&rrn=000000000001"} {
		r, err := http.Get(server.URL + path)
		must(t, err)
		_ = r.Body.Close()
		if r.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d", path, r.StatusCode)
		}
	}
}

func (s *site) eventually(ok func() bool) {
	s.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	s.Fatal("it did not happen")
}

func BenchmarkSale(b *testing.B) {
	s := newSite(b)
	card := s.card(testlane.PAN1, "1234", 1<<40, provisioning.ScenarioApprove)
	c := s.dial(s.terminal.ID)
	for b.Loop() {
		b.StopTimer()
		m := s.terminal.Sale(b, card, 100, card.PIN)
		b.StartTimer()
		s.wants(c, m, hostspec.ResponseApproved)
	}
}
