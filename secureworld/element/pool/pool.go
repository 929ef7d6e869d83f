// Package pool is a client of groups of secure elements: it has the methods of
// element.Client, and who calls them does not see that several elements answered, which
// group they are of, or that one of them failed.
//
// It trusts no MCU. A group is one if its members, certified by both authorities,
// signed that they hold its key; requests are sealed to that key, and an answer is
// taken if it opens for its question and enough members voted for it. What an MCU
// shows, swaps, replays or makes up is counted, named in Findings, and asked elsewhere.
//
// A question whose group takes several times as long as usual is asked of another too,
// one in twenty at most. Asking twice is harmless: an answer depends on its question and
// keys alone, no element counts anything (package element), and each group sees it under
// a counter of its own session. What may be tried only so often, a card's PIN, the host
// counts in its books, once for the answer that it gets. Applets are not asked twice.
//
// Concurrent callers share frames: while some are under way, those that come gather.
//
// The acquirer imports it, and tests. It must never hold an element's key; the keys of
// its sessions never leave it.
package pool

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/identity"
	overseer "github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
)

// Carrier is one group's MCU, however it is reached. Errors are Codes of package
// group/door. One that also has Name() (branch, group string) is known by it; others
// are known by being the same Carrier. Any number of goroutines may call it.
type Carrier interface {
	Describe(ctx context.Context) (overseer.Description, error)
	Open(ctx context.Context, o door.Open) error
	Ask(ctx context.Context, q []door.Question) ([]overseer.Release, error)
}

// Config is what a client is made of.
type Config struct {
	Identity *identity.Client
	// Groups lists those that may be asked, the preferred branch first. It is called for
	// every frame.
	Groups func() []Carrier
	// Votes is how many members must vote for an answer; 0: as many as the group's mode
	// says, one, two, or more than half of them. The MCU proposes the mode and who is a
	// member: who wants two answers of two makes whatever it proposes sets both numbers.
	Votes int
	// VerbVotes is that for single verbs, in place of Votes: an integrity check or a
	// reference may be worth one vote and its audit where a PIN is worth two. A group whose
	// policy has one member answer a verb is not asked it by who wants more votes; with
	// Votes 0, who says nothing here takes what the policy says.
	VerbVotes map[element.Kind]int
	// Makes is how many different makes a group must have; 0 and 1: any.
	Makes int
	// Saw, unless nil, is shown each answer that is taken, with whom it came from and what
	// was asked: kinds and bodies as package element has them. It must not keep the
	// slices, and what it takes its time for is waited for.
	Saw func(from Carrier, kind element.Kind, request, answer []byte)
	// Tick is how long a question waits for company; 0: not at all, those that come while
	// frames are under way gather anyway.
	Tick time.Duration
	// Frames is how many may be under way; 0: 8. A caller over the bound waits. Where
	// several groups are slow there are two to each, so that all are busy.
	Frames int
	// Patience is what one group is granted for one frame; 0: element.CallDeadline.
	Patience time.Duration
	// GiveUp is how long a question is carried from group to group; 0: 10 s.
	GiveUp time.Duration
}

// Client asks groups. Any number of goroutines may use it.
type Client struct {
	cfg   Config
	queue chan *job
	life  context.Context // ends with Close
	end   context.CancelFunc
	wg    sync.WaitGroup // of the workers

	gathering sync.Mutex // held by the worker that gathers

	asked, retried, repeated, hedged atomic.Uint64
	findings                         findings
	pace                             pace
	width                            width
	waiting                          atomic.Int64 // callers whose question no worker has taken

	runs chan struct{} // a turn for each applet that is asked

	mu    sync.Mutex
	sites map[any]*site // by name or Carrier; guarded by mu
	turn  int           // guarded by mu
}

// NewClient starts a client. It asks nobody before the first question.
func NewClient(c Config) (*Client, error) {
	if c.Identity == nil || c.Groups == nil || c.Votes < 0 || c.Votes > door.MaxMembers {
		return nil, errors.New("pool: a client needs an identity and groups")
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	c.defaults()
	life, end := context.WithCancel(context.Background())
	p := &Client{cfg: c, queue: make(chan *job), life: life, end: end, sites: make(map[any]*site), runs: make(chan struct{}, maxRuns)}
	p.width.frames = c.Frames
	p.widen(0)
	return p, nil
}

// Close ends the questions under way as unavailable and waits for them.
func (c *Client) Close() {
	c.end()
	c.wg.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.sites {
		s.forget(nil)
	}
}
