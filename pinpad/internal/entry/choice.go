package entry

import "github.com/strongroom-pos/strongroom/pinpad/internal/keypad"

// Choice is one of several labels, or a yes to the only one.
type Choice struct {
	Labels  int  // how many there are, 1 to 8
	Confirm bool // OK takes the one label
	Number  int  // the label that was taken, from 1; 0 is none
}

// Len is always zero: one key decides.
func (c *Choice) Len() int { return 0 }

// Wipe takes the choice back.
func (c *Choice) Wipe() { c.Number = 0 }

// press takes the digit of a label, or OK where that is asked for. Cancel is an
// answer too: none of them.
func (c *Choice) press(k keypad.Key) (done bool, err error) {
	switch {
	case k == keypad.Cancel:
		c.Number = 0
		return true, nil
	case c.Confirm && k == keypad.OK:
		c.Number = 1
		return true, nil
	case !c.Confirm && k > '0' && int(k-'0') <= c.Labels:
		c.Number = int(k - '0')
		return true, nil
	}
	return false, nil
}
