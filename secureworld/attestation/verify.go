package attestation

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/asn1"
	"slices"
	"time"
)

// Purpose is the extended key usage of attestation keys' certificates:
// tcg-kp-AIKCertificate (2.23.133.8.3), the trusted computing group's for keys that
// sign attestations. It is no usage of TLS, and no certificate for TLS has it.
func Purpose() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{2, 23, 133, 8, 3} }

// Question is what a report has to answer.
type Question struct {
	Authority *x509.CertPool // the device authority
	Audience  Audience
	Nonce     [32]byte
	Device    string // its name; empty: any
	Now       time.Time
	// TPM are the attestation keys of this device's TPM. Who names none gets every
	// report as self-reported: a quote by any key proves nothing.
	TPM []TPMKey
}

// Verify returns the report if the evidence is genuine and answers the question,
// else a Reason. What is in it is for a Policy to judge.
func (q Question) Verify(e Evidence) (Report, error) {
	r, err := Parse(e.Body)
	if err != nil {
		return Report{}, ReasonMalformed
	}
	cert, reason := q.certificate(e.Certificate)
	if reason != ReasonNone {
		return Report{}, reason
	}
	key, ok := cert.PublicKey.(*ecdsa.PublicKey)
	switch {
	case !ok || !e.signedBy(key):
		return Report{}, ReasonSignature
	case r.Device != cert.Subject.CommonName || q.Device != "" && q.Device != r.Device:
		return Report{}, ReasonDevice
	case r.Audience != q.Audience:
		return Report{}, ReasonAudience
	case r.Nonce != q.Nonce:
		return Report{}, ReasonNonce
	case (r.Label == LabelTPM) != (len(e.Quote) != 0):
		return Report{}, ReasonQuote
	}
	return q.quoted(r, e)
}

// quoted holds a report that says so to its quote: by a key of this device's TPM,
// over this very body, of a register that saw this boot start this kernel last.
func (q Question) quoted(r Report, e Evidence) (Report, error) {
	if r.Label != LabelTPM {
		return r, nil
	}
	quote, err := ParseQuote(e.Quote)
	if err != nil {
		return Report{}, ReasonQuote
	}
	if len(q.TPM) == 0 {
		r.Label = LabelSelfReported
		return r, nil
	}
	last := len(quote.Starts) - 1
	if quote.Starts[last] != (Start{r.Boot, r.Kernel.Digest}) || !quote.Verify(q.TPM, Digest(e.Body)) {
		return Report{}, ReasonQuote
	}
	r.Earlier = quote.Starts[:last]
	return r, nil
}

// certificate holds it to the device authority and to its purpose.
func (q Question) certificate(der []byte) (*x509.Certificate, Reason) {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, ReasonCertificate
	}
	_, err = cert.Verify(x509.VerifyOptions{Roots: q.Authority, CurrentTime: q.Now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	if err != nil || len(cert.ExtKeyUsage) != 0 || !slices.ContainsFunc(cert.UnknownExtKeyUsage, Purpose().Equal) {
		return nil, ReasonCertificate
	}
	return cert, ReasonNone
}
