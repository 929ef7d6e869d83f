package devicelink_test

import (
	"context"
	"crypto/aes"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/devicelink"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/linktest"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
)

const wait = 10 * time.Second

var device = orderauth.DeviceID{1, 2, 3, 4, 5, 6, 7, 8}

// shaken does a handshake between a client of this configuration and a door.
func shaken(t *testing.T, change func(c *tls.Config, ca *linktest.Authority)) (*tls.Conn, error) {
	t.Helper()
	ca := linktest.NewAuthority(t)
	kernel := ca.Certify(t, "secure world")
	server, err := devicelink.ServerConfig(kernel.Chain, ca.PEM(), kernel.Key)
	if err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{RootCAs: ca.Pool(), ServerName: linktest.ServerName,
		Certificates: []tls.Certificate{ca.Certify(t, hex.EncodeToString(device[:])).TLS}}
	change(config, ca)
	near, far := net.Pipe()
	go func() { // a device that answers what it can
		c := tls.Client(far, config)
		_ = c.HandshakeContext(t.Context())
		_, _ = io.Copy(io.Discard, c)
		_ = far.Close()
	}()
	conn, err := devicelink.Accept(t.Context(), near, server, device, wait)
	if err == nil {
		t.Cleanup(func() { _ = near.Close() })
	}
	return conn, err
}

func is(name string, changes ...func(*x509.Certificate)) func(*testing.T) func(*tls.Config, *linktest.Authority) {
	return func(t *testing.T) func(*tls.Config, *linktest.Authority) {
		return func(c *tls.Config, ca *linktest.Authority) {
			c.Certificates = []tls.Certificate{ca.Certify(t, name, changes...).TLS}
		}
	}
}

// A20, A45.
func TestOnlyTheRegisteredDeviceGetsASession(t *testing.T) {
	id := hex.EncodeToString(device[:])
	for name, c := range map[string]func(*testing.T) func(*tls.Config, *linktest.Authority){
		"another device":                 is("0102030405060709"),
		"its name in upper case":         is("0A02030405060708"),
		"its name with something behind": is(id + "x"),
		"no name":                        is(""),
		"an expired certificate":         is(id, linktest.Expired),
		"a certificate of servers":       is(id, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }),
		"no certificate": func(*testing.T) func(*tls.Config, *linktest.Authority) {
			return func(c *tls.Config, _ *linktest.Authority) { c.Certificates = nil }
		},
		"another authority": func(t *testing.T) func(*tls.Config, *linktest.Authority) {
			return func(c *tls.Config, _ *linktest.Authority) {
				c.Certificates = []tls.Certificate{linktest.NewAuthority(t).Certify(t, id).TLS}
			}
		},
		"TLS 1.2": func(*testing.T) func(*tls.Config, *linktest.Authority) {
			return func(c *tls.Config, _ *linktest.Authority) { c.MaxVersion = tls.VersionTLS12 }
		},
	} {
		if conn, err := shaken(t, c(t)); err == nil || conn != nil {
			t.Errorf("%s: accepted", name)
		}
	}
	conn, err := shaken(t, is(id)(t))
	if err != nil {
		t.Fatalf("twin: %v", err)
	}
	if v := conn.ConnectionState().Version; v != tls.VersionTLS13 {
		t.Errorf("version %x", v)
	}
}

func TestAPeerThatSaysNothingIsLeftAfterTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ca := linktest.NewAuthority(t)
		kernel := ca.Certify(t, "secure world")
		server, err := devicelink.ServerConfig(kernel.Chain, ca.PEM(), kernel.Key)
		if err != nil {
			t.Fatal(err)
		}
		near, far := net.Pipe()
		began := time.Now()
		if _, err := devicelink.Accept(t.Context(), near, server, device, wait); err == nil || time.Since(began) != wait {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		if _, err := far.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("the connection is still there: %v", err)
		}
	})
}

func TestMalformedCertificatesAreRefusedAtTheStart(t *testing.T) {
	ca := linktest.NewAuthority(t)
	id := ca.Certify(t, "x")
	if _, err := devicelink.ServerConfig("no PEM", ca.PEM(), id.Key); err == nil {
		t.Error("a chain without a certificate")
	}
	if _, err := devicelink.ServerConfig(id.Chain, "no PEM", id.Key); err == nil {
		t.Error("no authority")
	}
	for _, s := range []string{"", "01020304050607", "010203040506070809", "010203040506070g"} {
		if _, err := devicelink.ParseDeviceID(s); err == nil {
			t.Errorf("device id %q", s)
		}
	}
	if got, err := devicelink.ParseDeviceID("0102030405060708"); err != nil || got != device {
		t.Errorf("%x, %v", got, err)
	}
}

func TestAFrameMayBeginLateButNotTakeLong(t *testing.T) {
	for name, c := range map[string]struct {
		between time.Duration
		ok      bool
	}{"in time": {time.Second, true}, "dripping": {3 * time.Second, false}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				near, far := net.Pipe()
				ended := make(chan struct{})
				defer func() { _ = near.Close(); <-ended }()
				go func() { defer close(ended); drip(far, []byte{frame.Version, 7, 0, 2, 'a', 'b'}, c.between) }()
				kind, body, err := devicelink.ReadFrame(near, 16, wait)
				if c.ok && (err != nil || kind != 7 || string(body) != "ab") {
					t.Errorf("%d %q %v", kind, body, err)
				}
				if !c.ok && !devicelink.PeerBroke(err) {
					t.Errorf("a dripping peer: %v", err)
				}
			})
		})
	}
}

