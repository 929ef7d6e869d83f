package pool

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
)

// site is a group as this client knows it.
type site struct {
	carrier Carrier
	branch  string
	name    string // branch and group; empty: unknown
	under   int    // questions under way; guarded by the Client's mu
	usual   pace   // of frames

	mu      sync.Mutex // held while a session is being opened
	session *session   // nil: none yet, or it is over; guarded by mu
	epoch   uint32     // highest that its members signed; guarded by mu

	coolMu sync.Mutex
	cool   time.Time // not to be asked before, if another can be; guarded by coolMu
}

// named is a Carrier that is known by its name.
type named interface {
	Name() (branch, group string)
}

// pick chooses whom to ask so many questions, and counts them: of the first branch the
// group that has the fewest under way, in turn among equals; failed comes last. others
// is how many more there are. nil: there is none.
func (c *Client) pick(failed *site, questions int) (s *site, others int) {
	list := c.list()
	if len(list) == 0 {
		return nil, 0
	}
	c.widen(near(list))
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turn++
	turn := c.turn % len(list)
	branch := list[0].branch
	list = slices.Concat(list[turn:], list[:turn])
	s = slices.MinFunc(list, func(a, b *site) int {
		return cmp.Or(a.cost(branch, failed, now)-b.cost(branch, failed, now), a.under-b.under)
	})
	s.under += questions
	return s, len(list) - 1
}

// near is how many are of the first branch.
func near(list []*site) (n int) {
	for _, s := range list {
		if s.branch == list[0].branch {
			n++
		}
	}
	return n
}

// done uncounts what pick counted.
func (c *Client) done(s *site, questions int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.under -= questions
}

// cost orders sites: one that lately failed comes after all, and the one that just
// failed after those of other branches.
func (s *site) cost(branch string, failed *site, now time.Time) (n int) {
	if s.branch != branch {
		n = 1
	}
	if s == failed {
		n += 2
	}
	if s.cooling(now) {
		n += 4
	}
	return n
}

// list is the groups of now.
func (c *Client) list() []*site {
	carriers := c.cfg.Groups()
	c.mu.Lock()
	defer c.mu.Unlock()
	list := make([]*site, 0, len(carriers))
	for _, carrier := range carriers {
		list = append(list, c.site(carrier))
	}
	return list
}

// site finds a group again. Under mu.
func (c *Client) site(carrier Carrier) *site {
	var key any = carrier
	branch, name := "", ""
	if n, ok := carrier.(named); ok {
		branch, name = n.Name()
		name = branch + "/" + name
		key = name
	}
	s := c.sites[key]
	if s == nil {
		s = &site{carrier: carrier, branch: branch, name: name}
		c.sites[key] = s
	}
	return s
}

func (s *site) cooling(now time.Time) bool {
	s.coolMu.Lock()
	defer s.coolMu.Unlock()
	return now.Before(s.cool)
}

func (s *site) coolDown() {
	s.coolMu.Lock()
	defer s.coolMu.Unlock()
	s.cool = time.Now().Add(coolFor)
}

// forget ends a session if it is still the site's; nil: whichever it is.
func (s *site) forget(over *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.session != nil && (over == nil || s.session == over) {
		s.session.release()
		s.session = nil
	}
}

// try asks one group. It returns the questions that are still open, and the group if it
// is to blame for that.
func (c *Client) try(ctx context.Context, s *site, jobs []*job, others int) (open []*job, failed *site) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Patience)
	defer cancel()
	session, err := c.open(ctx, s)
	if err != nil {
		s.coolDown()
		return jobs, s
	}
	defer session.release()
	asked, lacking := c.offered(s, session, jobs, others)
	if len(asked) == 0 {
		return lacking, s
	}
	questions := session.seal(asked)
	began := time.Now()
	late := c.hedge(s, asked, others)
	releases, err := s.carrier.Ask(ctx, questions)
	late.end()
	if err == nil && len(releases) != len(questions) {
		err = door.CodeMalformed
	}
	if err != nil {
		if ctx.Err() != nil {
			c.pace.note(time.Since(began), len(questions)) // so much was too much
		}
		c.refused(s, session, err)
		return append(lacking, asked...), s
	}
	took := time.Since(began)
	c.pace.note(took, len(questions))
	s.usual.note(took, 1)
	if len(lacking) > 0 {
		failed = s
	}
	worst := door.CodeAnswered
	for i, j := range asked {
		answer, code := c.judge(session, &questions[i], &releases[i])
		if code == door.CodeAnswered {
			if c.cfg.Saw != nil {
				c.cfg.Saw(s.carrier, j.kind, j.request, answer)
			}
			j.finish(answer, nil)
			continue
		}
		if code == door.CodeLacks { // who asks loads it then
			j.finish(nil, element.CodeNotLoaded)
			continue
		}
		worst = code
		open = append(open, j)
	}
	if worst != door.CodeAnswered && c.refused(s, session, worst) {
		failed = s
	}
	return append(lacking, open...), failed
}

// refused acts on why a group did not answer, and tells whether others are better asked.
func (c *Client) refused(s *site, over *session, err error) (elsewhere bool) {
	code := door.CodeUnavailable
	_ = errors.As(err, &code)
	switch code {
	case door.CodeEpoch, door.CodeSession:
		s.forget(over)
		return false
	case door.CodeReplay: // overtaken by this client's own questions; a fresh counter helps
		return false
	}
	s.coolDown()
	return true
}

// offered splits off those whose verb this group does not offer, or not with enough
// votes. One that no group offers is refused.
func (c *Client) offered(s *site, one *session, jobs []*job, others int) (asked, lacking []*job) {
	for _, j := range jobs {
		switch {
		case c.cfg.offers(one, j.kind):
			asked = append(asked, j)
		case j.lackedBy(s) > others:
			j.finish(nil, element.CodeMalformed)
		default:
			lacking = append(lacking, j)
		}
	}
	return asked, lacking
}

// lackedBy remembers that a group does not offer the verb, and returns how many do not.
func (j *job) lackedBy(s *site) int {
	if !slices.Contains(j.lacks, s) {
		j.lacks = append(j.lacks, s)
	}
	return len(j.lacks)
}
