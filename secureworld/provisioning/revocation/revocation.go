// Package revocation asks an authority's list of revoked certificates about a peer of
// a TLS connection (RFC 5280, section 5). The list is signed by the authority that
// certified the peer, so whoever carries it need not be trusted with more than not
// putting an older one back. A list stays in force until there is another: to refuse
// all peers since a list is old would stop a shop whose devices are good.
//
// The kernel and the acquirer import it, and whoever makes such lists. It must never
// hold a key.
package revocation

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
)

// MaxList bounds a list in PEM: some hundred certificates. A longer one is refused, so
// that an authority with more begins to leave out what has expired.
const MaxList = 16 << 10

// Errors of a list, and of a peer.
var (
	ErrList    = errors.New("revocation: not a list of this authority")
	ErrRevoked = errors.New("revocation: the peer's certificate is revoked")
)

// List is a list of revoked certificates. Nil lists none.
type List struct{ list *x509.RevocationList }

// Parse reads a list in PEM, one block of type "X509 CRL" and nothing else. Its
// signature is verified when it is asked.
func Parse(text []byte) (*List, error) {
	if len(text) > MaxList {
		return nil, ErrList
	}
	block, rest := pem.Decode(text)
	if block == nil || block.Type != "X509 CRL" || len(rest) != 0 {
		return nil, ErrList
	}
	list, err := x509.ParseRevocationList(block.Bytes)
	if err != nil {
		return nil, ErrList
	}
	return &List{list}, nil
}

// Permits refuses a peer whose certificate is on the list, and a list that the peer's
// authority did not sign. It has the form of tls.Config.VerifyConnection.
func (l *List) Permits(state tls.ConnectionState) error {
	if l == nil {
		return nil
	}
	if len(state.VerifiedChains) == 0 || len(state.VerifiedChains[0]) < 2 {
		return ErrList
	}
	peer, authority := state.VerifiedChains[0][0], state.VerifiedChains[0][1]
	if l.list.CheckSignatureFrom(authority) != nil {
		return ErrList
	}
	for _, r := range l.list.RevokedCertificateEntries {
		if r.SerialNumber.Cmp(peer.SerialNumber) == 0 {
			return ErrRevoked
		}
	}
	return nil
}
