package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// world is one run: some lanes, their acquirer, and virtual time. One goroutine has
// it, and a plan decides everything in it.
type world struct {
	clock
	plan     plan
	rules    *rules
	bug      bug
	lanes    []*lane
	acquirer *acquirer
	healed   bool
	count    counts
	failures []violation
	trace    func(string)
}

// violation is an invariant that did not hold.
type violation struct {
	Invariant string
	Text      string
}

func (w *world) wall() time.Time { return epoch.Add(w.now) }

func (w *world) tracef(l *lane, format string, args ...any) {
	if w.trace != nil {
		w.trace(fmt.Sprintf("%12v lane %d life %2d: ", w.now, l.n, l.at) + fmt.Sprintf(format, args...))
	}
}

// maxEvents and maxTime end a world that does not come to rest.
const (
	maxEvents  = 3_000_000
	healAfter  = 6 * time.Hour
	restWithin = 30 * time.Minute
	settled    = 3 * time.Second // for words that are on their way
)

// run lives through a plan and checks it.
func run(r *rules, p plan, b bug, trace func(string)) *world {
	w := &world{plan: p, rules: r, bug: b, trace: trace}
	path := filepath.Join(r.dir, fmt.Sprintf("w%d-%d.db", p.Seed, worldNumber.Add(1)))
	if err := os.WriteFile(path, r.database, 0o600); err != nil {
		panic(err)
	}
	var err error
	if w.acquirer, err = openAcquirer(w, path); err != nil {
		panic(err)
	}
	defer w.acquirer.close()
	for n, lives := range p.Lanes {
		w.lanes = append(w.lanes, newLane(w, n, lives))
	}
	for _, l := range w.lanes {
		l.start()
	}
	w.live()
	w.rest()
	w.count.worlds = 1
	w.count.simulated = w.now
	return w
}

// live goes on until every till has done its work.
func (w *world) live() {
	for range maxEvents {
		if len(w.failures) > 0 || w.finished() && !w.healed || w.now > healAfter {
			return
		}
		if !w.step() {
			return
		}
	}
}

func (w *world) finished() bool {
	for _, l := range w.lanes {
		if !l.finished {
			return false
		}
	}
	return true
}

func (w *world) step() bool {
	do, ok := w.next()
	if !ok {
		return false
	}
	w.count.events++
	w.guard(do)
	return true
}

// guard runs what may end in a crash.
func (w *world) guard(do func()) {
	defer func() {
		switch c := recover().(type) {
		case nil:
		case crash:
			w.crashed(c.p)
		default:
			panic(c)
		}
	}()
	do()
}

func (w *world) crashed(p *process) {
	for _, l := range w.lanes {
		switch p {
		case &l.secure.process:
			w.count.crashes++
			l.secure.end(l.cutForm)
		case &l.terminal.process:
			w.count.crashes++
			l.terminal.end()
		}
	}
}

// rest heals everything, waits, and holds the books against each other.
func (w *world) rest() {
	w.healed = true
	for _, l := range w.lanes {
		l.heal()
		l.check.muted = l.deceived.older
	}
	still := time.Duration(0) // since when it is quiet
	for until := w.now + restWithin; w.now < until && len(w.failures) == 0; {
		switch {
		case !w.quiet():
			still = 0
		case still == 0:
			still = w.now
		}
		if still > 0 && w.now-still > settled || !w.step() {
			break // not one step more, which might be the first of something
		}
	}
	if len(w.failures) > 0 {
		return
	}
	for _, l := range w.lanes {
		l.check.atRest()
	}
	if len(w.failures) == 0 {
		w.audit()
	}
}

// quiet: nothing is open anywhere.
func (w *world) quiet() bool {
	for _, l := range w.lanes {
		if !l.check.quiet() {
			return false
		}
	}
	return true
}
