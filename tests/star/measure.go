package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"
)

// plan is how long and how often is measured.
type plan struct {
	window time.Duration
	rounds int
}

// measure makes every figure.
func measure(ctx context.Context, p plan, progress io.Writer) (rows []row, err error) {
	e, err := newEstate()
	if err != nil {
		return nil, err
	}
	defer e.close()
	for _, part := range []struct {
		what string
		do   func(context.Context, crew, plan) ([]row, error)
	}{
		{"growth over groups", growth},
		{"the bus by itself", ceiling},
		{"a group comes", coming},
		{"a group goes", going},
		{"a server dies", dying},
		{"a branch is cut off", parting},
	} {
		fmt.Fprintln(progress, part.what)
		list, err := part.do(ctx, e, p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", part.what, err)
		}
		rows = append(rows, list...)
	}
	return rows, nil
}

// growth compares with so many times one group of the same round. Rounds take the sizes
// in turns and to and fro, so that what else the machine does hits all alike. A round
// in which the cores were the limit is measured again, and counted.
func growth(ctx context.Context, c crew, p plan) (rows []row, err error) {
	sizes, rounds, again := []int{1, 8, 2, 4}, map[int][]grown{}, 0
	for len(rounds[1]) < p.rounds {
		round, err := growAll(ctx, c, sizes, p.window)
		if err != nil {
			return nil, err
		}
		slices.Reverse(sizes)
		if again < p.rounds && crowded(round) {
			again++
			continue
		}
		for n, g := range round {
			rounds[n] = append(rounds[n], g)
		}
	}
	for _, n := range []int{1, 2, 4, 8} {
		rows = append(rows, growthRow(n, rounds[n], rounds[1]))
	}
	return append(rows, row{Name: "measured again, cards late", Value: float64(again), Unit: "rounds"}), nil
}

func growAll(ctx context.Context, c crew, sizes []int, window time.Duration) (round map[int]grown, err error) {
	round = map[int]grown{}
	for _, n := range sizes {
		if round[n], err = grow(ctx, c, n, 1, window); err != nil {
			return nil, err
		}
	}
	return round, nil
}

// crowded tells whether cards, which only sleep, took longer than they should by more
// than a twentieth: then the machine had no core for this process.
func crowded(round map[int]grown) bool {
	for _, g := range round {
		if g.late > 0.05 {
			return true
		}
	}
	return false
}

// growthRow is the figure of so many groups beside one.
func growthRow(n int, some, one []grown) row {
	var rate, linear, ratio, cores, late series
	r := row{Name: fmt.Sprintf("%d groups of cards, of linear", n), Unit: "questions/s"}
	for i, g := range some {
		rate, linear = append(rate, g.rate), append(linear, float64(n)*one[i].rate)
		ratio = append(ratio, rate[i]/linear[i])
		cores, late = append(cores, g.cores), append(late, g.late)
		r.Samples += g.samples
	}
	r.Value, r.Baseline, r.Ratio = rate.median(), linear.median(), ratio.median()
	r.Least, r.Most, r.Error = slices.Min(ratio), slices.Max(ratio), ratio.error()
	r.Cores, r.Late = cores.median(), late.median()
	return r
}

func coming(ctx context.Context, c crew, p plan) ([]row, error) {
	var before, first, second, after, asked series
	var lost uint64
	for range p.rounds {
		j, err := join(ctx, c, 1, p.window/2)
		if err != nil {
			return nil, err
		}
		before, first, second, after = append(before, j.before), append(first, j.first), append(second, j.second), append(after, j.after)
		asked = append(asked, milliseconds(j.firstQuestion))
		lost += j.lost
	}
	one := before.mean()
	rate := func(name string, s series) row {
		return row{Name: name, Value: s.mean(), Unit: "questions/s", Baseline: one, Ratio: s.mean() / one, Least: slices.Min(s) / one, Most: slices.Max(s) / one, Error: s.error() / one}
	}
	return []row{
		rate("a second group comes: in the first second", first),
		rate("in the next second", second),
		rate("from then on", after),
		{Name: "its first question, slowest", Value: slices.Max(asked), Unit: "ms"},
		{Name: "lost meanwhile", Value: float64(lost), Unit: "questions"},
	}, nil
}

func going(ctx context.Context, c crew, p plan) ([]row, error) {
	var all left
	for range p.rounds {
		r, err := remove(ctx, c, 1, p.window/2)
		if err != nil {
			return nil, err
		}
		all.answered, all.retries, all.lost, all.after = all.answered+r.answered, all.retries+r.retries, all.lost+r.lost, all.after+r.after
		all.took = max(all.took, r.took)
	}
	return []row{
		count("one of three groups goes: answered", all.answered),
		count("asked again", all.retries),
		count("lost", all.lost),
		count("asked of it after it had left", all.after),
		{Name: "until it had left, slowest", Value: milliseconds(all.took), Unit: "ms"},
	}, nil
}

func dying(ctx context.Context, c crew, p plan) ([]row, error) {
	var all killed
	for range p.rounds {
		k, err := kill(ctx, c, 10, p.window/4)
		if err != nil {
			return nil, err
		}
		all.answered, all.retries, all.repeated, all.lost = all.answered+k.answered, all.retries+k.retries, all.repeated+k.repeated, all.lost+k.lost
		all.inFlight, all.longest = all.inFlight+k.inFlight, max(all.longest, k.longest)
	}
	again := count("asked again, of those in flight", all.retries)
	again.Baseline, again.Ratio = float64(all.inFlight), float64(all.retries)/float64(all.inFlight)
	return []row{
		count("the clients' server dies: answered", all.answered),
		again,
		count("asked again more than once", all.repeated),
		count("lost", all.lost),
		{Name: "longest question", Value: milliseconds(all.longest), Unit: "ms"},
	}, nil
}

func parting(ctx context.Context, c crew, p plan) ([]row, error) {
	r, err := cut(ctx, c, 1, p.window)
	if err != nil {
		return nil, err
	}
	return []row{
		count("a branch without its centre: answered", r.local),
		count("lost", r.localLost),
		{Name: "until the centre has answers of it again", Value: milliseconds(r.rejoined), Unit: "ms"},
	}, nil
}

func count(name string, n uint64) row {
	return row{Name: name, Value: float64(n), Unit: "questions"}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
