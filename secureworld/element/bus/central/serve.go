package central

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus/subject"
)

const (
	// maxAskers bounds those who look at once, and writeDeadline what one has to read.
	maxAskers     = 8
	writeDeadline = 5 * time.Second
)

// Serve gives each who connects to l one report, until ctx ends.
func (c *Centre) Serve(ctx context.Context, l net.Listener) error {
	var askers sync.WaitGroup
	defer askers.Wait()
	defer context.AfterFunc(ctx, func() { _ = l.Close() })()
	slots := make(chan struct{}, maxAskers)
	for {
		conn, err := l.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		slots <- struct{}{}
		askers.Go(func() {
			defer func() { <-slots }()
			defer conn.Close()
			report := c.encode(ctx)
			_ = conn.SetWriteDeadline(time.Now().Add(writeDeadline))
			_, _ = conn.Write(report) // who does not read it does not get it
		})
	}
}

// ServeBus answers on centre.view, until ctx ends.
func (c *Centre) ServeBus(ctx context.Context) error {
	questions := make(chan *nats.Msg, maxAskers)
	nc := c.config.Conn.NATS()
	s, err := nc.ChanQueueSubscribe(subject.Centre, "centre", questions)
	if err != nil {
		return fmt.Errorf("central: subscribing: %w", err)
	}
	defer s.Unsubscribe() //nolint:errcheck // the line may be lost
	for {
		select {
		case m := <-questions:
			_ = m.Respond(c.encode(ctx)) // a lost answer is the asker's timeout
		case <-ctx.Done():
			return nil
		}
	}
}

// encode never fails: a Report is numbers and strings. One that is too long for the bus
// goes without its findings.
func (c *Centre) encode(ctx context.Context) []byte {
	r := c.Report(ctx)
	b, _ := json.Marshal(r)
	if len(b) > maxReport {
		for i := range r.Groups {
			r.Groups[i].Findings = nil
		}
		b, _ = json.Marshal(r)
	}
	return b
}
