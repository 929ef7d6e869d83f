package virtualcard

import "context"

// TapTwo holds two cards into the empty field at the same time, as two in one
// wallet are: the reader never hears one alone.
func (t *Tray) TapTwo(ctx context.Context, p, q Profile) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.field == "":
		return ErrNoField
	case t.antenna.now != nil:
		return ErrCrowded
	}
	card, err := t.memories.contactless(p)
	if err != nil {
		return err
	}
	if _, err := t.memories.contactless(q); err != nil {
		return err
	}
	if err := t.put(ctx, &t.antenna, t.field, crowded{card}); err != nil {
		return err
	}
	t.antenna.state.Collision = true
	return nil
}

// crowded is a card that another one talks over, from the first command on.
type crowded struct{ Player }

// Do answers by one byte, which is no answer (see Tray).
func (crowded) Do([]byte) ([]byte, Effect) { return []byte{0x00}, EffectAnswer }
