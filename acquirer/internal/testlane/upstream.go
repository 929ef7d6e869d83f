package testlane

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/profile"
)

// Manner is how the upstream host treats a message.
type Manner string

// Manners. Without one it approves and answers.
const (
	UpstreamDeclines     Manner = "declines"      // 51
	UpstreamLoses        Manner = "loses"         // not booked, no answer
	UpstreamBooksSilent  Manner = "books silent"  // booked, no answer
	UpstreamBooksLate    Manner = "books late"    // booked, answered after Late
	UpstreamBooksCloses  Manner = "books closes"  // booked, the connection is cut
	UpstreamOtherAmount  Manner = "other amount"  // booked, the answer speaks of another amount
	UpstreamBusy         Manner = "busy"          // 96, nothing done
	UpstreamAnswersTwice Manner = "answers twice" // booked
)

// Upstream is another acquirer's host: a TLS server that speaks a profile and keeps a
// book of its own, by the rules that reversals have on the host link.
type Upstream struct {
	Address string
	Late    time.Duration

	tb      testing.TB
	profile *profile.Profile
	ca      *x509.Certificate
	key     *ecdsa.PrivateKey
	config  *tls.Config

	mu       sync.Mutex
	l        net.Listener
	conns    map[net.Conn]bool
	manners  map[string][]Manner // by MTI, in turn
	booked   map[string]int64
	reversed map[string]bool
	seen     []*codec.Message
	serial   int64
}

// StartUpstream starts one that stops with the test.
func StartUpstream(tb testing.TB, p *profile.Profile) *Upstream {
	tb.Helper()
	u := &Upstream{tb: tb, profile: p, Late: time.Second, conns: map[net.Conn]bool{}, manners: map[string][]Manner{},
		booked: map[string]int64{}, reversed: map[string]bool{}}
	var err error
	u.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(tb, err)
	u.ca = u.sign(tb, &x509.Certificate{Subject: pkix.Name{CommonName: "upstream authority"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign}, nil, &u.key.PublicKey)
	u.config = &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{u.issue(tb, x509.ExtKeyUsageServerAuth)},
		ClientCAs: u.Pool(), ClientAuth: tls.RequireAndVerifyClientCert}
	u.Listen()
	tb.Cleanup(u.Close)
	return u
}

func (u *Upstream) sign(tb testing.TB, template, by *x509.Certificate, key *ecdsa.PublicKey) *x509.Certificate {
	tb.Helper()
	u.serial++
	template.SerialNumber = big.NewInt(u.serial)
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	if by == nil {
		by = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, by, key, u.key)
	must(tb, err)
	c, err := x509.ParseCertificate(der)
	must(tb, err)
	return c
}

func (u *Upstream) issue(tb testing.TB, use x509.ExtKeyUsage) tls.Certificate {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(tb, err)
	c := u.sign(tb, &x509.Certificate{Subject: pkix.Name{CommonName: "acquirer"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{use}}, u.ca, &key.PublicKey)
	return tls.Certificate{Certificate: [][]byte{c.Raw}, PrivateKey: key}
}

// Pool has its authority.
func (u *Upstream) Pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(u.ca)
	return p
}

// Client is what a gateway connects with.
func (u *Upstream) Client(tb testing.TB) *tls.Config {
	tb.Helper()
	return &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: u.Pool(), Certificates: []tls.Certificate{u.issue(tb, x509.ExtKeyUsageClientAuth)}}
}

// Listen opens the door, again at the same address.
func (u *Upstream) Listen() {
	u.tb.Helper()
	at := u.Address
	if at == "" {
		at = "127.0.0.1:0"
	}
	var config net.ListenConfig
	raw, err := config.Listen(context.Background(), "tcp", at)
	must(u.tb, err)
	l := tls.NewListener(raw, u.config)
	u.mu.Lock()
	u.l, u.Address = l, raw.Addr().String()
	u.mu.Unlock()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go u.serve(c)
		}
	}()
}

// Close shuts the door and cuts every connection.
func (u *Upstream) Close() {
	u.mu.Lock()
	defer u.mu.Unlock()
	_ = u.l.Close()
	for c := range u.conns {
		_ = c.Close()
	}
}

// Next has the next messages of a type treated so, in turn.
func (u *Upstream) Next(mti string, manners ...Manner) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.manners[mti] = append(u.manners[mti], manners...)
}

// Seen are all messages that came, but for 0800.
func (u *Upstream) Seen() []*codec.Message {
	u.mu.Lock()
	defer u.mu.Unlock()
	return append([]*codec.Message(nil), u.seen...)
}

// Net is what stands of a payment, and of all.
func (u *Upstream) Net(m *codec.Message) (one, all int64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, n := range u.booked {
		all += n
	}
	return u.booked[nameOf(m)], all
}

