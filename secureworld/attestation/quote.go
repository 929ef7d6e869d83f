package attestation

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/binary"
	"math/big"
	"slices"
)

// PCR is the register that boot's measurements go to, in the SHA-256 bank. Of 8 to
// 15, which nothing but a start of the machine sets back to zero, boot loaders write
// 8, 9 and 14, Linux 10, unified kernel images 11 and 12, systemd 15. 13 is written
// where system extensions lie beside a unified kernel image: such a machine has no
// quotes.
const PCR = 13

const startDomain = "strongroom kernel start 1\x00"

// Start is what boot measured when it started another kernel than before.
type Start struct {
	Boot, Kernel [32]byte
}

// Digest is what a start extends the register with.
func (s Start) Digest() [32]byte {
	return sha256.Sum256(slices.Concat([]byte(startDomain), s.Boot[:], s.Kernel[:]))
}

// Replay is the register's value after these starts, from zero.
func Replay(starts []Start) (pcr [32]byte) {
	for _, s := range starts {
		digest := s.Digest()
		pcr = sha256.Sum256(append(pcr[:], digest[:]...))
	}
	return pcr
}

// TPMKey is the public half of a TPM's attestation key, on P-256: x and y.
type TPMKey [64]byte

// Quote is a TPM's word for its register, over the Digest of a report:
//
//	version(1)=01 key(64) starts count(1) × [ boot(32) kernel(32) ]
//	attestation: length(2), TPMS_ATTEST  signature(64), r and s
//
// Starts are all since the machine started. The register tells that they are.
type Quote struct {
	Key         TPMKey
	Starts      []Start
	Attestation []byte // TPM 2.0 Library, part 2, 10.12.12
	Signature   [SignatureSize]byte
}

// Encode lays a quote out.
func (q Quote) Encode() ([]byte, error) {
	if len(q.Starts) == 0 || len(q.Starts) > MaxStarts || len(q.Attestation) > maxAttestation {
		return nil, ErrMalformed
	}
	b := append(append([]byte{version}, q.Key[:]...), byte(len(q.Starts)))
	for _, s := range q.Starts {
		b = append(append(b, s.Boot[:]...), s.Kernel[:]...)
	}
	return append(putBytes(b, q.Attestation), q.Signature[:]...), nil
}

// ParseQuote reads a quote; nothing in it is verified. What it accepts encodes to the
// same bytes.
func ParseQuote(b []byte) (q Quote, err error) {
	c := cutter{rest: b}
	if len(b) > MaxQuote || c.number(1) != version {
		return q, ErrMalformed
	}
	q.Key = TPMKey(c.take(len(q.Key)))
	n := c.number(1)
	if n == 0 || n > MaxStarts {
		return Quote{}, ErrMalformed
	}
	for range n {
		q.Starts = append(q.Starts, Start{c.digest(), c.digest()})
	}
	q.Attestation = c.take(int(c.number(2)))
	q.Signature = [SignatureSize]byte(c.take(SignatureSize))
	if c.short || len(c.rest) != 0 || len(q.Attestation) > maxAttestation {
		return Quote{}, ErrMalformed
	}
	return q, nil
}

// Verify tells whether a TPM that holds one of the keys signed that its register has
// the value of these starts, over nonce.
func (q Quote) Verify(keys []TPMKey, nonce [32]byte) bool {
	said, ok := parseAttested(q.Attestation)
	pcr := Replay(q.Starts)
	return ok && slices.Contains(keys, q.Key) && q.signed() &&
		bytes.Equal(said.extra, nonce[:]) && said.pcrs == sha256.Sum256(pcr[:])
}

func (q Quote) signed() bool {
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append([]byte{4}, q.Key[:]...))
	if err != nil {
		return false
	}
	digest := sha256.Sum256(q.Attestation)
	return ecdsa.Verify(key, digest[:], new(big.Int).SetBytes(q.Signature[:32]), new(big.Int).SetBytes(q.Signature[32:]))
}

// attested is what is looked at of a TPMS_ATTEST.
type attested struct {
	extra []byte
	pcrs  [32]byte
}

const (
	tpmGenerated = 0xFF544347 // TPM_GENERATED_VALUE: a restricted key signs nothing else that begins so
	tpmQuote     = 0x8018     // TPM_ST_ATTEST_QUOTE
	tpmSHA256    = 0x000B     // TPM_ALG_SHA256
	tpmClockSize = 8 + 4 + 4 + 1 + 8
)

// parseAttested takes a quote of the one register alone.
func parseAttested(b []byte) (a attested, ok bool) {
	c := cutter{rest: b}
	ok = c.number(4) == tpmGenerated && c.number(2) == tpmQuote
	c.take(int(c.number(2))) // the key's qualified name
	a.extra = c.take(int(c.number(2)))
	c.take(tpmClockSize) // clock, counts of resets, firmware's version
	ok = ok && c.number(4) == 1 && bytes.Equal(c.take(6), selection()) && c.number(2) == 32
	a.pcrs = c.digest()
	return a, ok && !c.short && len(c.rest) == 0
}

// selection is a TPMS_PCR_SELECTION of the register.
func selection() []byte {
	s := binary.BigEndian.AppendUint16(nil, tpmSHA256)
	s = append(s, 3, 0, 0, 0)
	s[3+PCR/8] |= 1 << (PCR % 8)
	return s
}
