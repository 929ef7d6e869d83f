package central

import (
	"time"

	overseer "github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
)

// sample is what a branch had counted at a time.
type sample struct {
	at        time.Time
	questions uint64
	link      Traffic
}

// count fills in a branch's groups and rates.
func (c *Centre) count(b *Branch, pictures []overseer.Picture, link Traffic, now time.Time) {
	s := sample{at: now, link: link}
	for i := range pictures {
		if p := &pictures[i]; p.Branch == b.Name {
			b.Groups++
			s.questions += p.Questions
			if p.State == "serving" {
				b.Serving++
			}
		}
	}
	c.mu.Lock()
	last, known := c.last[b.Name]
	c.last[b.Name] = s
	c.mu.Unlock()
	if seconds := s.at.Sub(last.at).Seconds(); known && seconds > 0 {
		b.Questions = rate(float64(s.questions)-float64(last.questions), seconds)
		b.BytesIn = rate(float64(link.BytesIn-last.link.BytesIn), seconds)
		b.BytesOut = rate(float64(link.BytesOut-last.link.BytesOut), seconds)
	}
}

// rate is never below zero: a counter that went back began anew.
func rate(difference, seconds float64) float64 { return max(0, difference) / seconds }