// Reversed reports whether a payment was taken back, or will be refused.
func (u *Upstream) Reversed(m *codec.Message) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.reversed[nameOf(m)]
}

func nameOf(m *codec.Message) string {
	return string(bytes.TrimRight([]byte(m.String(41)), " ")) + "/" + m.String(11) + "/" + m.String(13) + "/" + m.String(37)
}

func (u *Upstream) serve(c net.Conn) {
	u.mu.Lock()
	u.conns[c] = true
	u.mu.Unlock()
	defer c.Close()
	for {
		wire, err := u.profile.ReadWire(c)
		if err != nil {
			return
		}
		q, err := u.profile.Unpack(wire)
		if err != nil {
			u.tb.Errorf("upstream: a message that is none of the profile")
			return
		}
		answer, manner := u.treat(q)
		switch manner {
		case UpstreamLoses, UpstreamBooksSilent:
			continue
		case UpstreamBooksCloses:
			return
		case UpstreamBooksLate:
			time.AfterFunc(u.Late, func() { u.send(c, answer) })
			continue
		case UpstreamAnswersTwice:
			u.send(c, answer)
		}
		u.send(c, answer)
	}
}

func (u *Upstream) send(c net.Conn, m *codec.Message) {
	wire, err := u.profile.Pack(m)
	if err != nil {
		u.tb.Errorf("upstream: an answer that the profile cannot write")
		return
	}
	u.mu.Lock() // one at a time
	defer u.mu.Unlock()
	_, _ = c.Write(wire)
}

func (u *Upstream) treat(q *codec.Message) (*codec.Message, Manner) {
	u.mu.Lock()
	defer u.mu.Unlock()
	var manner Manner
	if list := u.manners[q.MTI]; len(list) > 0 {
		manner, u.manners[q.MTI] = list[0], list[1:]
	}
	answers := map[string]string{"0200": "0210", "0420": "0430", "0421": "0430", "0800": "0810"}
	a := codec.NewMessage(answers[q.MTI])
	for _, n := range []int{3, 4, 7, 11, 12, 13, 37, 41, 42, 49, 70} {
		if v, has := q.Get(n); has {
			a.Set(n, v)
		}
	}
	if q.MTI != hostspec.MTINetwork {
		u.seen = append(u.seen, q)
	}
	a.SetString(39, u.decide(q, manner))
	if q.MTI == hostspec.MTIRequest && a.String(39) == hostspec.ResponseApproved {
		a.SetString(38, fmt.Sprintf("UP%04d", len(u.seen)))
		if q.Has(55) {
			a.Set(55, UpstreamICC())
		}
	}
	if manner == UpstreamOtherAmount {
		a.SetString(4, "000000000001")
	}
	return a, manner
}

// UpstreamICC is DE 55 of its approvals: an authentication, and a script.
func UpstreamICC() []byte {
	return []byte{0x91, 0x08, 1, 2, 3, 4, 5, 6, 7, 8, 0x72, 0x05, 0x9F, 0x18, 0x02, 0, 1}
}

// decide books by the host link's rules: a reversal ends what came and refuses what comes.
func (u *Upstream) decide(q *codec.Message, manner Manner) string {
	name := nameOf(q)
	switch {
	case q.MTI == hostspec.MTINetwork:
		return hostspec.ResponseApproved
	case manner == UpstreamBusy:
		return hostspec.ResponseSystem
	case manner == UpstreamLoses:
		return ""
	case manner == UpstreamDeclines:
		return hostspec.ResponseInsufficientFunds
	case q.MTI == hostspec.MTIRequest:
		if _, twice := u.booked[name]; twice || u.reversed[name] {
			return hostspec.ResponseDuplicate
		}
		amount, _ := strconv.ParseInt(q.String(4), 10, 64)
		if q.String(3) == hostspec.ProcessingRefund {
			amount = -amount
		}
		u.booked[name] = amount
		return hostspec.ResponseApproved
	}
	_, there := u.booked[name]
	u.reversed[name] = true
	if !there {
		return hostspec.ResponseNoOriginal
	}
	u.booked[name] = 0
	return hostspec.ResponseApproved
}

// Files writes what a gateway connects with, as PEM: who certifies this host, and a
// certificate and key of the gateway's.
func (u *Upstream) Files(tb testing.TB, dir string) (ca, cert, key string) {
	tb.Helper()
	pair := u.issue(tb, x509.ExtKeyUsageClientAuth)
	der, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	must(tb, err)
	save := func(name, kind string, der []byte) string {
		path := filepath.Join(dir, name)
		must(tb, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
		return path
	}
	return save("upstream-ca.pem", "CERTIFICATE", u.ca.Raw), save("upstream-cert.pem", "CERTIFICATE", pair.Certificate[0]), save("upstream-key.pem", "PRIVATE KEY", der)
}
