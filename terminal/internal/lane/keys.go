package lane

import (
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// maxKeys is as many places as the key list has.
const maxKeys = 256

// Keys returns the secure world's list of keys, or the problem secure_world_down.
func (l *Lane) Keys() ([]mailbox.KeyLine, error) {
	k := l.current()
	if k == nil {
		return nil, sale.SecureWorldDown.Refuse()
	}
	var out []mailbox.KeyLine
	for at := range maxKeys {
		line, err := k.commands.KeyLine(uint8(at))
		var refused *mailbox.RefusedError
		switch {
		case errors.As(err, &refused):
			return nil, sale.SecureWorldDown.Refuse()
		case err != nil:
			return nil, l.failed(k, err)
		case !line.Present:
			return out, nil
		}
		out = append(out, line)
	}
	return out, nil
}
