package standin

import (
	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
)

// Keys sets the list of keys.
func (w *World) Keys(lines ...mailbox.KeyLine) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.keys = lines
}

func (w *World) keyLine(body []byte) (any, error) {
	var m mailbox.Keys
	if err := frame.Parse(body, &m); err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if int(m.Index) < len(w.keys) {
		return w.keys[m.Index], nil
	}
	return mailbox.KeyLine{}, nil
}
