// Command simulation lives through payments on virtual time, with everything that
// can go wrong, and holds the books against each other.
//
// Real here: the core of the secure world (package transaction), its journal, the
// payment application (built natively), the reader's EMV kernels, the core of the
// terminal (package sale), the acquirer's host with its issuer on SQLite. Written for
// this: the shells that carry the cores' effects out, disks, lines, cards' owners,
// tills, the keystore's counter and the acquirer's secure element.
//
// A world is one goroutine and one queue of events; a seed makes its plan, and a plan
// decides everything. Worlds run side by side.
//
//	simulation -seconds 60     planted bugs, crash sweep, then seeds until the time is up
//	simulation -seed 7         one seed, with its story; what fails is shrunk
//
// `make sim` calls it.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

func main() {
	seed := flag.Uint64("seed", 0, "replay this seed")
	seconds := flag.Int("seconds", 8*60*60, "stop after so many")
	lives := flag.Int("lives", 0, "stop after so many payment lives of seeds; 0: by time alone")
	first := flag.Uint64("first", 0, "begin with this seed; 0: one of this day")
	cuts := flag.Int("share", 0, "of the second cuts one in so many; 0: by the time there is")
	flowName := flag.String("flow", "", "the story of one flow, undisturbed")
	file := flag.String("plan", "", "replay a plan from this file")
	flag.Parse()
	dir, err := workFolder()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := simulate(os.Stdout, dir, job{*seed, *first, *cuts, *lives, *file, *flowName, time.Duration(*seconds) * time.Second})
	_ = os.RemoveAll(dir) // databases of no value
	os.Exit(code)
}

// workFolder is in memory where there is one: databases live there for moments.
func workFolder() (string, error) {
	if dir, err := os.MkdirTemp("/dev/shm", "simulation"); err == nil {
		return dir, nil
	}
	return os.MkdirTemp("", "simulation")
}

// job is what is to be done.
type job struct {
	seed, first uint64
	share       int
	lives       int
	file, flow  string
	limit       time.Duration
}

func simulate(w io.Writer, dir string, j job) int {
	end, first := time.Now().Add(j.limit), j.first
	r, err := newRules(dir)
	switch {
	case err != nil:
		fmt.Fprintln(w, err)
		return 1
	case j.flow != "":
		return tell(w, r, j.flow)
	case j.file != "":
		return replayFile(w, r, j.file)
	case j.seed != 0:
		return replay(w, r, planOf(j.seed))
	case first == 0:
		first = uint64(time.Now().Unix()/86400) * 1_000_000
	}
	p := page{planted: findPlanted(r), sweep: sweep(r, j.cuts())}
	if half := time.Now().Add(j.limit / 2); half.After(end) {
		end = half // a loaded machine has spent the time on the sweep
	}
	p.search = search(r, first, until(end, j.lives))
	p.print(w)
	if p.failures(w, r) > 0 {
		return 1
	}
	return 0
}

// cuts is how many of the second cuts are tried: all of them where there is time.
func (j job) cuts() int {
	switch {
	case j.share > 0:
		return j.share
	case j.limit >= time.Hour:
		return 1
	}
	return 25
}

// replay tells the story of one plan.
func replay(w io.Writer, r *rules, p plan) int {
	world := run(r, p, bugNone, func(line string) { fmt.Fprintln(w, line) })
	if len(world.failures) == 0 {
		fmt.Fprintf(w, "no violation in %d lives, %d checks\n", world.count.lives, world.count.checks)
		return 0
	}
	explain(w, r, p, world.failures[0])
	return 1
}

// tell tells the stories of flows whose names have a word in them.
func tell(w io.Writer, r *rules, word string) int {
	for _, f := range flows() {
		if strings.Contains(f.name, word) {
			fmt.Fprintf(w, "%s\n", f.name)
			replay(w, r, f.plan())
		}
	}
	return 0
}
