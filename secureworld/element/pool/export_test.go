package pool

import (
	"context"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// Cool forgets which groups failed lately, so that tests need not wait.
func (c *Client) Cool() {
	for _, s := range c.list() {
		s.coolMu.Lock()
		s.cool = time.Time{}
		s.coolMu.Unlock()
	}
}

// Afford takes questions from the budget of hedges.
func (c *Client) Afford(questions int) bool { return c.afford(questions) }

// Twins is how many of such questions may be asked of two groups at once.
func Twins(kinds ...element.Kind) int {
	var jobs []*job
	for _, k := range kinds {
		jobs = append(jobs, &job{ctx: context.Background(), kind: k})
	}
	twins, _ := twin(jobs)
	return len(twins)
}
