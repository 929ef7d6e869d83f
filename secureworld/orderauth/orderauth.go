// Package orderauth authenticates the orders that the secure world gives to a
// reader or a PIN pad, once more inside TLS, so that a stolen TLS key cannot
// order anything.
//
// An order on the wire is its body followed by 16 bytes of AES-CMAC (NIST SP
// 800-38B) under the device's order key over
//
//	"strongroom order 1" ‖ door (1) ‖ device id (8) ‖ nonce (16) ‖ sequence (4) ‖ kind (1) ‖ body
//
// The device draws the nonce anew for each session, and the sequence rises by
// one with each order of a session, so an order is good once, for one device, in
// one session.
//
// The kernel and the two devices import it. It holds no key: callers bring the
// cipher.
package orderauth

import (
	"crypto/cipher"
	"encoding/binary"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/cmac"
)

// Door tells apart the two devices' orders under the MAC.
type Door byte

// The doors whose orders are authenticated.
const (
	DoorSRED     Door = 1
	DoorPINEntry Door = 2
)

// TagSize is the length of the authentication, in bytes.
const TagSize = 16

// DeviceID names a device: it is the initial key id of its DUKPT key (ANSI
// X9.24-3: BDK id and derivation id) and the common name of its certificate.
type DeviceID [8]byte

// Nonce is drawn by the device for one session.
type Nonce [16]byte

// ErrOrder reports an order that does not verify or is out of sequence.
var ErrOrder = errors.New("orderauth: order refused")

const label = "strongroom order 1"

// Session authenticates the orders of one session, on either end.
type Session struct {
	block    cipher.Block // AES under the order key
	door     Door
	device   DeviceID
	nonce    Nonce
	sequence uint32 // of the last order
}

// NewSession binds orders to a door, a device and the device's nonce.
func NewSession(block cipher.Block, door Door, device DeviceID, nonce Nonce) *Session {
	return &Session{block: block, door: door, device: device, nonce: nonce}
}

// Seal appends the authentication of the next order to body.
func (s *Session) Seal(kind byte, body []byte) []byte {
	s.sequence++
	return append(body, cmac.Sum(nil, s.block, s.header(kind), body)...)
}

// Open verifies the next order and returns its body. After an error the session
// must end.
func (s *Session) Open(kind byte, sealed []byte) ([]byte, error) {
	if len(sealed) < TagSize {
		return nil, ErrOrder
	}
	s.sequence++
	n := len(sealed) - TagSize
	if !cmac.Verify(s.block, sealed[n:], s.header(kind), sealed[:n]) {
		return nil, ErrOrder
	}
	return sealed[:n], nil
}

func (s *Session) header(kind byte) []byte {
	h := append([]byte(label), byte(s.door))
	h = append(h, s.device[:]...)
	h = append(h, s.nonce[:]...)
	h = binary.BigEndian.AppendUint32(h, s.sequence)
	return append(h, kind)
}
