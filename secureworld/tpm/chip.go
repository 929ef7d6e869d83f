//go:build linux

package main

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"
	"github.com/google/go-tpm/tpm2/transport/linuxtpm"

	"github.com/strongroom-pos/strongroom/secureworld/attestation"
)

// chip is the TPM with its attestation key.
type chip struct {
	wire   transport.TPMCloser
	key    tpm2.NamedHandle
	public attestation.TPMKey
}

func openChip(address string) (*chip, error) {
	wire, err := dial(address)
	if err != nil {
		return nil, err
	}
	c := &chip{wire: wire}
	if err := c.makeKey(); err != nil {
		return nil, errors.Join(err, wire.Close())
	}
	return c, nil
}

func dial(address string) (transport.TPMCloser, error) {
	kind, path, _ := strings.Cut(address, ":")
	switch kind {
	case "device":
		wire, err := linuxtpm.Open(path)
		if err != nil {
			return nil, errors.New("the TPM cannot be opened")
		}
		return wire, nil
	case "unix": // one connection: swtpm ends with it
		conn, err := net.Dial("unix", path) //nolint:noctx // a local socket
		if err != nil {
			return nil, errors.New("the TPM cannot be connected to")
		}
		return transport.FromReadWriteCloser(conn), nil
	}
	return nil, errors.New("a TPM's address begins with device: or unix: and goes on with a path")
}

// close lets go of the key: a TPM without resource manager has room for three.
func (c *chip) close() {
	c.flush(c.key.Handle)
	_ = c.wire.Close()
}

// template is that of the attestation key. Another one makes another key.
func template() tpm2.TPMTPublic {
	return tpm2.TPMTPublic{
		Type: tpm2.TPMAlgECC, NameAlg: tpm2.TPMAlgSHA256,
		ObjectAttributes: tpm2.TPMAObject{FixedTPM: true, FixedParent: true, SensitiveDataOrigin: true, UserWithAuth: true, NoDA: true,
			Restricted: true, SignEncrypt: true},
		Parameters: tpm2.NewTPMUPublicParms(tpm2.TPMAlgECC, &tpm2.TPMSECCParms{
			CurveID: tpm2.TPMECCNistP256,
			Scheme: tpm2.TPMTECCScheme{Scheme: tpm2.TPMAlgECDSA,
				Details: tpm2.NewTPMUAsymScheme(tpm2.TPMAlgECDSA, &tpm2.TPMSSigSchemeECDSA{HashAlg: tpm2.TPMAlgSHA256})},
		}),
		Unique: tpm2.NewTPMUPublicID(tpm2.TPMAlgECC, &tpm2.TPMSECCPoint{}),
	}
}

func (c *chip) makeKey() error {
	made, err := tpm2.CreatePrimary{PrimaryHandle: tpm2.TPMRHEndorsement, InPublic: tpm2.New2B(template())}.Execute(c.wire)
	if err != nil {
		return fmt.Errorf("attestation key: %w", err)
	}
	c.key = tpm2.NamedHandle{Handle: made.ObjectHandle, Name: made.Name}
	public, err := made.OutPublic.Contents()
	if err != nil {
		return fmt.Errorf("attestation key: %w", err)
	}
	point, err := public.Unique.ECC()
	if err != nil || !fill(c.public[:], point.X.Buffer, point.Y.Buffer) {
		return errors.New("attestation key: not on P-256")
	}
	return nil
}

// fill puts two numbers of at most 32 bytes side by side.
func fill(b, first, second []byte) bool {
	if len(first) > 32 || len(second) > 32 {
		return false
	}
	copy(b[32-len(first):], first)
	copy(b[64-len(second):], second)
	return true
}

func register() tpm2.TPMLPCRSelection {
	return tpm2.TPMLPCRSelection{PCRSelections: []tpm2.TPMSPCRSelection{{Hash: tpm2.TPMAlgSHA256, PCRSelect: tpm2.PCClientCompatible.PCRs(attestation.PCR)}}}
}

// value is what the register holds.
func (c *chip) value() (pcr [32]byte, err error) {
	read, err := tpm2.PCRRead{PCRSelectionIn: register()}.Execute(c.wire)
	if err != nil {
		return pcr, err
	}
	if d := read.PCRValues.Digests; len(d) != 1 || len(d[0].Buffer) != len(pcr) {
		return pcr, errors.New("the TPM has no SHA-256 bank")
	}
	return [32]byte(read.PCRValues.Digests[0].Buffer), nil
}

func (c *chip) extend(digest [32]byte) error {
	_, err := tpm2.PCRExtend{
		PCRHandle: tpm2.AuthHandle{Handle: tpm2.TPMHandle(attestation.PCR), Auth: tpm2.PasswordAuth(nil)},
		Digests:   tpm2.TPMLDigestValues{Digests: []tpm2.TPMTHA{{HashAlg: tpm2.TPMAlgSHA256, Digest: digest[:]}}},
	}.Execute(c.wire)
	return err
}

// quote has the register signed over nonce.
func (c *chip) quote(nonce [32]byte) (q attestation.Quote, err error) {
	made, err := tpm2.Quote{
		SignHandle:     tpm2.AuthHandle{Handle: c.key.Handle, Name: c.key.Name, Auth: tpm2.PasswordAuth(nil)},
		QualifyingData: tpm2.TPM2BData{Buffer: nonce[:]},
		InScheme:       tpm2.TPMTSigScheme{Scheme: tpm2.TPMAlgNull},
		PCRSelect:      register(),
	}.Execute(c.wire)
	if err != nil {
		return q, err
	}
	q.Key, q.Attestation = c.public, made.Quoted.Bytes()
	s, err := made.Signature.Signature.ECDSA()
	if err != nil || !fill(q.Signature[:], s.SignatureR.Buffer, s.SignatureS.Buffer) {
		return q, errors.New("the TPM's signature is not ECDSA on P-256")
	}
	return q, nil
}