// drip sends the first byte after an hour and then one at a time.
func drip(w io.WriteCloser, b []byte, between time.Duration) {
	defer w.Close()
	time.Sleep(time.Hour)
	for i := range b {
		if _, err := w.Write(b[i : i+1]); err != nil {
			return
		}
		time.Sleep(between)
	}
}

func TestAFrameThatIsDueIsNotWaitedForLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		defer far.Close()
		began := time.Now()
		if _, _, err := devicelink.ReadFirst(near, 16, wait); !devicelink.PeerBroke(err) || time.Since(began) != wait {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

func TestWhatEndsASessionIsToldApartFromTheEnd(t *testing.T) {
	for name, c := range map[string]struct {
		bytes string
		broke bool
	}{
		"another version": {"\x02\x01\x00\x00", true}, "too long": {"\x01\x01\xff\xff", true},
		"a clean end": {"", false}, "a line that was cut": {"\x01\x01\x00\x05ab", false},
	} {
		near, far := net.Pipe()
		go func() { _, _ = io.WriteString(far, c.bytes); _ = far.Close() }()
		_, _, err := devicelink.ReadFrame(near, 16, wait)
		if err == nil || devicelink.PeerBroke(err) != c.broke {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Orders from many callers arrive whole and in the order of their sequence: each
// verifies.
func TestOrdersOfManyCallersVerifyInTheOrderInWhichTheyArrive(t *testing.T) {
	key, err := aes.NewCipher(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	near, far := net.Pipe()
	defer far.Close()
	link := devicelink.New(near, key, orderauth.DoorSRED, device, orderauth.Nonce{9}, wait)
	type text struct{ Number uint32 }
	const callers, each = 4, 25
	for c := range uint32(callers) {
		go func() {
			for n := range uint32(each) {
				if _, err := link.Order(0x82, text{c*each + n}); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	session := orderauth.NewSession(key, orderauth.DoorSRED, device, orderauth.Nonce{9})
	seen := map[uint32]bool{}
	for range callers * each {
		kind, sealed, err := frame.Read(far, 64)
		if err != nil {
			t.Fatal(err)
		}
		body, err := session.Open(kind, sealed)
		var m text
		if err != nil || frame.Parse(body, &m) != nil {
			t.Fatal("an order does not verify")
		}
		seen[m.Number] = true
	}
	if len(seen) != callers*each {
		t.Errorf("%d orders", len(seen))
	}
}

func TestAStuckDeviceHoldsAnOrderUpForTheDeadlineAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		key, _ := aes.NewCipher(make([]byte, 32))
		near, far := net.Pipe() // nobody reads
		defer far.Close()
		link := devicelink.New(near, key, orderauth.DoorSRED, device, orderauth.Nonce{}, wait)
		began := time.Now()
		if _, err := link.Order(1, struct{}{}); err == nil || time.Since(began) != wait {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

func TestClosingDoesNotWaitForAPeerThatReadsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ca := linktest.NewAuthority(t)
		id := ca.Certify(t, hex.EncodeToString(device[:]))
		server, err := devicelink.ServerConfig(id.Chain, ca.PEM(), id.Key)
		if err != nil {
			t.Fatal(err)
		}
		near, far := net.Pipe()
		client := tls.Client(far, &tls.Config{RootCAs: ca.Pool(), ServerName: linktest.ServerName, Certificates: []tls.Certificate{id.TLS}})
		go func() { _ = client.HandshakeContext(context.Background()) }()
		conn, err := devicelink.Accept(t.Context(), near, server, device, wait)
		if err != nil {
			t.Fatal(err)
		}
		key, _ := aes.NewCipher(make([]byte, 32))
		link := devicelink.New(conn, key, orderauth.DoorSRED, device, orderauth.Nonce{}, wait)
		began := time.Now()
		_ = link.Close()
		if took := time.Since(began); took != 0 {
			t.Errorf("closing took %v", took)
		}
	})
}

// The session of a device that has come again must not take the place of its
// successor, however late its greeting ends.
func TestASessionThatWasOvertakenIsRefused(t *testing.T) {
	events := &linktest.Events{}
	s := &devicelink.Sessions{Post: events.Post, Refuse: events.Refuse, Down: transaction.ReaderDown{}}
	key, _ := aes.NewCipher(make([]byte, 32))
	link := func() *devicelink.Link {
		near, _ := net.Pipe()
		return devicelink.New(near, key, orderauth.DoorSRED, device, orderauth.Nonce{}, wait)
	}
	first, second := s.Arrive(), s.Arrive()
	overtaken := link()
	if err := s.Begin(link(), second, transaction.ReaderUp{}); err != nil {
		t.Fatal(err)
	}
	if err := s.Begin(overtaken, first, transaction.ReaderUp{}); !errors.Is(err, devicelink.ErrDown) {
		t.Error(err)
	}
	s.End(overtaken)
	if got := events.Take(); len(got) != 1 {
		t.Errorf("%T", got)
	}
	if err := s.Begin(link(), s.Arrive(), transaction.ReaderUp{}); err != nil || len(events.Take()) != 2 {
		t.Errorf("the next one: %v", err)
	}
}
