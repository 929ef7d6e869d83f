package main

import (
	"time"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
)

// lane is one checkout with everything on it.
type lane struct {
	w        *world
	n        int
	lives    []life
	faults   []fault
	at       int // life under way
	due      []*fault
	seen     [faultKinds]int
	passed   [][faultKinds]int // occasions of each life that is over, beginning with the start
	finished bool
	closed   bool // the till has gone home

	secure   *secure
	terminal *terminal
	reader   *reader
	pinpad   *pinpad
	net      *network
	till     *till
	follower *follower
	check    *checker
	random   stream

	memories []*virtualcard.Memory
	skew     time.Duration // of the wall clock
	full     int           // the disk is, until that is 0
	cutForm  int           // what the next crash leaves
	dirty    bool          // a crash met something that was not durable yet
	deceived deceived
	kept     []byte // planted: what the secure world keeps beside its journal
}

func newLane(w *world, n int, lives []life) *lane {
	l := &lane{w: w, n: n, lives: lives, at: -1, random: newStream(w.plan.Seed, 100+uint64(n))}
	l.check = newChecker(l)
	l.reader, l.pinpad, l.net = newReader(l), newPINPad(l), &network{l: l}
	l.terminal, l.till, l.follower = newTerminal(l), newTill(l), newFollower(l)
	newSecure(l)
	for _, p := range w.rules.profiles[n] {
		l.memories = append(l.memories, virtualcard.NewMemory(p))
	}
	for _, f := range w.plan.Faults {
		if f.Lane == n {
			l.faults = append(l.faults, f)
		}
	}
	l.arm()
	return l
}

func (l *lane) terminalID() string { return terminalID(l.n) }

func (l *lane) start() {
	l.w.after(0, l.terminal.start)
	l.w.after(0, l.secure.start)
	l.w.after(4*time.Second, l.till.next)
}

// begin counts the occasions of faults anew.
func (l *lane) begin() {
	l.passed = append(l.passed, l.seen)
	l.seen = [faultKinds]int{}
	l.arm()
	l.w.count.lives++
	if l.life().Script {
		l.w.acquirer.script(l)
	}
	if away := l.life().Away; away > 0 {
		l.net.cut = l.w.now + time.Duration(away)*time.Second
		l.net.drop()
	}
}

// passedIn are the occasions of one life.
func (l *lane) passedIn(at int) [faultKinds]int {
	if at+1 < len(l.passed) {
		return l.passed[at+1]
	}
	return l.seen
}

// arm makes the faults of this life due.
func (l *lane) arm() {
	l.due = nil
	for i := range l.faults {
		if l.faults[i].Life == l.at {
			l.due = append(l.due, &l.faults[i])
		}
	}
}

// life is the one under way, or the last.
func (l *lane) life() life { return l.lives[max(0, min(l.at, len(l.lives)-1))] }

func (l *lane) pan(kind int) string { return l.w.rules.profiles[l.n][kind].PAN }

// card is the life's, with the fault that it has today.
func (l *lane) card(v life) (virtualcard.Player, error) {
	p := l.w.rules.profiles[l.n][v.Card]
	p.TearAt, p.TearAtCommand, p.TearAfter, p.TearBehind = v.Tear, v.TearIn, v.TearForm == 1, v.TearForm == 2
	if v.Tap {
		return virtualcard.NewContactless(p, l.memories[v.Card])
	}
	return virtualcard.New(p, l.memories[v.Card])
}

// fill fills the disk for a while.
func (l *lane) fill() {
	l.full++
	l.w.after(time.Duration(5+l.random.intn(60))*time.Second, func() { l.full-- })
}

// close sends the till home.
func (l *lane) close() {
	l.finished, l.closed = true, true
	l.till.life.epoch++
}

// heal ends everything that goes wrong.
func (l *lane) heal() {
	l.net.deaf, l.net.cut = 0, 0
	l.full, l.skew = 0, 0
}
