package services

import (
	"crypto/x509"
	"encoding/hex"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/tasdk/crypto/call"
)

// The certificate store: what an owner put, each as a byte that says whether it
// ends chains, and the DER.
const (
	asLeaf  = 0
	asTrust = 1
)

// verified is a certificate whose chain was found good.
type verified struct {
	certificate *x509.Certificate
	public      any
}

// What a certificate's key may be used for.
const (
	forSignature  = x509.KeyUsageDigitalSignature
	forEncryption = x509.KeyUsageKeyEncipherment | x509.KeyUsageKeyAgreement | x509.KeyUsageDataEncipherment
	forAgreement  = x509.KeyUsageKeyAgreement | x509.KeyUsageKeyEncipherment
)

// certificates gives the estate and its store.
func (c *Session) certificates() (*estate, call.Code) {
	if code := c.allowed(PermitCertificates); code != call.OK {
		return nil, code
	}
	e, code := c.place()
	switch {
	case code != call.OK:
		return nil, code
	case e.stores.Certificates == nil:
		return nil, call.CodeStorage
	}
	return e, call.OK
}

// objectName of a name that an owner chose: any bytes become one that a store has.
func objectName(name []byte) (string, call.Code) {
	switch {
	case len(name) == 0:
		return "", call.CodeMalformed
	case len(name) > call.MaxName:
		return "", call.CodeTooLong
	}
	return hex.EncodeToString(name), call.OK
}

