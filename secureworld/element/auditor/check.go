package auditor

import (
	"context"
	"crypto/sha256"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// check is one answer that is to be asked of another group.
type check struct {
	group string
	kind  element.Kind
	body  []byte            // of the request
	said  [sha256.Size]byte // hash of the answer
	block element.PINBlock  // of Translated: compared by what is in it
	given bool              // there is such a block
}

func newCheck(group string, kind element.Kind, body, said []byte) check {
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
	against := ""
	for _, other := range a.others(c.group) {
		equal, err := a.equal(ctx, c, other.Client)
		if err != nil {
			continue
		}
		a.mu.Lock()
		a.counts.Checks++
		a.mu.Unlock()
		switch {
		case equal && against == "":
			a.right(c.group)
			return
		case equal: // two say this, one says that
			a.right(c.group)
			a.found(Finding{Against: c.group + " and " + other.Name, Kind: c.kind}, against)
			return
		case against != "":
			a.found(Finding{Against: against + " and " + other.Name, Kind: c.kind}, c.group)
			return
		}
		against = other.Name
	}
	if against != "" {
		a.found(Finding{Against: "each other", Kind: c.kind}, c.group, against)
	}
}

// equal tells whether another group answers the same.
func (a *Auditor) equal(ctx context.Context, c *check, client Asker) (bool, error) {
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
