package httpapi_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/terminal/internal/httpapi"
	"github.com/strongroom-pos/strongroom/terminal/internal/journal"
	"github.com/strongroom-pos/strongroom/terminal/internal/pairing"
	"github.com/strongroom-pos/strongroom/terminal/internal/tlsca"
)

// tillSide is the terminal's side for tills.
type tillSide struct {
	listener net.Listener
	identity *tlsca.Identity
	desk     *pairing.Desk
	lan      httpapi.LAN
	host     string
	clock    *clock
}

// clock is that of pairing: it can be put on.
type clock struct {
	mu  sync.Mutex
	off time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.off)
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.off += d
}

func openTills(r *rig, j *journal.Journal) *tillSide {
	r.t.Helper()
	s := &tillSide{clock: &clock{}}
	clients, err := pairing.Load(j, s.clock.now)
	check(r.t, err)
	s.listener, err = net.Listen("tcp", "127.0.0.1:0")
	check(r.t, err)
	s.host = s.listener.Addr().String()
	s.identity, err = tlsca.Open(r.dir, tlsca.Names{Addresses: []netip.Addr{netip.MustParseAddr("127.0.0.1")}}, time.Now)
	check(r.t, err)
	s.desk = pairing.NewDesk(pairing.Config{Clients: clients, Now: s.clock.now, URL: "https://" + s.host, SPKI: s.identity.SPKI()})
	s.lan = httpapi.LAN{Hosts: []string{s.host}, Authority: s.identity.AuthorityPEM()}
	return s
}

func (s *tillSide) serve(h http.Handler, log *slog.Logger) (end func()) {
	server := httpapi.TLSServer(h, s.identity.Config(), log)
	go func() { _ = server.ServeTLS(httpapi.Bounded(httpapi.PerAddress(s.listener)), "", "") }() // ends by Close
	return func() { _ = server.Close() }
}

var errPin = errors.New("the terminal's key is not the one of the QR code")

// pinned is what a till has to do with the hash in a QR code: the certificate's chain
// and names are not asked, the key alone is, in every handshake.
func pinned(spki string) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS13, InsecureSkipVerify: true, NextProtos: []string{"h2", "http/1.1"},
		VerifyConnection: func(c tls.ConnectionState) error {
			if tlsca.Hash(c.PeerCertificates[0].RawSubjectPublicKeyInfo) != spki {
				return errPin
			}
			return nil
		}}
}

// till is a client on TLS that holds the terminal to a key.
type till struct {
	r      *rig
	base   string
	host   string // the Host header, if another
	from   string // a source address of loopback, if another
	token  string
	id     string
	client *http.Client
}

func (r *rig) till() *till { return r.tillFrom("127.0.0.1") }

// tillFrom is one whose socket has another address of this machine.
func (r *rig) tillFrom(from string) *till {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	tr := &http.Transport{TLSClientConfig: pinned(r.tills.identity.SPKI()), ForceAttemptHTTP2: true, DialContext: d.DialContext}
	r.t.Cleanup(tr.CloseIdleConnections)
	return &till{r: r, base: "https://" + r.tills.host, client: &http.Client{Transport: tr}}
}

func (c *till) try(method, path, body string, header ...string) (answer, error) {
	return c.within(c.r.t.Context(), method, path, body, header...)
}

func (c *till) within(ctx context.Context, method, path, body string, header ...string) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader([]byte(body)))
	if err != nil {
		return answer{}, err
	}
	req.Host = c.host
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := c.client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, b}, err
}

// call makes a request and holds the answer to openapi.json.
func (c *till) call(method, path, body string, header ...string) answer {
	c.r.t.Helper()
	a, err := c.try(method, path, body, header...)
	check(c.r.t, err)
	conforms(c.r.t, method, path, a)
	return a
}

type pairingView struct {
	ID, Name, Status, Code, URI, Token, From string
	Scopes                                   []string
	ClientID                                 string `json:"client_id"`
	TriesLeft                                int    `json:"tries_left"`
}

func (a answer) pairing(t *testing.T) pairingView {
	t.Helper()
	var v pairingView
	if err := json.Unmarshal(a.body, &v); err != nil {
		t.Fatalf("%d %s", a.status, a.body)
	}
	return v
}

// current is what the page shows.
func (r *rig) current() pairingView {
	r.t.Helper()
	var v struct{ Request pairingView }
	check(r.t, json.Unmarshal(r.call("GET", "/v1/pairing/requests/current", "").body, &v))
	return v.Request
}

// ask begins a request as a till does.
func (c *till) ask(name, scopes string) answer {
	c.r.t.Helper()
	return c.call("POST", "/v1/pairing/requests", `{"name":"`+name+`","scopes":[`+scopes+`]}`)
}

// paired is a till that has gone the whole way: it asked, the merchant confirmed, and
// it scanned the QR code.
func (r *rig) paired(name, scopes string) *till {
	r.t.Helper()
	c := r.till()
	id := c.ask(name, scopes).pairing(r.t).ID
	r.expect(r.call("POST", "/v1/pairing/requests/"+id+"/confirm", ""), 200, "")
	link, err := pairing.ParseLink(r.current().URI)
	check(r.t, err)
	if link.ID != id || link.SPKI != r.tills.identity.SPKI() || link.URL != c.base {
		r.t.Fatalf("the QR code says %+v", link)
	}
	a := c.call("POST", "/v1/pairing/requests/"+id+"/complete", `{"secret":"`+link.Secret+`"}`)
	r.expect(a, 201, "")
	c.token, c.id = a.pairing(r.t).Token, a.pairing(r.t).ClientID
	return c
}

func pool(t *testing.T, pem []byte) *x509.CertPool {
	t.Helper()
	p := x509.NewCertPool()
	if !p.AppendCertsFromPEM(pem) {
		t.Fatal("no certificate")
	}
	return p
}
