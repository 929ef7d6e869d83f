package main

import (
	"context"
	"fmt"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// figures are what an isolation level costs.
type figures struct{ start, roundTrip, sale time.Duration }

const (
	levelPings = 500
	levelSales = 20
)

// measureLevels measures a lane of level vm against the one of level process,
// without self-tests of the sandbox in both. Which processor the machine had is in
// the rows' names.
func measureLevels(ctx context.Context, bin string, process *lane) ([]Row, error) {
	was, err := process.figures()
	if err != nil {
		return nil, err
	}
	l, err := newLane(ctx, bin, estate.IsolationVM)
	if err != nil {
		return nil, err
	}
	defer l.stop()
	now, err := l.figures()
	if err != nil {
		return nil, err
	}
	d, err := l.app.Describe()
	if err != nil {
		return nil, err
	}
	at := fmt.Sprintf(", level vm (%s) against process", d.Accelerator)
	return []Row{
		row("boot's start until its kernel serves"+at, "ms", millis(now.start), millis(was.start)),
		row("mailbox round trip"+at, "µs", micros(now.roundTrip), micros(was.roundTrip)),
		row("sale with chip and PIN"+at, "ms", millis(now.sale), millis(was.sale)),
	}, nil
}

func (l *lane) figures() (figures, error) {
	var pings, sales []time.Duration
	for n := range levelPings {
		begun := time.Now()
		if err := l.app.Ping(payment.Count(n)); err != nil { //nolint:gosec // no negative number
			return figures{}, err
		}
		pings = append(pings, time.Since(begun))
	}
	for i := range warmUp + levelSales {
		took, err := l.sell()
		if err != nil {
			return figures{}, err
		}
		if time.Sleep(between); i >= warmUp {
			sales = append(sales, took)
		}
	}
	return figures{l.started, median(pings), median(sales)}, nil
}
