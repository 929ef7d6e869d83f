package group

import (
	"crypto/ed25519"
	"crypto/hpke"
	"crypto/sha256"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/channel"
	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
)

// open opens a client's session in the active epoch.
func (m *Member) open(r *door.Open) (*door.Opened, error) {
	e := m.epochs.get(r.Group, r.Epoch)
	if e == nil {
		return nil, refusal(door.CodeEpoch)
	}
	defer e.leave()
	if e.draining.Load() {
		return nil, refusal(door.CodeEpoch)
	}
	if len(r.Votes) != len(e.transcript.Members)*32 {
		return nil, refusal(door.CodeMalformed)
	}
	signed := door.OpenInput(nil, r)
	client, err := m.cfg.Identity.Authorities.Client(r.Client)
	if err != nil || !ed25519.Verify(client.Key, signed, r.Signature[:]) {
		return nil, refusal(door.CodeCertificate)
	}
	opened := sha256.Sum256(signed)
	if same, err := e.sessions.known(r.Session, opened); same || err != nil {
		return &door.Opened{}, err
	}
	one, err := m.join(e, r)
	if err != nil {
		return nil, err
	}
	defer one.release()
	one.opened, one.client = opened, [ed25519.PublicKeySize]byte(client.Key)
	return &door.Opened{}, e.sessions.add(r.Session, one)
}

// join exports the keys of a session.
func (m *Member) join(e *epoch, r *door.Open) (*session, error) {
	key, err := hpke.NewDHKEMPrivateKey(e.key())
	if err != nil {
		return nil, refusal(door.CodeState)
	}
	shared, err := hpke.NewRecipient(r.Group32[:], key, hpke.HKDFSHA256(), channel.AEAD(), channel.Info(&e.hash, &r.Session))
	if err != nil {
		return nil, refusal(door.CodeSeal)
	}
	keys, err := channel.NewKeys(shared)
	if err != nil {
		return nil, refusal(door.CodeSeal)
	}
	votes, err := m.voter(e, r)
	if err != nil {
		keys.Wipe()
		return nil, err
	}
	one := &session{keys: keys, votes: votes}
	one.users.Store(1) // of the caller
	return one, nil
}

// voter exports the key of this member's votes, nil where the client wants none of it.
func (m *Member) voter(e *epoch, r *door.Open) (*channel.Votes, error) {
	mine := place(r.Votes, e.self, 32)
	if [32]byte(mine) == [32]byte{} {
		return nil, nil
	}
	own, err := m.cfg.Identity.Recipient(mine, channel.VoteInfo(&e.hash, &r.Session), channel.AEAD())
	if err != nil {
		return nil, refusal(door.CodeSeal)
	}
	votes, err := channel.NewVotes(own)
	if err != nil {
		return nil, refusal(door.CodeSeal)
	}
	return votes, nil
}
