package group

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/siv"
	"github.com/strongroom-pos/strongroom/secureworld/sensitive"
)

// Labels of what is derived from the group secret.
const (
	labelSecret  = "strongroom group secret 1"
	labelConfirm = "strongroom group confirm 1" // MAC key of confirmations
	labelKey     = "strongroom group key 1"     // X25519 key to which clients open sessions
	labelChance  = "strongroom group chance 1"  // what answers have of chance
)

const macSize = 32

// secrets are what comes out of an agreement. The group secret itself is not kept.
type secrets struct {
	confirm sensitive.Bytes
	key     func() *ecdh.PrivateKey // behind a func, because printers open structs
	chance  *siv.Cipher
}

func (s *secrets) wipe() {
	s.confirm.Wipe()
	s.chance.Wipe()
	s.key = nil
}

// derive makes the secrets of all contributions in the order of the transcript.
func derive(joint []byte, a *agreement) (*secrets, error) {
	secret, err := hkdf.Key(sha256.New, joint, a.hash[:], labelSecret, 32)
	if err != nil {
		return nil, err
	}
	defer clear(secret)
	key, err := expand(secret, labelKey, 32, ecdh.X25519().NewPrivateKey)
	if err != nil {
		return nil, err
	}
	chance, err := expand(secret, labelChance, siv.KeySize, siv.New)
	if err != nil {
		return nil, err
	}
	confirm, err := hkdf.Expand(sha256.New, secret, labelConfirm, macSize)
	if err != nil {
		chance.Wipe()
		return nil, err
	}
	return &secrets{sensitive.New(confirm), func() *ecdh.PrivateKey { return key }, chance}, nil
}

// expand derives one key and clears its bytes when it was used.
func expand[K any](secret []byte, label string, size int, use func([]byte) (K, error)) (key K, err error) {
	b, err := hkdf.Expand(sha256.New, secret, label, size)
	if err != nil {
		return key, err
	}
	defer clear(b)
	return use(b)
}

// epoch hands the secrets over to an epoch; the confirmations' key is needed no more.
func (s *secrets) epoch(a *agreement) *epoch {
	s.confirm.Wipe()
	return &epoch{
		transcript: a.transcript, hash: a.hash, self: a.self,
		key: s.key, chance: s.chance, sessions: newSessions(),
	}
}

// mac is member j's proof that it has the secret.
func (a *agreement) mac(j int) (out [macSize]byte) {
	a.secrets.confirm.Use(func(key []byte) {
		h := hmac.New(sha256.New, key)
		h.Write([]byte("strongroom member confirms 1"))
		h.Write(a.hash[:])
		h.Write(a.commitments)
		h.Write([]byte{byte(j)})
		h.Sum(out[:0])
	})
	return out
}

// confirm makes this member's confirmation: MAC, key of the group, signature.
func (m *Member) confirm(a *agreement) (out [door.ConfirmationSize]byte) {
	mac, key := a.mac(a.self), a.secrets.key().PublicKey().Bytes()
	signature := m.cfg.Identity.Sign(door.ConfirmationInput(nil, &a.hash, mac[:], key))
	b := append(append(out[:0], mac[:]...), key...)
	copy(out[len(b):], signature[:])
	return out
}

// checkConfirmations holds each to the secret, to the group's key and to its member's
// signature.
func (a *agreement) checkConfirmations(all []byte) error {
	if len(all) != len(a.holders)*door.ConfirmationSize {
		return refusal(door.CodeMalformed)
	}
	key := a.secrets.key().PublicKey().Bytes()
	for j, h := range a.holders {
		c, want := place(all, j, door.ConfirmationSize), a.mac(j)
		mac, public, signature := c[:macSize], c[macSize:macSize+32], c[macSize+32:]
		if !hmac.Equal(mac, want[:]) || !bytes.Equal(public, key) ||
			!ed25519.Verify(h.Key, door.ConfirmationInput(nil, &a.hash, mac, public), signature) {
			return blame(door.CodeAgreement, j)
		}
	}
	return nil
}
