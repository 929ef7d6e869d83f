package main

import (
	"context"
	"fmt"
	"io"
	"time"
)

// measure makes every figure.
func measure(ctx context.Context, window time.Duration, progress io.Writer) (rows []row, err error) {
	e, err := newEstate()
	if err != nil {
		return nil, err
	}
	defer e.close()
	for _, part := range []struct {
		what string
		do   func(context.Context, crew, time.Duration) ([]row, error)
	}{
		{"growth over groups", growth},
		{"the bus by itself", ceiling},
		{"a group comes", coming},
		{"a group goes", going},
		{"a server dies", dying},
		{"a branch is cut off", parting},
	} {
		fmt.Fprintln(progress, part.what)
		list, err := part.do(ctx, e, window)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", part.what, err)
		}
		rows = append(rows, list...)
	}
	return rows, nil
}

// growth compares with so many times one group.
func growth(ctx context.Context, c crew, window time.Duration) (rows []row, err error) {
	var one float64
	for _, n := range []int{1, 2, 4, 8} {
		rate, err := grow(ctx, c, n, 1, window)
		if err != nil {
			return nil, err
		}
		if n == 1 {
			one = rate
		}
		linear := one * float64(n)
		rows = append(rows, row{fmt.Sprintf("%d groups of cards, of linear", n), rate, "questions/s", linear, rate / linear})
	}
	return rows, nil
}

func coming(ctx context.Context, c crew, window time.Duration) ([]row, error) {
	j, err := join(ctx, c, 1, window)
	if err != nil {
		return nil, err
	}
	return []row{
		{"a second group comes under load", j.after, "questions/s", j.before, j.after / j.before},
		{"its first question", milliseconds(j.firstQuestion), "ms", 0, 0},
		{"questions lost meanwhile", float64(j.lost), "questions", 0, 0},
	}, nil
}

func going(ctx context.Context, c crew, window time.Duration) ([]row, error) {
	r, err := remove(ctx, c, 1, window)
	if err != nil {
		return nil, err
	}
	return []row{
		{"one of three groups goes: answered", float64(r.answered), "questions", 0, 0},
		{"asked again", float64(r.retries), "questions", 0, 0},
		{"lost", float64(r.lost), "questions", 0, 0},
		{"until it had left", milliseconds(r.took), "ms", 0, 0},
	}, nil
}

func dying(ctx context.Context, c crew, window time.Duration) ([]row, error) {
	k, err := kill(ctx, c, 10, window)
	if err != nil {
		return nil, err
	}
	return []row{
		{"the clients' server dies: answered", float64(k.answered), "questions", 0, 0},
		{"asked again, of those in flight", float64(k.retries), "questions", float64(k.inFlight), float64(k.retries) / float64(k.inFlight)},
		{"lost", float64(k.lost), "questions", 0, 0},
		{"longest question", milliseconds(k.longest), "ms", 0, 0},
	}, nil
}

func parting(ctx context.Context, c crew, window time.Duration) ([]row, error) {
	p, err := cut(ctx, c, 1, window)
	if err != nil {
		return nil, err
	}
	return []row{
		{"a branch without its centre: answered", float64(p.local), "questions", 0, 0},
		{"lost", float64(p.localLost), "questions", 0, 0},
		{"until the centre has answers of it again", milliseconds(p.rejoined), "ms", 0, 0},
	}, nil
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
