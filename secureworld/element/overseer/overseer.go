package overseer

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
)

// Config is what an overseer is made of.
type Config struct {
	Group, Branch string // Group: at most 8 ASCII characters
	Mode          door.Mode
	Policy        uint16 // of package group/door: which verbs one answers alone; the members agree on it
	Certificate   []byte // the MCU's own, DER; the members agree on its hash
	Members       []Link // at most door.MaxMembers
	Authorities   Authorities
	Evidence      string  // folder; empty: nothing is kept
	Audit         float64 // share of the questions that another member is asked where one answers
	Alone         bool    // in dual mode, one goes on where the other was found to lie
	Rules         Rules   // zero: DefaultRules
	Drain         time.Duration
	Clock         func() time.Time
}

// Overseer oversees one group. Run must be running for it to serve.
type Overseer struct {
	config  Config
	group   door.GroupID
	members []*member
	again   chan struct{} // asks for a new epoch
	probes  chan struct{} // bounds investigations
	wg      sync.WaitGroup

	mu          sync.Mutex
	life        context.Context // of Run; guarded by mu, as is all below
	epoch       *epoch          // the one that serves; nil: none yet
	old         *epoch          // the one before, while it drains
	state       string
	stopped     bool   // in dual mode, two differ and nobody tells who is wrong
	stopFiled   bool   // that is on file, and ends with the file
	reason      string // of that, or of there being no epoch
	cause       string // why the next epoch begins
	epochCause  string // why the one that serves began
	nextRoll    time.Time
	accusations []accusation
	turn        int
	last        uint32        // number of the last epoch that was proposed
	nextEpoch   time.Time     // not before, but for a quarantine
	backoff     time.Duration // from one such epoch to the next
	aborts      uint64
	questions   uint64
	verbs       [32]uint64 // questions, by kind
	released    uint64
	differences uint64
	refusedAll  uint64
	audited     uint64
	evidence    int
	findings    []string
}

// member is one element as its overseer knows it.
type member struct {
	index   int
	link    Link
	waiting chan struct{} // one per frame under way

	// Guarded by the overseer's mu.
	id        string
	identity  door.Identity
	key       ed25519.PublicKey
	record    Record
	held      string // id that is in quarantine here
	since     uint32 // first epoch that is held against it
	filed     bool   // that quarantine is on file, and ends with the file
	breaker   breaker
	absent    bool      // did not answer when the epoch was agreed on
	reset     bool      // says that it knows nothing of the epoch
	silent    bool      // did not say how it is, when it was asked last
	unaudited uint64    // answers released on its word alone since another said the same
	why       string    // of its health
	aside     time.Time // until then it is left out of agreements
	asides    int
	aborts    uint64 // agreements that failed by it
	answered  uint64
	wrong     uint64
	late      uint64
	refused   uint64
	refusals  int // in this window
	windowEnd time.Time
	elapsed   time.Duration // mean of an exchange
}

// epoch is what members agreed on; it never changes, but for its sessions.
type epoch struct {
	number        uint32
	mode          door.Mode
	verbs         uint32
	transcript    []byte
	hash          [32]byte
	confirmations []byte
	members       []*member // in the transcript's order
	keys          []ed25519.PublicKey
	need          int       // that many equal answers release one
	retire        time.Time // set when the next one serves
	cause         string    // why it began

	mu       sync.Mutex
	sessions map[door.SessionID][]byte // guarded by mu: the Opens
	order    []door.SessionID          // guarded by mu: oldest first
}

// New makes an overseer.
func New(c Config) (*Overseer, error) {
	if len(c.Group) == 0 || len(c.Group) > len(door.GroupID{}) || !c.Mode.Valid() || c.Policy > door.PolicyCheap {
		return nil, errors.New("a group has a name of 1 to 8 characters, a mode and a policy")
	}
	if n := len(c.Members); n == 0 || n > door.MaxMembers {
		return nil, errors.New("a group has 1 to 7 members")
	}
	if c.Rules == (Rules{}) {
		c.Rules = DefaultRules()
	}
	if c.Drain == 0 {
		c.Drain = 5 * time.Second
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	o := &Overseer{
		config: c, state: "agreeing",
		again: make(chan struct{}, 1), probes: make(chan struct{}, maxInvestigations),
	}
	copy(o.group[:], c.Group)
	for i, l := range c.Members {
		o.members = append(o.members, &member{index: i, id: fmt.Sprintf("place-%d", i), link: l, waiting: make(chan struct{}, maxWaiting)})
	}
	return o, nil
}

// minimum is how many members that count a group needs: with fewer, one could release
// what it likes. The caller holds mu.
func (o *Overseer) minimum() int {
	switch o.modeNow() {
	case door.ModeQuorum:
		return len(o.members)/2 + 1
	case door.ModeDual:
		return 2
	case door.ModeSingle:
	}
	return 1
}

// needOf is how many equal answers release one, in an epoch of so many members.
func needOf(mode door.Mode, members int) int {
	switch mode {
	case door.ModeQuorum:
		return members/2 + 1
	case door.ModeDual:
		return 2
	case door.ModeSingle:
	}
	return 1
}

// find adds a finding for people. The caller holds mu.
func (o *Overseer) find(text string) {
	o.findings = append(o.findings, o.config.Clock().UTC().Format(time.RFC3339)+" "+text)
	if len(o.findings) > maxFindings {
		o.findings = o.findings[1:]
	}
}
