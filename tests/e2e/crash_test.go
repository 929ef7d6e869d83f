//go:build linux

package e2e

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"
)

const (
	// crashEnv chooses how much of the sweep runs: "all", the name of one cut, or
	// nothing for as many as fit into the budget.
	crashEnv = "STRONGROOM_CRASH"

	// crashBudget is what the sweep may take where not all of it is asked for.
	crashBudget = 8 * time.Minute

	// crashLanes work side by side: most of the time of a cut is waiting for
	// somebody to notice it.
	crashLanes = 2

	// soundEvery is after how many cuts one more, undisturbed sale is made.
	soundEvery = 10

	// cutLimit bounds one cut with everything that follows.
	cutLimit = 2 * time.Minute

	// tooMany failures end the sweep: the rest would tell nothing new.
	tooMany = 15
)

// TestCrashAtEveryDurableWriteAndSend kills each process of a lane before and
// after each durable write and each send of a sale, at points that a recording
// of an undisturbed sale has listed, and holds all books against each other.
func TestCrashAtEveryDurableWriteAndSend(t *testing.T) {
	began := time.Now()
	first := ownLane(t)
	if first == nil {
		return
	}
	points := recordSale(t, first)
	all := cuts(points)
	logCuts(t, points, all)
	s := &sweep{t: t, todo: chosen(t, all), deadline: began.Add(crashBudget), results: map[string]map[string]int{}}
	lanes := []*lane{first}
	for len(lanes) < min(crashLanes, len(s.todo)) {
		lanes = append(lanes, ownLane(t))
	}
	ctx, stop := context.WithCancel(t.Context())
	var typing, working sync.WaitGroup
	for _, l := range lanes {
		l.attended = true
		typing.Go(func() { l.pad.serve(ctx, demoPIN) })
		working.Go(func() { s.work(ctx, l) })
	}
	working.Wait()
	stop()
	typing.Wait()
	s.report(all, time.Since(began))
}

// chosen are the cuts that are asked for.
func chosen(t *testing.T, all []cut) []cut {
	t.Helper()
	name := os.Getenv(crashEnv)
	if name == "" || name == "all" {
		return all
	}
	for _, c := range all {
		if c.String() == name {
			return []cut{c}
		}
	}
	t.Fatalf("%s names no cut of this sale", crashEnv)
	return nil
}
