package auditor

import (
	"context"
	"crypto/sha256"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// check is one answer that is to be asked of another group.
type check struct {
	group int
	kind  element.Kind
	body  []byte            // of the request
	said  [sha256.Size]byte // hash of the answer
	block element.PINBlock  // of Translated: compared by what is in it
	given bool              // there is such a block
}

func newCheck(group int, kind element.Kind, body, said []byte) check {
	c := check{group: group, kind: kind, body: body, said: sha256.Sum256(said)}
	var t element.Translated
	if said[0] == element.KindTranslatePIN|element.KindAnswer && frame.Parse(said[1:], &t) == nil {
		c.block, c.given = t.Block, true
	}
	return c
}

func (c *check) wipe() { clear(c.body); clear(c.said[:]) }

// cross asks the next group, and where that one differs, the others until one of the
// two is confirmed.
func (a *Auditor) cross(ctx context.Context, c *check) {
	n := len(a.config.Groups)
	against := -1
	for k := 1; k < n; k++ {
		other := (c.group + k) % n
		equal, err := a.equal(ctx, c, other)
		if err != nil {
			continue
		}
		a.mu.Lock()
		a.counts.Checks++
		a.mu.Unlock()
		switch {
		case equal && against < 0:
			a.right(c.group)
			return
		case equal: // two say this, one says that
			a.right(c.group)
			a.found(against, a.name(against), a.name(c.group)+" and "+a.name(other), c.kind)
			return
		case against >= 0:
			a.found(c.group, a.name(c.group), a.name(against)+" and "+a.name(other), c.kind)
			return
		}
		against = other
	}
	if against >= 0 {
		a.found(c.group, a.name(c.group)+" or "+a.name(against), "each other", c.kind)
	}
}

func (a *Auditor) name(group int) string { return a.config.Groups[group].Name }

// equal tells whether another group answers the same.
func (a *Auditor) equal(ctx context.Context, c *check, other int) (bool, error) {
	client := a.config.Groups[other].Client
	said, err := Ask(ctx, client, c.kind, c.body)
	if err != nil {
		return false, err
	}
	defer clear(said)
	if !c.given {
		return sha256.Sum256(said) == c.said, nil
	}
	var t element.Translated
	var r element.TranslatePIN
	if said[0] != element.KindTranslatePIN|element.KindAnswer || frame.Parse(said[1:], &t) != nil || frame.Parse(c.body, &r) != nil {
		return false, nil // one of them refuses
	}
	first, err := offset(ctx, client, c.block, r.PAN)
	if err != nil {
		return false, err
	}
	second, err := offset(ctx, client, t.Block, r.PAN)
	if err != nil {
		return false, err
	}
	return first == second, nil
}

// offset is what stands for the PIN in a block: a hash of its offset, or of the refusal
// to make one.
func offset(ctx context.Context, c Asker, block element.PINBlock, pan []byte) (h [sha256.Size]byte, err error) {
	body, err := frame.Append(nil, element.PINOffset{Block: block, PAN: pan})
	if err != nil {
		return h, err
	}
	defer clear(body)
	said, err := Ask(ctx, c, element.KindPINOffset, body)
	if err != nil {
		return h, err
	}
	defer clear(said)
	return sha256.Sum256(said), nil
}
