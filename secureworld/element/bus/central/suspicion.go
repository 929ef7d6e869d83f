package central

import (
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/subject"
	overseer "github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
)

// suspected is the state of a group that clients are told to ask no more.
const suspected = "suspected"

// doubted are groups that an auditor suspects, and why.
type doubted map[string]string

func (c *Centre) suspicions() doubted {
	d := doubted{}
	for _, s := range c.directory.Suspicions() {
		d[subject.Key(s.Branch, s.Group)] = "suspected by " + s.By + ": " + s.What
	}
	return d
}

// mark says so in a picture: the group's own MCU would not.
func (d doubted) mark(p *overseer.Picture) {
	if why, ok := d[subject.Key(p.Branch, p.Group)]; ok {
		p.State = suspected
		p.Findings = append(p.Findings, why)
	}
}
