// Package licence binds a kernel to the app world that may use it: a document
// signed by a key that the manufacturer certified for licences (package
// certificate, purpose "licence").
//
//	serial, customer
//	kernels              SHA-256 of the kernels it is for, hexadecimal
//	executables          SHA-256 of the app-world programs that may connect
//	kernel_key           Ed25519 public key of those kernels, hexadecimal: who holds
//	                     its private half proves that the licence is for him
//	client_certificates  SHA-256 of the DER of client certificates, where the
//	                     app world cannot be measured (TCP, containers)
//	not_before, not_after
//
// Boot checks the kernel and measured peers; the kernel checks client
// certificates. Every refusal says why and none quotes the document.
package licence

import (
	"crypto"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"regexp"
	"slices"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/certificate"
)

const (
	purpose = "licence"
	// maxDigests bounds each list: releases that may run side by side.
	maxDigests = 32
	maxText    = 64
)

// Why a licence does not cover something.
var (
	ErrNotYet      = errors.New("licence: not valid yet")
	ErrExpired     = errors.New("licence: expired")
	ErrKernel      = errors.New("licence: issued for another kernel")
	ErrCustomer    = errors.New("licence: issued for another customer")
	ErrExecutable  = errors.New("licence: app world's program is not licensed")
	ErrCertificate = errors.New("licence: app world's client certificate is not licensed")
	ErrKernelKey   = errors.New("licence: issued for a kernel with another licence key")
)

// Licence is the signed body.
type Licence struct {
	Serial             string    `json:"serial"`
	Customer           string    `json:"customer"`
	Kernels            []string  `json:"kernels"`
	KernelKey          string    `json:"kernel_key,omitempty"`
	Executables        []string  `json:"executables,omitempty"`
	ClientCertificates []string  `json:"client_certificates,omitempty"`
	NotBefore          time.Time `json:"not_before"`
	NotAfter           time.Time `json:"not_after"`
}

// Sign signs a licence with a key that cert certifies for licences.
func Sign(l Licence, key crypto.Signer, cert []byte) ([]byte, error) {
	l.NotBefore, l.NotAfter = l.NotBefore.UTC().Truncate(time.Second), l.NotAfter.UTC().Truncate(time.Second)
	if err := l.check(); err != nil {
		return nil, err
	}
	return certificate.Seal(purpose, l, key, cert)
}

// Open verifies a licence's signature and form. Covers says what it is good for.
func Open(raw []byte, manufacturer ed25519.PublicKey, now time.Time) (Licence, error) {
	var l Licence
	if _, err := certificate.Open(purpose, raw, manufacturer, certificate.RoleLicence, now, &l); err != nil {
		return Licence{}, err
	}
	return l, l.check()
}

// HandedOver reads a licence that boot has verified and handed to the kernel.
func HandedOver(raw []byte) (Licence, error) {
	var l Licence
	if err := certificate.Body(purpose, raw, &l); err != nil {
		return Licence{}, err
	}
	return l, l.check()
}

// Covers tells whether this kernel of this customer may run at now. kernel is
// its digest in hexadecimal.
func (l Licence) Covers(kernel, customer string, now time.Time) error {
	switch {
	case now.Before(l.NotBefore):
		return ErrNotYet
	case now.After(l.NotAfter):
		return ErrExpired
	case !slices.Contains(l.Kernels, kernel):
		return ErrKernel
	case l.Customer != customer:
		return ErrCustomer
	}
	return nil
}

// Measured tells whether a program with this digest may use the mailbox.
func (l Licence) Measured(executable [32]byte) error {
	if !slices.Contains(l.Executables, hex.EncodeToString(executable[:])) {
		return ErrExecutable
	}
	return nil
}

// Certified tells whether a client certificate with this digest may use the
// mailbox.
func (l Licence) Certified(clientCertificate [32]byte) error {
	if !slices.Contains(l.ClientCertificates, hex.EncodeToString(clientCertificate[:])) {
		return ErrCertificate
	}
	return nil
}

// Held tells whether the licence is for the kernel with this key. A licence that
// names no key is for none.
func (l Licence) Held(key ed25519.PublicKey) error {
	if l.KernelKey == "" || l.KernelKey != hex.EncodeToString(key) {
		return ErrKernelKey
	}
	return nil
}

var digestForm = regexp.MustCompile(`^[0-9a-f]{64}$`)

func (l Licence) check() error {
	if l.Serial == "" || len(l.Serial) > maxText || l.Customer == "" || len(l.Customer) > maxText {
		return errors.New("licence: serial or customer missing or too long")
	}
	if !l.NotAfter.After(l.NotBefore) {
		return errors.New("licence: validity ends before it begins")
	}
	if l.KernelKey != "" && !digestForm.MatchString(l.KernelKey) {
		return errors.New("licence: malformed kernel key")
	}
	for _, list := range [][]string{l.Kernels, l.Executables, l.ClientCertificates} {
		if len(list) > maxDigests || slices.ContainsFunc(list, func(s string) bool { return !digestForm.MatchString(s) }) {
			return errors.New("licence: malformed or too many digests")
		}
	}
	return nil
}
