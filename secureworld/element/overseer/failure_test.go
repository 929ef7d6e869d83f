package overseer

import (
	"errors"
	"fmt"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
)

// accuses is a fault of a member that names another; silence of one that names nobody.
func accuses(member int, whom uint8) fault {
	return fault{member, refused{door.Refusal{Code: door.CodeAgreement, Member: whom}}}
}

func silence(member int) fault { return fault{member, errors.New("no answer")} }

func TestNobodyIsBelievedAlone(t *testing.T) {
	const public, private = door.KindActivate, door.KindDeliver
	for name, c := range map[string]struct {
		members, liars int
		step           byte
		faults         []fault
		want           string
	}{
		"one accuses of what all have seen":            {3, 1, public, []fault{accuses(0, 1)}, "guilty [0] pairs [] gone []"},
		"two accuse of what all have seen":             {3, 1, public, []fault{accuses(0, 1), accuses(2, 1)}, "guilty [1] pairs [] gone []"},
		"one accuses, and the third says nothing":      {3, 1, public, []fault{accuses(0, 1), silence(2)}, "guilty [] pairs [[0 1]] gone [2]"},
		"one accuses of what it alone has seen":        {3, 1, private, []fault{accuses(0, 1)}, "guilty [] pairs [[0 1]] gone []"},
		"two accuse of what each has seen":             {3, 1, private, []fault{accuses(0, 1), accuses(2, 1)}, "guilty [1] pairs [] gone []"},
		"two accuse each other":                        {3, 1, private, []fault{accuses(0, 1), accuses(1, 0)}, "guilty [] pairs [[1 0] [0 1]] gone []"},
		"one of two accuses":                           {2, 0, public, []fault{accuses(0, 1)}, "guilty [] pairs [[0 1]] gone []"},
		"one of two that are left of three accuses":    {2, 1, public, []fault{accuses(0, 1)}, "guilty [] pairs [[0 1]] gone []"},
		"one accuses itself":                           {3, 1, public, []fault{accuses(1, 1)}, "guilty [] pairs [] gone [1]"},
		"one accuses nobody":                           {3, 1, public, []fault{accuses(1, noOne)}, "guilty [] pairs [] gone [1]"},
		"two of five accuse":                           {5, 2, public, []fault{accuses(0, 4), accuses(1, 4)}, "guilty [0 1] pairs [] gone []"},
		"three of five accuse":                         {5, 2, public, []fault{accuses(0, 4), accuses(1, 4), accuses(2, 4)}, "guilty [4] pairs [] gone []"},
		"two of four that are left of five accuse":     {4, 2, public, []fault{accuses(0, 3), accuses(1, 3)}, "guilty [] pairs [[0 3] [1 3]] gone []"},
		"a liar accuses with an honest one, of others": {3, 1, private, []fault{accuses(0, 1), accuses(2, 0)}, "guilty [] pairs [[2 0] [0 1]] gone []"},
	} {
		f := failure{step: c.step, faults: c.faults}
		r := f.rule(c.members, c.liars)
		if got := fmt.Sprintf("guilty %v pairs %v gone %v", r.guilty, r.pairs, r.gone); got != c.want {
			t.Errorf("%s: %s, not %s", name, got, c.want)
		}
	}
}
