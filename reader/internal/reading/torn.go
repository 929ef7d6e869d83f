package reading

import (
	"time"

	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
)

// TornRules say what is kept of cards that leave during GENERATE AC.
type TornRules struct {
	Depth    int    // cards, 0 to 5; 0 keeps nothing
	Lifetime uint16 // seconds, 1 to 7200
}

// torn keeps the torn log of one order. Every tap of the order starts the kernel
// anew and may recover what an earlier tap left; with the order the log ends,
// since a cryptogram covers that order's unpredictable number and the secure world
// takes no other.
type torn struct {
	log      *contactless.TornLog // nil keeps nothing
	lifetime time.Duration
	expires  <-chan time.Time // of the newest entry; nil while there is none
}

func newTorn(r TornRules) torn {
	if r.Depth == 0 {
		return torn{}
	}
	log, err := contactless.NewTornLog(r.Depth, r.Lifetime)
	if err != nil {
		return torn{} // the parameters were checked; without a log a card begins again
	}
	return torn{log: log, lifetime: time.Duration(r.Lifetime) * time.Second}
}

// left is called where a card has left: what was kept lives from now on.
func (t *torn) left() {
	if t.log.Len() > 0 {
		t.expires = time.After(t.lifetime)
	}
}

func (t *torn) wipe() {
	t.log.Wipe()
	t.expires = nil
}
