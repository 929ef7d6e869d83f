package remoteload

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/subtle"
	"crypto/x509"
	"io"
	"time"
)

// Device is the receiving end. It is not safe for concurrent use.
type Device struct {
	// Authority certifies key distribution hosts and nothing else.
	Authority *x509.Certificate
	// Own is the device's certificate for Key.
	Own *x509.Certificate
	Key *rsa.PrivateKey
	// Bound is the host that this device obeys, nil for none. The caller keeps it.
	Bound *x509.Certificate
	// Revoked is when the newest revocation list that was seen was made. The caller
	// keeps it.
	Revoked time.Time

	challenge []byte
	drawn     time.Time
}

// Challenge draws the random number for the next token; it takes the place of one
// that was not used.
func (d *Device) Challenge(now time.Time) ([]byte, error) {
	b := make([]byte, challengeSize)
	if _, err := io.ReadFull(rand.Reader, b); err != nil {
		return nil, err
	}
	d.challenge, d.drawn = b, now
	return bytes.Clone(b), nil
}

// Bind pins a host. A device that is bound obeys its host alone: Rebind or Unbind.
func (d *Device) Bind(host, revocations []byte, now time.Time) error {
	if d.Bound != nil {
		return ErrBound
	}
	c, err := d.host(host, revocations, now)
	if err == nil {
		d.Bound = c
	}
	return err
}

// host verifies a certificate: by the pinned authority, which certifies hosts alone,
// for signatures, strong enough, in time, not revoked, and not this device's own.
func (d *Device) host(der, revocations []byte, now time.Time) (*x509.Certificate, error) {
	if len(der) > MaxToken {
		return nil, ErrHost
	}
	c, err := x509.ParseCertificate(der)
	if err != nil || c.CheckSignatureFrom(d.Authority) != nil {
		return nil, ErrHost
	}
	public, ok := c.PublicKey.(*rsa.PublicKey)
	switch {
	case !ok || public.N.BitLen() < minimumBits || c.IsCA,
		c.KeyUsage != 0 && c.KeyUsage&x509.KeyUsageDigitalSignature == 0,
		now.Before(c.NotBefore) || now.After(c.NotAfter),
		d.Own != nil && bytes.Equal(c.RawSubjectPublicKeyInfo, d.Own.RawSubjectPublicKeyInfo):
		return nil, ErrHost
	}
	return c, d.notRevoked(c, revocations, now)
}

// notRevoked asks a list of the authority, which may not be older than one that was
// seen before.
func (d *Device) notRevoked(c *x509.Certificate, list []byte, now time.Time) error {
	if len(list) > MaxRevocations {
		return ErrRevoked
	}
	l, err := x509.ParseRevocationList(list)
	if err != nil || l.CheckSignatureFrom(d.Authority) != nil || l.ThisUpdate.Before(d.Revoked) ||
		now.Before(l.ThisUpdate) || now.After(l.NextUpdate) {
		return ErrRevoked
	}
	for _, r := range l.RevokedCertificateEntries {
		if r.SerialNumber.Cmp(c.SerialNumber) == 0 {
			return ErrRevoked
		}
	}
	d.Revoked = l.ThisUpdate
	return nil
}

// Open opens a key token and writes the key to dst. It tells the header that the host
// signed.
func (d *Device) Open(token, revocations []byte, want Expect, dst []byte, now time.Time) (Header, error) {
	t, err := d.believe(token, revocations, now)
	if err != nil {
		return Header{}, err
	}
	h, err := parseHeader(t.header)
	if err != nil {
		return Header{}, err
	}
	got := h.Expect
	got.Size = want.Size
	if !t.kind.Equal(oidEnveloped()) || got != want {
		return Header{}, ErrHeader
	}
	e, ok := parseEnvelope(t.content)
	if !ok {
		return Header{}, ErrForm
	}
	content, err := e.open(d.Own, d.Key)
	if err != nil {
		return Header{}, err
	}
	defer clear(content)
	n, err := deliver(content, d.Bound, t.header, dst)
	if err == nil && n != want.Size {
		clear(dst)
		err = ErrHeader
	}
	return h, err
}

// believe checks who signed a token, and that it answers the random number, which is
// used up whatever comes of it.
func (d *Device) believe(token, revocations []byte, now time.Time) (*signedToken, error) {
	if d.Bound == nil {
		return nil, ErrBound
	}
	challenge, drawn := d.challenge, d.drawn
	d.challenge = nil
	t, err := parseSigned(token)
	if err != nil {
		return nil, err
	}
	if err := t.verify(d.Bound); err != nil {
		return nil, err
	}
	if challenge == nil || now.Sub(drawn) > challengeLife || subtle.ConstantTimeCompare(challenge, t.random) != 1 {
		return nil, ErrChallenge
	}
	if now.After(d.Bound.NotAfter) {
		return nil, ErrHost
	}
	return t, d.notRevoked(d.Bound, revocations, now)
}

// Contents of the tokens that change the binding: what is asked, and of whom.
const (
	rebindContent = "strongroom rebind 1\x00"
	unbindContent = "strongroom unbind 1\x00"
)

// Rebind takes another host in the place of the one that is bound, which must have
// signed for it. Both must be good.
func (d *Device) Rebind(token, revocations []byte, now time.Time) error {
	t, err := d.believe(token, revocations, now)
	if err != nil {
		return err
	}
	der, ok := d.addressed(t, rebindContent)
	if !ok {
		return ErrForm
	}
	c, err := d.host(der, revocations, now)
	if err == nil {
		d.Bound = c
	}
	return err
}

// Unbind lets the host go. The caller erases what was loaded from it.
func (d *Device) Unbind(token, revocations []byte, now time.Time) error {
	t, err := d.believe(token, revocations, now)
	if err != nil {
		return err
	}
	if rest, ok := d.addressed(t, unbindContent); !ok || len(rest) != 0 {
		return ErrForm
	}
	d.Bound = nil
	return nil
}

// addressed reads a content that names what is asked and this very device.
func (d *Device) addressed(t *signedToken, what string) (rest []byte, ok bool) {
	if !t.kind.Equal(oidData()) || t.header != nil {
		return nil, false
	}
	return bytes.CutPrefix(t.content, append([]byte(what), identity(d.Own)...))
}
