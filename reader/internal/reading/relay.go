package reading

import (
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

// insRelay is EXCHANGE RELAY RESISTANCE DATA (Book C-2).
const insRelay = 0xEA

// relay hands out the terminal's numbers of relay resistance, each for one
// exchange: first the order's unpredictable number, then its entropy.
type relay struct {
	entropy [sred.EntropySize]byte
	used    int // exchanges of this order so far, over all taps
}

// give completes an activation with the numbers that no card has seen.
func (r *relay) give(a *contactless.Activation) {
	a.Spent, a.Entropy = r.used > 0, nil
	for i := max(0, r.used-1); i < len(r.entropy)/4; i++ {
		a.Entropy = append(a.Entropy, [4]byte(r.entropy[4*i:]))
	}
}

// sent counts an exchange, whatever becomes of it.
func (r *relay) sent(command []byte) {
	if command[1] == insRelay {
		r.used++
	}
}
