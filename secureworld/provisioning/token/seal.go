package token

import "github.com/strongroom-pos/strongroom/secureworld/provisioning/token/wire"

// MaxSecret is the longest secret that Seal takes.
const MaxSecret = 100

// Seal seals a secret under a key of the token, bound to a name.
func (t *Token) Seal(name string, secret []byte) ([]byte, error) {
	var s wire.Secret
	err := t.ask(wire.KindSeal, wire.Seal{Name: []byte(name), Secret: secret}, &s)
	return s.Bytes, err
}

// Unseal opens what Seal made for this name. The caller wipes it.
func (t *Token) Unseal(name string, sealed []byte) ([]byte, error) {
	var s wire.Secret
	err := t.ask(wire.KindUnseal, wire.Seal{Name: []byte(name), Secret: sealed}, &s)
	return s.Bytes, err
}
