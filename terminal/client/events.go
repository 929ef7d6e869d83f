package client

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Event is one of the terminal's stream: payment, gap (events are missing: ask for
// what you care for) or display.
type Event struct {
	ID   int64 // 0 where there is none: nothing to resume from
	Name string
	Data []byte // JSON
}

// Events calls f with each event behind the one numbered after, until ctx ends or f
// returns an error. After a broken connection it goes on where it was. A negative
// number begins with what happens from now on.
func (c *Client) Events(ctx context.Context, after int64, f func(Event) error) error {
	pause := firstPause
	for ctx.Err() == nil {
		began := time.Now()
		err := c.stream(ctx, &after, f)
		var p *ProblemError
		var stop *stopError
		if errors.As(err, &stop) {
			return stop.err
		}
		if errors.As(err, &p) && p.Retry != "after_seconds" {
			return p
		}
		if time.Since(began) > longestPause {
			pause = firstPause
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, longestPause)
	}
	return ctx.Err()
}

// stopError carries what f returned.
type stopError struct{ err error }

func (e *stopError) Error() string { return e.err.Error() }

func (c *Client) stream(ctx context.Context, after *int64, f func(Event) error) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/v1/events", nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	if *after >= 0 {
		req.Header.Set("Last-Event-ID", strconv.FormatInt(*after, 10))
	}
	res, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }() // the stream has ended
	if res.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(res.Body, maxAnswer)) // half a problem is none
		return problemOf(res, body)
	}
	return readStream(res.Body, func(e Event) error {
		if e.ID > 0 {
			*after = e.ID
		}
		if err := f(e); err != nil {
			return &stopError{err}
		}
		return nil
	})
}

// readStream reads server-sent events as the terminal writes them: each field on one
// line, data on one.
func readStream(r io.Reader, f func(Event) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxAnswer)
	var e Event
	for lines.Scan() {
		field, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "id":
			e.ID, _ = strconv.ParseInt(value, 10, 64) // what is no number is no place to resume from
		case "event":
			e.Name = value
		case "data":
			e.Data = []byte(value)
		case "":
			if lines.Text() == "" && e.Name != "" {
				if err := f(e); err != nil {
					return err
				}
			}
			if lines.Text() == "" {
				e = Event{}
			}
		}
	}
	return lines.Err()
}