// PutCertificate stores one. A trusted one must be an authority's; any other must
// have a chain to a trusted one of this owner's or to this device's authority,
// through what is already there.
func (c *Session) PutCertificate(name, der []byte, trusted bool) call.Code {
	e, code := c.certificates()
	if code != call.OK {
		return code
	}
	object, code := objectName(name)
	if code != call.OK {
		return code
	}
	if len(der) > call.MaxCertificate {
		return call.CodeTooLong
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		return call.CodeMalformed
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	kind := byte(asLeaf)
	if trusted {
		kind = asTrust
	}
	if code := c.s.acceptable(e, parsed, trusted); code != call.OK {
		return code
	}
	return e.put(e.stores.Certificates, maxCertificates, object, append([]byte{kind}, der...))
}

func (s *Services) acceptable(e *estate, c *x509.Certificate, trusted bool) call.Code {
	if trusted {
		if !c.IsCA || !c.BasicConstraintsValid {
			return call.CodeUntrusted
		}
		return call.OK
	}
	return s.chain(e, c)
}

// chain verifies a certificate against what the owner and the device trust.
func (s *Services) chain(e *estate, c *x509.Certificate) call.Code {
	roots, intermediates, err := s.pools(e)
	if err != nil {
		return call.CodeStorage
	}
	chains, err := c.Verify(x509.VerifyOptions{Roots: roots, Intermediates: intermediates,
		CurrentTime: s.cfg.Now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	if err != nil || len(chains) == 0 || len(chains[0]) > maxChain+2 {
		return call.CodeUntrusted
	}
	return call.OK
}

func (s *Services) pools(e *estate) (roots, intermediates *x509.CertPool, err error) {
	roots, intermediates = x509.NewCertPool(), x509.NewCertPool()
	own, err := s.theAuthority()
	if err != nil {
		return nil, nil, err
	}
	roots.AddCert(own.certificate)
	names, err := e.stores.Certificates.List()
	if err != nil {
		return nil, nil, err
	}
	for _, name := range names {
		c, trusted, err := e.certificate(name)
		switch {
		case err != nil:
			return nil, nil, err
		case trusted:
			roots.AddCert(c)
		case c.IsCA:
			intermediates.AddCert(c)
		}
	}
	return roots, intermediates, nil
}

// certificate reads one of the store.
func (e *estate) certificate(object string) (c *x509.Certificate, trusted bool, err error) {
	room := make([]byte, 1+call.MaxCertificate)
	n, err := e.stores.Certificates.Get(object, room)
	if err != nil {
		return nil, false, err
	}
	if n < 1 {
		return nil, false, errRecord
	}
	c, err = x509.ParseCertificate(room[1:n])
	return c, room[0] == asTrust, err
}

// GetCertificate gives what was put.
func (c *Session) GetCertificate(name []byte) ([]byte, call.Code) {
	e, code := c.certificates()
	if code != call.OK {
		return nil, code
	}
	object, code := objectName(name)
	if code != call.OK {
		return nil, code
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	room := make([]byte, 1+call.MaxCertificate)
	n, err := e.stores.Certificates.Get(object, room)
	if err != nil || n < 1 {
		return nil, notFound(err)
	}
	return room[1:n], call.OK
}

// DeleteCertificate removes one; what it vouched for is trusted no more.
func (c *Session) DeleteCertificate(name []byte) call.Code {
	e, code := c.certificates()
	if code != call.OK {
		return code
	}
	object, code := objectName(name)
	if code != call.OK {
		return code
	}
	return e.remove(e.stores.Certificates, object)
}

func notFound(err error) call.Code {
	if errors.Is(err, ErrNotFound) {
		return call.CodeNotFound
	}
	return call.CodeStorage
}

// publicOf is the key of a named certificate, which must be good now and for this.
func (c *Session) publicOf(name string, purpose x509.KeyUsage) (any, call.Code) {
	e, code := c.certificates()
	if code != call.OK {
		return nil, code
	}
	object, code := objectName([]byte(name))
	if code != call.OK {
		return nil, code
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	v, code := c.s.verifiedOf(e, object)
	if code != call.OK {
		return nil, code
	}
	now := c.s.cfg.Now()
	if now.Before(v.certificate.NotBefore) || now.After(v.certificate.NotAfter) || v.certificate.KeyUsage&purpose == 0 {
		return nil, call.CodeUntrusted
	}
	return v.public, call.OK
}

// verifiedOf verifies a chain once, until the store changes.
//
// BUG(services): that an authority in the middle of a chain expired is seen at the
// next change of the store or at the next start.
func (s *Services) verifiedOf(e *estate, object string) (*verified, call.Code) {
	if v := e.verified[object]; v != nil {
		return v, call.OK
	}
	certificate, _, err := e.certificate(object)
	if err != nil {
		return nil, notFound(err)
	}
	if code := s.chain(e, certificate); code != call.OK {
		return nil, code
	}
	public, err := publicKey(certificate)
	if err != nil {
		return nil, call.CodeAlgorithm
	}
	v := &verified{certificate, public}
	e.verified[object] = v
	return v, call.OK
}

// VerifyWith checks a signature with a named certificate.
func (c *Session) VerifyWith(name string, a call.Algorithm, message, signature []byte) call.Code {
	if code := c.allowed(PermitCertificates); code != call.OK {
		return code
	}
	line, code := c.s.known(a)
	switch {
	case code != call.OK:
		return code
	case line.verify == nil:
		return call.CodeAlgorithm
	case tooLong(message, nil):
		return call.CodeTooLong
	}
	public, code := c.publicOf(name, forSignature)
	switch {
	case code != call.OK:
		return code
	case !line.verify(public, message, signature):
		return call.CodeInvalid
	}
	return call.OK
}

// EncryptWith encrypts for the holder of a named certificate.
func (c *Session) EncryptWith(dst []byte, name string, a call.Algorithm, plaintext, extra []byte) ([]byte, call.Code) {
	if code := c.allowed(PermitCertificates); code != call.OK {
		return nil, code
	}
	line, code := c.s.known(a)
	switch {
	case code != call.OK:
		return nil, code
	case line.encrypt == nil:
		return nil, call.CodeAlgorithm
	case len(plaintext) > call.MaxData || tooLong(plaintext, extra):
		return nil, call.CodeTooLong
	case a != call.RSA2048OAEP && a != call.RSA3072OAEP && hpkeRefused():
		return nil, call.CodeFIPS
	}
	public, code := c.publicOf(name, forEncryption)
	if code != call.OK {
		return nil, code
	}
	sealed, err := line.encrypt(public, plaintext, extra)
	if err != nil {
		return nil, call.CodeMalformed
	}
	return append(dst, sealed...), call.OK
}
