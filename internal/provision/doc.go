// Package provision is the device build: what each role does, with keys of its
// own, from the first key to a device that takes payments.
//
//	manufacturer   root, image and device authority keys; certifies the keys of the
//	               others, signs kernel images for one customer, makes devices
//	customer       licence, configuration and countersignature keys and the firmware
//	               root key: says what may run on his devices, loads his keys
//	developer      signs the manifests of his trusted applications
//	acquirer       the other company (demos and tests): host authority, base
//	               derivation keys, which two custodians make
//
// A device's folder goes through three hands, in this order:
//
//	manufacturer   supplier keys, TLS identities, attestation and licence key, key that receives keys
//	customer       firmware root, keys between secure world, reader and PIN pad
//	acquirer       initial keys towards the host, the token key, the PIN pad's, key distribution host
//
// Each is one call here and one command of `strongroom provision`; the demo's
// ceremony makes the same calls. Every call writes down who did what, and the
// digest of what came of it, before it gives it out.
//
// The operator's command and the demo's ceremony import it. Keys are drawn, put
// into key blocks and wiped within one call.
//
// BUG(provisioning): the key that protects the acquirer's key file lies in his
// folder in clear, as the inside of a security module; so does the firmware root
// key of a customer without a token.
//
// BUG(provisioning): the RSA key of the acquirer's key distribution host is a file of
// his folder, with a token too.
//
// BUG(provisioning): the acquirer wraps his keys under the supplier key that the
// customer uses too: whoever has the device's folder at that moment could open
// both companies' blocks.
package provision

import (
	"crypto/ed25519"
	"encoding/json"
	"time"

	"github.com/strongroom-pos/strongroom/internal/provision/role"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/signing"
)

// Years is how long the manufacturer's certificates last unless he says otherwise.
const Years = 3

// Valid is from an hour before now, since clocks differ, until then.
func Valid(now, until time.Time) signing.Validity {
	return signing.Validity{From: now.Add(-time.Hour), Until: until}
}

func putJSON(f *role.Folder, name string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return f.Put(name, append(b, '\n'))
}

func certificateFile(r signing.Role) string { return "certificates/" + string(r) }

// certified is a role's key with its certificate.
func certified(f *role.Folder, key string, r signing.Role, root ed25519.PublicKey) (signing.Certified, error) {
	s, err := f.Signer(key)
	if err != nil {
		return signing.Certified{}, err
	}
	cert, err := f.Get(certificateFile(r))
	if err != nil {
		return signing.Certified{}, errNotCertified(key)
	}
	return signing.Accept(cert, root, s, r, f.Now())
}
