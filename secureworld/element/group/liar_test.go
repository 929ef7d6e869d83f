package group_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/binary"
	"path/filepath"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/group"
	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/identity"
	"github.com/strongroom-pos/strongroom/secureworld/element/identity/authority"
)

// liar is a certified element whose contribution is always the same. It is written from
// the door's description.
type liar struct {
	w   *world
	who *identity.Element
	// share is what it contributes, other what it seals if that is not what it committed to.
	share, other []byte
}

func newLiar(tb testing.TB, w *world) *liar {
	tb.Helper()
	folder := filepath.Join(tb.TempDir(), "liar")
	w.must(authority.WriteElement(folder, "liar", "liar", w.made, w.runs))
	who, err := identity.LoadElement(folder)
	w.must(err)
	return &liar{w: w, who: who, share: bytes.Repeat([]byte{9}, 32)}
}

func (l *liar) identity() door.Identity {
	return door.Identity{
		Make: []byte("liar"), Version: element.LanguageVersion, Verbs: verbs,
		Manufacturer: l.who.Manufacturer, Operator: l.who.Operator, Agreement: l.who.Agreement(),
	}
}

// agree goes as far as the honest member's confirmation.
func (l *liar) agree(honest *group.Member, epoch uint32) *door.Refusal {
	w := l.w
	proposed := w.propose(epoch, honest)
	proposed.Members = append(proposed.Members, l.identity())
	encoded, err := door.EncodeTranscript(proposed)
	w.must(err)
	hash := door.HashTranscript(encoded)
	var c door.Commitment
	w.call(honest, door.KindPropose, &door.Propose{Transcript: encoded}, &c)
	commitments := append(c.Commitment[:], l.commit(proposed, &hash)...)
	w.call(honest, door.KindFix, &door.Fix{Commitments: commitments}, &door.Contribution{})
	sealed := make([]byte, 2*door.ContributionSize)
	copy(sealed[door.ContributionSize:], l.seal(proposed.Members[0].Agreement, &hash, commitments))
	return call(w.tb, honest, door.KindDeliver, &door.Deliver{Sealed: sealed}, &door.Confirmation{})
}

func (l *liar) commit(t *door.Transcript, hash *[32]byte) []byte {
	h := sha256.New()
	h.Write([]byte("strongroom contribution 1"))
	h.Write(l.share)
	h.Write(l.who.Key())
	h.Write(t.Group[:])
	h.Write(binary.BigEndian.AppendUint32(nil, t.Epoch))
	digest := h.Sum(nil)
	signature := l.who.Sign(door.CommitmentInput(nil, hash, digest))
	return append(digest, signature[:ed25519.SignatureSize]...)
}

func (l *liar) seal(key [32]byte, hash *[32]byte, commitments []byte) []byte {
	public, err := ecdh.X25519().NewPublicKey(key[:])
	l.w.must(err)
	to, err := hpke.NewDHKEMPublicKey(public)
	l.w.must(err)
	fixed := sha256.Sum256(commitments)
	info := append(append(append([]byte("strongroom contribution 1"), hash[:]...), fixed[:]...), 1, 0)
	enc, s, err := hpke.NewSender(to, hpke.HKDFSHA256(), hpke.AES256GCM(), info)
	l.w.must(err)
	share := l.share
	if l.other != nil {
		share = l.other
	}
	sealed, err := s.Seal(nil, share)
	l.w.must(err)
	return append(enc, sealed...)
}

func TestAContributionThatWasNotCommittedToIsNamed(t *testing.T) {
	w := newWorld(t, 1)
	l := newLiar(t, w)
	l.other = bytes.Repeat([]byte{8}, 32)
	if r := l.agree(w.members[0], 1); r == nil || *r != (door.Refusal{Code: door.CodeAgreement, Member: 1}) {
		t.Errorf("%+v", r)
	}
}
