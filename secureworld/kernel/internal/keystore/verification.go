package keystore

import (
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"io"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/cmac"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
)

// A sealed set of verification keys, which the journal keeps until a message is
// answered, so that a late answer can be checked after a restart too:
//
//	nonce (12) ‖ AES-256-GCM of n × ( KSN (12) ‖ key (32) ) ‖ tag (16)
const verificationSize = 12 + keySize

const verificationAAD = "strongroom verification keys 1"

// ErrMAC says that a host message does not verify.
var ErrMAC = errors.New("keystore: host message refused")

// VerificationKeys seals the keys under which the answers to these messages are
// authenticated.
func (m *Messages) VerificationKeys() ([]byte, error) {
	n := len(m.tx) * verificationSize
	out := make([]byte, nonceSize, nonceSize+n+tagSize)
	if _, err := io.ReadFull(rand.Reader, out); err != nil {
		return nil, err
	}
	err := m.s.withRoom(n+tagSize, func(room []byte) error {
		for i, t := range m.tx {
			part := room[i*verificationSize : (i+1)*verificationSize]
			ksn := t.KSN()
			copy(part, ksn[:])
			if err := t.MACVerificationKey(part[12:], dukpt.AES256); err != nil {
				return err
			}
		}
		return m.s.withGCM(m.s.verify, func(a cipher.AEAD) error {
			out = append(out, a.Seal(room[:0], out[:nonceSize], room[:n], []byte(verificationAAD))...)
			return nil
		})
	})
	return out, err
}

// Check verifies a host message, body and MAC, under the i-th key of a sealed
// set.
func (s *Store) Check(keys []byte, i int, message []byte) error {
	return s.verification(keys, i, func(_ [12]byte, k []byte) error {
		if len(message) < hostspec.MACSize {
			return ErrMAC
		}
		n := len(message) - hostspec.MACSize
		return s.withAES(k, func(b cipher.Block) error {
			if !cmac.Verify(b, message[n:], message[:n]) {
				return ErrMAC
			}
			return nil
		})
	})
}

// KSN is that of the i-th key of a sealed set.
func (s *Store) KSN(keys []byte, i int) (ksn [12]byte, err error) {
	err = s.verification(keys, i, func(k [12]byte, _ []byte) error { ksn = k; return nil })
	return ksn, err
}

// Keys is how many keys a sealed set holds.
func Keys(sealed []byte) int { return max(0, len(sealed)-nonceSize-tagSize) / verificationSize }

func (s *Store) verification(keys []byte, i int, f func(ksn [12]byte, k []byte) error) error {
	n := Keys(keys) * verificationSize
	if i < 0 || i >= Keys(keys) || len(keys) != nonceSize+n+tagSize {
		return ErrMAC
	}
	return s.withRoom(n+tagSize, func(room []byte) error {
		copy(room, keys[nonceSize:])
		err := s.withGCM(s.verify, func(a cipher.AEAD) error {
			_, err := a.Open(room[:0], keys[:nonceSize], room[:n+tagSize], []byte(verificationAAD))
			return err
		})
		if err != nil {
			return ErrMAC
		}
		part := room[i*verificationSize : (i+1)*verificationSize]
		return f([12]byte(part[:12]), part[12:])
	})
}
