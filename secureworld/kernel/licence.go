//go:build linux

package main

import (
	"crypto/ed25519"
	"crypto/sha256"

	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/internal/licence"
)

// paper is a licence that boot verified, with the SHA-256 of its document.
type paper struct {
	licence.Licence
	digest [32]byte
}

// license takes the licence of the start.
func (k *kernel) license(raw []byte) error {
	l, err := licence.HandedOver(raw)
	if err == nil {
		k.licence.Store(&paper{l, sha256.Sum256(raw)})
	}
	return err
}

// relicense takes another while the kernel serves: sessions are held against it from
// the next measurement on. The storage belongs to the customer of the start.
func (k *kernel) relicense(raw []byte) handover.Outcome {
	l, err := licence.HandedOver(raw)
	switch {
	case err != nil:
		return handover.OutcomeUnusable
	case l.Customer != k.licence.Load().Customer, l.Held(k.witness.licenceKey.Public().(ed25519.PublicKey)) != nil:
		return handover.OutcomeDenied
	}
	k.licence.Store(&paper{l, sha256.Sum256(raw)})
	return handover.OutcomeDone
}
