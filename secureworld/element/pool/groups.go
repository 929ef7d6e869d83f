package pool

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/strongroom-pos/strongroom/secureworld/element/identity"
	overseer "github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
)

// Group is one with which this client has a session.
type Group struct {
	Branch, Name string
	Epoch        uint32
	Votes        int      // that an answer needs
	Members      []string // ids of their identity keys
	Makes        []string // different ones
}

// Verify tells whose group a Description is to one who trusts the authorities and not
// the MCU: its members are certified, and each signed that it holds the group's key.
func Verify(a identity.Authorities, d *overseer.Description) (g Group, err error) {
	agreed, err := examine(a, d)
	if err != nil {
		return g, err
	}
	g = Group{Name: nameOf(agreed), Epoch: agreed.transcript.Epoch, Votes: usual(agreed), Makes: agreed.makes}
	for i := range agreed.holders {
		g.Members = append(g.Members, idOf(agreed, i))
	}
	return g, nil
}

func nameOf(g *agreed) string { return string(bytes.TrimRight(g.transcript.Group[:], "\x00")) }

func idOf(g *agreed, member int) string { return identity.ID(g.holders[member].Key) }

// Groups lists those that this client verified, by branch and name.
func (c *Client) Groups() []Group {
	c.mu.Lock()
	sites := make([]*site, 0, len(c.sites))
	for _, s := range c.sites {
		sites = append(sites, s)
	}
	c.mu.Unlock()
	var list []Group
	for _, s := range sites {
		if g, ok := s.describe(); ok {
			list = append(list, g)
		}
	}
	slices.SortFunc(list, func(a, b Group) int {
		return cmp.Or(cmp.Compare(a.Branch, b.Branch), cmp.Compare(a.Name, b.Name))
	})
	return list
}

func (s *site) describe() (Group, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.session == nil {
		return Group{}, false
	}
	g := Group{Branch: s.branch, Name: nameOf(s.session.agreed), Epoch: s.session.transcript.Epoch, Votes: s.session.need}
	for i := range s.session.holders {
		g.Members = append(g.Members, idOf(s.session.agreed, i))
	}
	g.Makes = slices.Clone(s.session.makes)
	return g, true
}
