package central

import (
	"slices"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus"
	overseer "github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
)

// branches are those that are followed, and those whose groups stand in a registry that
// is not named for them: a star of one server has one registry for all.
func (c *Centre) branches(pictures []overseer.Picture) []bus.Branch {
	all := slices.Clone(c.config.Branches)
	for i := range pictures {
		name := pictures[i].Branch
		if !slices.ContainsFunc(all, func(b bus.Branch) bool { return b.Name == name }) {
			all = append(all, bus.Branch{Name: name})
		}
	}
	return all
}

// reached tells of a branch without a registry of its own what is true of the server's.
func (c *Centre) reached(name string) bool {
	if slices.ContainsFunc(c.config.Branches, func(b bus.Branch) bool { return b.Name == name }) {
		return c.directory.Reached(name)
	}
	return len(c.config.Branches) > 0 && c.directory.Reached(c.config.Branches[0].Name)
}
