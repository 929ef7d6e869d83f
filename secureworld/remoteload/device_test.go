package remoteload

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/remoteload/distribution"
)

var start = time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC) //nolint:gochecknoglobals // a moment

// rsaKeys draws each key once: they take long.
var rsaKeys = sync.OnceValue(func() (out [5]*rsa.PrivateKey) { //nolint:gochecknoglobals // drawn once
	for i := range out {
		out[i], _ = rsa.GenerateKey(rand.Reader, 2048)
	}
	return out
})

func issue(t *testing.T, name string, serial int64, key *rsa.PrivateKey, by *x509.Certificate, byKey *rsa.PrivateKey) *x509.Certificate {
	t.Helper()
	c := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name}, NotBefore: start.AddDate(-1, 0, 0), NotAfter: start.AddDate(1, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature}
	if by == nil {
		c.IsCA, c.BasicConstraintsValid, c.KeyUsage, c.SubjectKeyId = true, true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign, []byte(name)
		by = c
	}
	der, err := x509.CreateCertificate(rand.Reader, c, by, &key.PublicKey, byKey)
	if err != nil {
		t.Fatal(err)
	}
	out, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func revocations(t *testing.T, authority *x509.Certificate, key *rsa.PrivateKey, now time.Time, serials ...int64) []byte {
	t.Helper()
	l := &x509.RevocationList{Number: big.NewInt(now.Unix()), ThisUpdate: now, NextUpdate: now.Add(24 * time.Hour)}
	for _, s := range serials {
		l.RevokedCertificateEntries = append(l.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: big.NewInt(s), RevocationTime: now})
	}
	der, err := x509.CreateRevocationList(rand.Reader, l, authority, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// loading is a device with a host that may load it, another host, and a stranger.
type loading struct {
	t                     *testing.T
	device                *Device
	authority, strangerCA *x509.Certificate
	host, other, stranger distribution.Host
	list                  []byte
}

const header = "D0000B1AX00N0000IK14AABBCCDD00112233"

func initial() Expect { return Expect{"B1", 'A', 'X', 'N', 32} }

func key() []byte { return bytes.Repeat([]byte{7, 1}, 16) }

func newLoading(t *testing.T) *loading {
	t.Helper()
	k := rsaKeys()
	l := &loading{t: t}
	l.authority, l.strangerCA = issue(t, "hosts", 1, k[0], nil, k[0]), issue(t, "hosts", 1, k[1], nil, k[1])
	l.host = distribution.Host{Certificate: issue(t, "one", 2, k[2], l.authority, k[0]), Key: k[2]}
	l.other = distribution.Host{Certificate: issue(t, "two", 3, k[3], l.authority, k[0]), Key: k[3]}
	l.stranger = distribution.Host{Certificate: issue(t, "one", 2, k[3], l.strangerCA, k[1]), Key: k[3]}
	own := issue(t, "device", 9, k[4], l.strangerCA, k[1])
	l.device = &Device{Authority: l.authority, Own: own, Key: k[4]}
	l.list = revocations(t, l.authority, k[0], start)
	if err := l.device.Bind(l.host.Certificate.Raw, l.list, start); err != nil {
		t.Fatal(err)
	}
	return l
}

func (l *loading) challenge() []byte {
	l.t.Helper()
	c, err := l.device.Challenge(start)
	if err != nil {
		l.t.Fatal(err)
	}
	return c
}

func must(t *testing.T, token []byte, err error) []byte {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func (l *loading) token(h distribution.Host, header string) []byte {
	l.t.Helper()
	token, err := h.KeyToken(l.device.Own, header, key(), l.challenge())
	return must(l.t, token, err)
}

func (l *loading) open(token []byte) error {
	dst := make([]byte, 32)
	h, err := l.device.Open(token, l.list, initial(), dst, start)
	if (err == nil) != bytes.Equal(dst, key()) || err != nil && !bytes.Equal(dst, make([]byte, 32)) {
		l.t.Errorf("%v, and the key is %x", err, dst)
	}
	if err == nil && h.KeyID != "AABBCCDD00112233" {
		l.t.Errorf("id %q", h.KeyID)
	}
	return err
}

func TestAKeyOfTheBoundHostOpensOnce(t *testing.T) {
	l := newLoading(t)
	token := l.token(l.host, header)
	if err := l.open(token); err != nil {
		t.Fatal(err)
	}
	if err := l.open(token); !errors.Is(err, ErrChallenge) {
		t.Errorf("again: %v", err)
	}
}

func TestTokensThatAreNotForThisMomentHostOrDeviceAreRefused(t *testing.T) {
	l := newLoading(t)
	k := rsaKeys()
	elsewhere := issue(t, "device", 10, k[4], l.strangerCA, k[1])
	for name, c := range map[string]struct {
		token func() []byte
		want  error
	}{
		"another host of the same authority": {func() []byte { return l.token(l.other, header) }, ErrSignature},
		"a stranger of the same name":        {func() []byte { return l.token(l.stranger, header) }, ErrSignature},
		"another device": {func() []byte {
			token, err := l.host.KeyToken(elsewhere, header, key(), l.challenge())
			return must(t, token, err)
		}, ErrRecipient},
		"another random number": {func() []byte {
			l.challenge()
			token, err := l.host.KeyToken(l.device.Own, header, key(), make([]byte, challengeSize))
			return must(t, token, err)
		}, ErrChallenge},
		"a usage that is not expected": {func() []byte { return l.token(l.host, strings.Replace(header, "B1", "P0", 1)) }, ErrHeader},
		"another mode":                 {func() []byte { return l.token(l.host, strings.Replace(header, "B1AX", "B1AN", 1)) }, ErrHeader},
		"another algorithm":            {func() []byte { return l.token(l.host, strings.Replace(header, "B1A", "B1T", 1)) }, ErrHeader},
		"leave to export it":           {func() []byte { return l.token(l.host, strings.Replace(header, "00N", "00E", 1)) }, ErrHeader},
		"no header":                    {func() []byte { return l.token(l.host, "") }, ErrForm},
		"a key of another length": {func() []byte {
			token, err := l.host.KeyToken(l.device.Own, header, key()[:16], l.challenge())
			return must(t, token, err)
		}, ErrHeader},
		"an unbinding in place of a key": {func() []byte { token, err := l.host.Unbind(l.device.Own, l.challenge()); return must(t, token, err) }, ErrHeader},
	} {
		if err := l.open(c.token()); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := l.open(l.token(l.host, header)); err != nil {
		t.Errorf("the twin: %v", err)
	}
}

func TestEveryChangedByteOfATokenIsRefused(t *testing.T) {
	l := newLoading(t)
	token := l.token(l.host, header)
	random, drawn := l.device.challenge, l.device.drawn
	for at := range token {
		bad := bytes.Clone(token)
		bad[at] ^= 1
		l.device.challenge, l.device.drawn = random, drawn
		if l.open(bad) == nil {
			t.Errorf("byte %d", at)
		}
	}
	l.device.challenge, l.device.drawn = random, drawn
	if err := l.open(token); err != nil {
		t.Errorf("the twin: %v", err)
	}
}

func TestARandomNumberEnds(t *testing.T) {
	l := newLoading(t)
	token := l.token(l.host, header)
	if _, err := l.device.Open(token, l.list, initial(), make([]byte, 32), start.Add(challengeLife+time.Second)); !errors.Is(err, ErrChallenge) {
		t.Errorf("after its life: %v", err)
	}
}

func TestRevocationIsAskedEachTimeAndNeverGoesBack(t *testing.T) {
	k := rsaKeys()
	for name, list := range map[string]func(l *loading) []byte{
		"none":                  func(*loading) []byte { return nil },
		"the host is in it":     func(l *loading) []byte { return revocations(t, l.authority, k[0], start, 2) },
		"older than one seen":   func(l *loading) []byte { return revocations(t, l.authority, k[0], start.Add(-time.Hour)) },
		"of the future":         func(l *loading) []byte { return revocations(t, l.authority, k[0], start.Add(time.Hour)) },
		"out of date":           func(l *loading) []byte { return revocations(t, l.authority, k[0], start.AddDate(0, 0, -2)) },
		"of another authority":  func(l *loading) []byte { return revocations(t, l.strangerCA, k[1], start) },
		"with a changed ending": func(l *loading) []byte { b := bytes.Clone(l.list); b[len(b)-1] ^= 1; return b },
	} {
		l := newLoading(t)
		token := l.token(l.host, header)
		l.list = list(l)
		if err := l.open(token); !errors.Is(err, ErrRevoked) {
			t.Errorf("%s: %v", name, err)
		}
		fresh := &Device{Authority: l.authority, Own: l.device.Own, Revoked: start}
		if err := fresh.Bind(l.host.Certificate.Raw, l.list, start); !errors.Is(err, ErrRevoked) {
			t.Errorf("%s, binding: %v", name, err)
		}
	}
}

func TestOnlyAHostOfTheAuthorityIsBoundAndOnlyOne(t *testing.T) {
	l := newLoading(t)
	k := rsaKeys()
	if err := l.device.Bind(l.other.Certificate.Raw, l.list, start); !errors.Is(err, ErrBound) {
		t.Errorf("a second one: %v", err)
	}
	own := issue(t, "itself", 4, k[4], l.authority, k[0])
	for name, c := range map[string]*x509.Certificate{"a stranger": l.stranger.Certificate, "the authority": l.authority, "this device's own key": own} {
		fresh := &Device{Authority: l.authority, Own: l.device.Own}
		if err := fresh.Bind(c.Raw, l.list, start); !errors.Is(err, ErrHost) {
			t.Errorf("%s: %v", name, err)
		}
	}
	fresh := &Device{Authority: l.authority, Own: l.device.Own}
	if _, err := fresh.Open(nil, l.list, initial(), nil, start); !errors.Is(err, ErrBound) {
		t.Errorf("a key before a binding: %v", err)
	}
}

func TestADeviceIsHandedOverByItsHostAlone(t *testing.T) {
	l := newLoading(t)
	token, err := l.other.Rebind(l.device.Own, l.other.Certificate, l.challenge())
	if err := l.device.Rebind(must(t, token, err), l.list, start); !errors.Is(err, ErrSignature) {
		t.Errorf("by the other: %v", err)
	}
	token, err = l.host.Rebind(l.device.Own, l.stranger.Certificate, l.challenge())
	if err := l.device.Rebind(must(t, token, err), l.list, start); !errors.Is(err, ErrHost) {
		t.Errorf("to a stranger: %v", err)
	}
	token, err = l.host.Rebind(l.other.Certificate, l.other.Certificate, l.challenge())
	if err := l.device.Rebind(must(t, token, err), l.list, start); !errors.Is(err, ErrForm) {
		t.Errorf("another device: %v", err)
	}
	token, err = l.host.Rebind(l.device.Own, l.other.Certificate, l.challenge())
	if err := l.device.Rebind(must(t, token, err), l.list, start); err != nil {
		t.Fatal(err)
	}
	if err := l.open(l.token(l.host, header)); !errors.Is(err, ErrSignature) {
		t.Errorf("the host before: %v", err)
	}
	if err := l.open(l.token(l.other, header)); err != nil {
		t.Errorf("the host after: %v", err)
	}
}

func TestADeviceThatIsLetGoObeysNobodyUntilItIsBoundAgain(t *testing.T) {
	l := newLoading(t)
	token, err := l.other.Unbind(l.device.Own, l.challenge())
	if err := l.device.Unbind(must(t, token, err), l.list, start); !errors.Is(err, ErrSignature) {
		t.Errorf("by another: %v", err)
	}
	token, err = l.host.Unbind(l.device.Own, l.challenge())
	if err := l.device.Unbind(must(t, token, err), l.list, start); err != nil {
		t.Fatal(err)
	}
	if err := l.open(l.token(l.host, header)); !errors.Is(err, ErrBound) {
		t.Errorf("a key afterwards: %v", err)
	}
	if err := l.device.Bind(l.other.Certificate.Raw, l.list, start); err != nil {
		t.Errorf("bound again: %v", err)
	}
}

func FuzzTokens(f *testing.F) {
	f.Add([]byte{0x30, 0x00})
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := parseSigned(b); err == nil {
			parseEnvelope(s.content)
		}
		parseEnvelope(b)
		_, _ = parseHeader(b)
	})
}
