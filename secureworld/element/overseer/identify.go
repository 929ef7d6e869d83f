package overseer

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"sync"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
)

// errCertificate says that no authority vouches for an identity.
var errCertificate = errors.New("overseer: identity not certified")

// Authorities are the roots of the two who vouch for an element.
type Authorities struct {
	Manufacturer, Operator *x509.Certificate
}

// key verifies both certificates of an identity, which must be of one Ed25519 key, and
// returns that key. No dates are looked at, as the members look at none.
func (a Authorities) key(id *door.Identity) (ed25519.PublicKey, error) {
	first, err := certified(id.Manufacturer, a.Manufacturer)
	if err != nil {
		return nil, err
	}
	second, err := certified(id.Operator, a.Operator)
	if err != nil {
		return nil, err
	}
	if !first.Equal(second) {
		return nil, errCertificate
	}
	return first, nil
}

// roleElement is the organizational unit in an element's certificates.
const roleElement = "element"

func certified(der []byte, root *x509.Certificate) (ed25519.PublicKey, error) {
	c, err := x509.ParseCertificate(der)
	if err != nil || root == nil || c.IsCA || c.CheckSignatureFrom(root) != nil {
		return nil, errCertificate
	}
	key, ok := c.PublicKey.(ed25519.PublicKey)
	unit := c.Subject.OrganizationalUnit
	if !ok || len(unit) != 1 || unit[0] != roleElement {
		return nil, errCertificate
	}
	return key, nil
}

// nameOf is the name of an element for people: the start of its identity key's hash.
func nameOf(key ed25519.PublicKey) string {
	h := sha256.Sum256(key)
	return hex.EncodeToString(h[:8])
}

// identify asks those members that are not in skip who they are. It returns those that
// answered and may belong to the group.
func (o *Overseer) identify(ctx context.Context, skip map[*member]bool) []*member {
	ctx, cancel := context.WithTimeout(ctx, stepPatience)
	defer cancel()
	var wg sync.WaitGroup
	for _, m := range o.members {
		if !skip[m] {
			wg.Go(func() { o.identifyOne(ctx, m) })
		}
	}
	wg.Wait()
	o.mu.Lock()
	defer o.mu.Unlock()
	var present []*member
	now := o.config.Clock()
	voices := map[string]bool{} // one element over two links would have two
	for _, m := range o.members {
		if !skip[m] && !m.absent && !m.isAside(now) && m.record.Health != Quarantined && !voices[m.id] {
			voices[m.id] = true
			present = append(present, m)
		}
	}
	return present
}

func (o *Overseer) identifyOne(ctx context.Context, m *member) {
	var nonce [32]byte
	_, _ = rand.Read(nonce[:]) // never fails (crypto/rand)
	id, err := call[door.Identity](ctx, m.link, door.KindIdentify, door.Identify{Nonce: nonce})
	if err != nil {
		o.mu.Lock()
		m.absent = true
		o.mu.Unlock()
		return
	}
	key, err := o.config.Authorities.key(&id)
	if err == nil && !ed25519.Verify(key, door.IdentityInput(nil, &nonce, &id), id.Signature[:]) {
		err = errCertificate
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	m.absent = false
	if err != nil {
		o.step(m, Blamed, "identity is not certified")
		return
	}
	if name := nameOf(key); m.id != name {
		o.replaced(m, name)
	}
	m.identity, m.key = id, key
}

// replaced notes that another element stands behind a link. A healthy record is not
// handed on; a quarantine is of the place too, until the operator ends it. The caller
// holds mu.
func (o *Overseer) replaced(m *member, name string) {
	if m.record.Health == Healthy || m.record.Health == Suspect {
		m.record = Record{}
	}
	m.id = name
	if o.heldBack(name) {
		m.record, m.held, m.filed = Record{Health: Quarantined}, name, true
	}
}
