package main

import (
	"encoding/json"
	"slices"
)

// shrink takes away from a failing plan what it does not need to fail in the same way.
func shrink(r *rules, p plan, b bug, invariant string) plan {
	fails := func(q plan) bool {
		return slices.ContainsFunc(run(r, q, b, nil).failures, func(v violation) bool { return v.Invariant == invariant })
	}
	for smaller := true; smaller; {
		smaller = false
		for q := range reductions(p) {
			if fails(q) {
				p, smaller = q, true
				break
			}
		}
	}
	return p
}

// reductions are plans with one thing less, the largest things first.
func reductions(p plan) func(func(plan) bool) {
	return func(yield func(plan) bool) {
		for l, lives := range p.Lanes {
			for _, n := range []int{0, len(lives) / 2, len(lives) - 1} {
				if n < len(lives) && n >= 0 && !yield(p.with(l, slices.Clone(lives[:n]))) {
					return
				}
			}
		}
		for l, lives := range p.Lanes {
			for _, n := range []int{len(lives) / 2, 1} {
				if n > 0 && n < len(lives) && !yield(p.later(l, n)) {
					return
				}
			}
			for i := range lives {
				if !yield(p.without(l, i)) {
					return
				}
			}
		}
		for i := range p.Faults {
			q := p
			q.Faults = slices.Delete(slices.Clone(p.Faults), i, i+1)
			if !yield(q) {
				return
			}
		}
		plain := life{Amount: 100, Card: cardPlain, Present: 500}
		for l, lives := range p.Lanes {
			for i := range lives {
				changed := slices.Clone(lives)
				if changed[i] = plain; lives[i] != plain && !yield(p.with(l, changed)) {
					return
				}
			}
		}
	}
}

// with is p with other lives on one lane, and without faults of lives that are gone.
func (p plan) with(l int, lives []life) plan {
	p.Lanes = slices.Clone(p.Lanes)
	p.Lanes[l] = lives
	p.Faults = slices.DeleteFunc(slices.Clone(p.Faults), func(f fault) bool { return f.Lane == l && f.Life >= len(lives) })
	return p
}

// later is p without the first n lives of a lane.
func (p plan) later(l, n int) plan {
	q := p
	for range n {
		q = q.without(l, 0)
	}
	return q
}

// without is p without one life of a lane.
func (p plan) without(l, i int) plan {
	lives := slices.Delete(slices.Clone(p.Lanes[l]), i, i+1)
	p.Faults = slices.DeleteFunc(slices.Clone(p.Faults), func(f fault) bool { return f.Lane == l && f.Life == i })
	for k := range p.Faults {
		if f := &p.Faults[k]; f.Lane == l && f.Life > i {
			f.Life--
		}
	}
	return p.with(l, lives)
}

// String is a plan as data.
func (p plan) String() string {
	b, err := json.MarshalIndent(p, "", " ")
	if err != nil {
		panic(err)
	}
	return string(b)
}
