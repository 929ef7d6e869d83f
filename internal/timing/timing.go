// Package timing asks whether an operation takes longer for one class of inputs than
// for another, after Reparaz, Balasch and Verbauwhede's dudect ("Dude, is my code
// constant time?", 2017): samples of both classes in random order, cropped, and a
// t-test.
//
// A machine that does other things meanwhile slows both classes. So each sample of one
// class is compared with one of the other that was taken right before or behind it, the
// pairs that differ most are left out, and the median of several such tests counts.
// What differs by less than a hundredth is not told: an address or a page does that.
//
// Tests import it.
package timing

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

const (
	rounds = 7
	// cropped is the share of pairs left out at each end.
	cropped = 0.2
	// least is the share of its time by which an operation must differ.
	least = 0.01
)

// Found is the statistic above which a difference is called one. Where there is none,
// half of all statistics are below 2.
const Found = 10

// Differ returns the median of several t statistics, without its sign, for op after
// prepare(0) and op after prepare(1). prepare is not timed; it puts an input of its
// class where op finds it, at one place for both.
func Differ(prepare func(class int), op func()) float64 {
	return trial{prepare, op, 1500, 32}.median()
}

// DifferSlow is Differ for an operation that takes microseconds: it is called less
// often.
func DifferSlow(prepare func(class int), op func()) float64 {
	return trial{prepare, op, 300, 4}.median()
}

type trial struct {
	prepare func(class int)
	op      func()
	pairs   int
	batch   int // calls in one sample, since a clock has its steps
}

func (a trial) median() float64 {
	all := make([]float64, rounds)
	for i := range all {
		all[i] = a.ask()
	}
	slices.Sort(all)
	return all[rounds/2]
}

func (a trial) ask() float64 {
	differences, took := make([]float64, a.pairs), 0.0
	for i := range differences {
		first := int(rand.Uint64() & 1)
		one := a.sample(first)
		other := a.sample(1 - first)
		differences[i] = float64(one-other) * float64(1-2*first)
		took += float64(min(one, other)) / float64(a.pairs)
	}
	slices.Sort(differences)
	end := int(cropped * float64(a.pairs))
	mean, t := statistic(differences[end : a.pairs-end])
	if math.Abs(mean) < least*took {
		return 0
	}
	return t
}

func (a trial) sample(class int) time.Duration {
	a.prepare(class)
	a.op() // caches learn where the input is
	began := time.Now()
	for range a.batch {
		a.op()
	}
	return time.Since(began)
}

// statistic is Student's for differences whose mean should be zero, which is Welch's of
// two classes in pairs.
func statistic(v []float64) (mean, t float64) {
	variance := 0.0
	for _, x := range v {
		mean += x / float64(len(v))
	}
	for _, x := range v {
		variance += (x - mean) * (x - mean) / float64(len(v)-1)
	}
	switch {
	case mean == 0:
		return 0, 0
	case variance == 0:
		return mean, math.Inf(1)
	}
	return mean, math.Abs(mean) / math.Sqrt(variance/float64(len(v)))
}
