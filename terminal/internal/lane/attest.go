package lane

import (
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// Attest asks the secure world for a signed report over a nonce, or returns the
// problem secure_world_down.
func (l *Lane) Attest(nonce payment.Digest) ([]byte, error) {
	k := l.current()
	if k == nil {
		return nil, sale.SecureWorldDown.Refuse()
	}
	evidence, err := k.commands.Attest(nonce)
	var refused *mailbox.RefusedError
	switch {
	case errors.As(err, &refused):
		return nil, sale.SecureWorldDown.Refuse()
	case err != nil:
		return nil, l.failed(k, err)
	}
	return evidence, nil
}
