package group

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/binary"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
)

const (
	shareSize  = 32
	digestSize = 32 // of a commitment, without its signature
)

// digest is what a member commits to: its contribution, bound to the member, the group
// and the epoch, so that no other member can repeat the commitment as its own.
func digest(share []byte, key ed25519.PublicKey, t *door.Transcript) [digestSize]byte {
	h := sha256.New()
	h.Write([]byte("strongroom contribution 1"))
	h.Write(share)
	h.Write(key)
	h.Write(t.Group[:])
	h.Write(binary.BigEndian.AppendUint32(nil, t.Epoch))
	return [digestSize]byte(h.Sum(nil))
}

func (m *Member) commit(a *agreement, share []byte) (out [door.CommitmentSize]byte) {
	d := digest(share, m.cfg.Identity.Key(), a.transcript)
	signature := m.cfg.Identity.Sign(door.CommitmentInput(nil, &a.hash, d[:]))
	copy(out[:], d[:])
	copy(out[digestSize:], signature[:])
	a.commitments = out[:]
	return out
}

// checkCommitments holds each to its member's signature, and this member's to what it
// said itself.
func (a *agreement) checkCommitments(all []byte) error {
	if len(all) != len(a.holders)*door.CommitmentSize {
		return refusal(door.CodeMalformed)
	}
	for j, h := range a.holders {
		c := place(all, j, door.CommitmentSize)
		switch {
		case j == a.self && !bytes.Equal(c, a.commitments),
			!ed25519.Verify(h.Key, door.CommitmentInput(nil, &a.hash, c[:digestSize]), c[digestSize:]):
			return blame(door.CodeAgreement, j)
		}
	}
	return nil
}

// place is the part of member j.
func place(all []byte, j, size int) []byte { return all[j*size : (j+1)*size : (j+1)*size] }

// info binds a sealed contribution to the agreement, and to who seals it for whom.
func (a *agreement) info(from, to int) []byte {
	b := append([]byte("strongroom contribution 1"), a.hash[:]...)
	fixed := sha256.Sum256(a.commitments)
	b = append(b, fixed[:]...)
	return append(b, byte(from), byte(to))
}

// contribute seals this member's contribution to each of the others, zeros in its own
// place.
func (a *agreement) contribute() ([]byte, error) {
	all := make([]byte, len(a.holders)*door.ContributionSize)
	var err error
	a.share.Use(func(share []byte) {
		for j := range a.holders {
			if j != a.self && err == nil {
				err = a.sealTo(place(all, j, door.ContributionSize), j, share)
			}
		}
	})
	return all, err
}

func (a *agreement) sealTo(dst []byte, j int, share []byte) error {
	key, err := ecdh.X25519().NewPublicKey(a.transcript.Members[j].Agreement[:])
	if err != nil {
		return blame(door.CodeAgreement, j)
	}
	to, err := hpke.NewDHKEMPublicKey(key)
	if err != nil {
		return blame(door.CodeAgreement, j)
	}
	encapsulated, s, err := hpke.NewSender(to, hpke.HKDFSHA256(), hpke.AES256GCM(), a.info(a.self, j))
	if err != nil {
		return blame(door.CodeAgreement, j) // a point of low order
	}
	sealed, err := s.Seal(nil, share)
	if err != nil || len(encapsulated)+len(sealed) != len(dst) {
		return blame(door.CodeAgreement, j)
	}
	copy(dst[copy(dst, encapsulated):], sealed)
	return nil
}

// gather opens the contributions of the others, in the order of the transcript, and
// derives the secrets.
func (m *Member) gather(a *agreement, all []byte) error {
	n := len(a.holders)
	if len(all) != n*door.ContributionSize {
		return refusal(door.CodeMalformed)
	}
	joint := make([]byte, 0, n*shareSize)
	defer func() { clear(joint[:cap(joint)]) }()
	for j := range n {
		var err error
		if joint, err = m.shareOf(joint, a, j, place(all, j, door.ContributionSize)); err != nil {
			return err
		}
	}
	var err error
	a.secrets, err = derive(joint, a)
	return err
}

// shareOf appends the contribution of member j to joint.
func (m *Member) shareOf(joint []byte, a *agreement, j int, sealed []byte) ([]byte, error) {
	if j == a.self {
		a.share.Use(func(share []byte) { joint = append(joint, share...) })
		return joint, nil
	}
	r, err := m.cfg.Identity.Recipient(sealed[:32], a.info(j, a.self), hpke.AES256GCM())
	if err != nil {
		return joint, blame(door.CodeAgreement, j)
	}
	share, err := r.Open(nil, sealed[32:])
	defer clear(share)
	if err != nil || len(share) != shareSize {
		return joint, blame(door.CodeAgreement, j)
	}
	said := digest(share, a.holders[j].Key, a.transcript)
	if !bytes.Equal(said[:], place(a.commitments, j, door.CommitmentSize)[:digestSize]) || !m.shares.fresh(share) {
		return joint, blame(door.CodeAgreement, j)
	}
	return append(joint, share...), nil
}
