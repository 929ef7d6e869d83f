package bustest

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus"
	group "github.com/strongroom-pos/strongroom/secureworld/element/group/door"
)

// Client asks the groups of a directory, each caller's next question of the group that
// has the fewest under way. It asks again, under a new counter, when one gives no
// answer. Any number of goroutines may use it.
type Client struct {
	Groups func() []*bus.Carrier

	retries  atomic.Uint64
	repeated atomic.Uint64
	mu       sync.Mutex
	sessions map[*bus.Carrier]*session // guarded by mu
}

type session struct {
	carrier *bus.Carrier
	id      group.SessionID
	name    group.GroupID
	epoch   uint32
	counter atomic.Uint64
	open    sync.Mutex // held while the session is opened
	ready   bool       // guarded by open
	under   int        // questions under way; guarded by Client.mu
}

// ErrAnswer says that an answer is not that of the question.
var ErrAnswer = errors.New("bustest: the answer belongs to no question")

// Retries counts the questions that had to be asked again.
func (c *Client) Retries() uint64 { return c.retries.Load() }

// Repeated counts those that had to be asked again more than once.
func (c *Client) Repeated() uint64 { return c.repeated.Load() }

// Ask asks until there is an answer or ctx ends.
func (c *Client) Ask(ctx context.Context) error {
	for tries := 0; ctx.Err() == nil; time.Sleep(time.Millisecond) { // not a storm while no group is left
		s := c.choose()
		if s == nil {
			continue
		}
		tries++
		c.again(tries)
		if err := c.once(ctx, s); err == nil || errors.Is(err, ErrAnswer) {
			return err
		}
	}
	return group.CodeUnavailable
}

// again counts a question that is asked for the so many-th time.
func (c *Client) again(tries int) {
	if tries > 1 {
		c.retries.Add(1)
	}
	if tries == 3 {
		c.repeated.Add(1)
	}
}

func (c *Client) once(ctx context.Context, s *session) error {
	defer c.done(s)
	if err := s.prepare(ctx); err != nil {
		return err
	}
	q := group.Question{Group: s.name, Epoch: s.epoch, Session: s.id, Counter: s.counter.Add(1), Verb: element.KindStatus}
	q.Sealed = binary.BigEndian.AppendUint64(make([]byte, group.SIVSize), q.Counter)
	releases, err := s.carrier.Ask(ctx, []group.Question{q})
	switch {
	case err != nil:
		return err
	case releases[0].Code != group.CodeAnswered:
		return releases[0].Code
	case !bytes.Equal(releases[0].Body, q.Sealed[group.SIVSize:]):
		return ErrAnswer
	}
	return nil
}

// choose takes the group with the fewest questions under way.
func (c *Client) choose() (best *session) {
	carriers := c.Groups()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sessions == nil {
		c.sessions = map[*bus.Carrier]*session{}
	}
	for _, k := range carriers {
		s := c.sessions[k]
		if s == nil {
			s = &session{carrier: k}
			_, _ = rand.Read(s.id[:]) // never fails (crypto/rand)
			c.sessions[k] = s
		}
		if best == nil || s.under < best.under {
			best = s
		}
	}
	if best != nil {
		best.under++
	}
	return best
}

func (c *Client) done(s *session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.under--
}

// prepare opens the session once.
func (s *session) prepare(ctx context.Context) error {
	s.open.Lock()
	defer s.open.Unlock()
	if s.ready {
		return nil
	}
	d, err := s.carrier.Describe(ctx)
	if err != nil {
		return err
	}
	t, err := group.ParseTranscript(d.Transcript)
	if err != nil {
		return err
	}
	s.name, s.epoch = t.Group, t.Epoch
	err = s.carrier.Open(ctx, group.Open{Group: t.Group, Epoch: t.Epoch, Session: s.id})
	s.ready = err == nil
	return err
}
