//go:build linux

package estate

import (
	"context"
	"errors"

	"github.com/strongroom-pos/strongroom/internal/estate/ceremony"
	"github.com/strongroom-pos/strongroom/internal/provision"
	"github.com/strongroom-pos/strongroom/internal/provision/role"
	"github.com/strongroom-pos/strongroom/secureworld/control"
)

// AcquirerFolder is where a demo lane's acquirer has its keys.
func AcquirerFolder(home string) string { return ceremony.AcquirerFolder(home) }

// LoadKey loads another host key from afar (TR-34, two-pass): the acquirer offers one,
// the terminal's kernel draws a random number, the acquirer's key distribution host
// seals the key over it, and the kernel takes the delivery. A try that ended anywhere
// may be made again. It tells the new key's id.
func (p Places) LoadKey(ctx context.Context, acquirer, terminal string) (id [8]byte, err error) {
	door, err := control.Dial(p.Control)
	if err != nil {
		return id, err
	}
	defer func() { err = errors.Join(err, door.Close()) }()
	if id, err = p.Desk.OfferKey(ctx, terminal); err != nil {
		return id, err
	}
	random, err := door.Challenge()
	if err != nil {
		return id, err
	}
	delivery, err := Deliver(acquirer, terminal, id, random)
	if err != nil {
		return id, err
	}
	return id, door.LoadKey(delivery)
}

// Deliver has the acquirer whose folder this is make a delivery.
func Deliver(acquirer, terminal string, id [8]byte, random [16]byte) (delivery []byte, err error) {
	a, err := provision.OpenAcquirer(acquirer, role.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	return a.KeyToken(terminal, id, random[:])
}
