package signing

import (
	"crypto"
	"crypto/ed25519"
)

// otherKey signs but shows a public key of another kind.
type otherKey struct{ ed25519.PrivateKey }

func (otherKey) Public() crypto.PublicKey { return []byte("no Ed25519 key") }
