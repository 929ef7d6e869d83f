package pool

import "time"

// Cool forgets which groups failed lately, so that tests need not wait.
func (c *Client) Cool() {
	for _, s := range c.list() {
		s.coolMu.Lock()
		s.cool = time.Time{}
		s.coolMu.Unlock()
	}
}
