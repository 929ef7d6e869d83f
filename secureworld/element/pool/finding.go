package pool

import (
	"sync"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
)

// nobody: the finding is of the MCU, not of a member.
const nobody = -1

// Finding is something that an honest group would not have done, and how often it did.
// Without a member the MCU did it; with one, the member did or the MCU that showed it
// something else, and the members' testimonies tell which.
type Finding struct {
	Group  string    // name; with its branch where no group is proven, or empty
	Member string    // id of the identity key; empty: the MCU
	Make   string    // of the member
	Code   door.Code // CodeSeal, CodeQuorum, CodeAgreement, CodeCertificate, CodeEpoch, CodeMalformed
	What   string
	Count  uint64
}

// findings are the different ones, oldest first.
type findings struct {
	mu   sync.Mutex
	list []Finding // guarded by mu
}

func (f *findings) add(name string, g *agreed, member int, code door.Code, what string) {
	n := Finding{Group: name, Code: code, What: what}
	if g != nil {
		n.Group = nameOf(g)
		if member != nobody {
			n.Member, n.Make = idOf(g, member), g.holders[member].Make
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.list {
		known := &f.list[i]
		if known.Group == n.Group && known.Member == n.Member && known.Code == n.Code && known.What == n.What {
			known.Count++
			return
		}
	}
	if len(f.list) < maxFindings {
		n.Count = 1
		f.list = append(f.list, n)
	}
}

// Findings lists what was found out about MCUs and members, oldest first.
func (c *Client) Findings() []Finding {
	c.findings.mu.Lock()
	defer c.findings.mu.Unlock()
	return append([]Finding(nil), c.findings.list...)
}
