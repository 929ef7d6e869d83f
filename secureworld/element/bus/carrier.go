package bus

import (
	"context"
	"encoding/json"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus/subject"
	group "github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	overseer "github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// Carrier reaches one group over the bus. Errors are Codes of package group/door:
// CodeUnavailable says that nothing is known of the questions, and that they may be
// asked anew, under new counters. Any number of goroutines may use it.
type Carrier struct {
	conn          *Conn
	branch, group string
	slots         chan struct{} // one per message in flight
}

// NewCarrier reaches a group by its name.
func NewCarrier(conn *Conn, branch, group string) *Carrier {
	return &Carrier{conn, branch, group, make(chan struct{}, MaxInFlight)}
}

// Name is the group's path.
func (c *Carrier) Name() (branch, group string) { return c.branch, c.group }

// Describe asks for the group as its members agreed on it.
func (c *Carrier) Describe(ctx context.Context) (d overseer.Description, err error) {
	body, err := c.exchange(ctx, subject.Describe, []byte{overseer.KindDescribe})
	if err == nil && frame.Parse(body, &d) != nil {
		err = group.CodeMalformed
	}
	return d, err
}

// Open opens a session.
func (c *Carrier) Open(ctx context.Context, o group.Open) error {
	message, err := appendMessage(overseer.KindOpen, o)
	if err != nil {
		return group.CodeMalformed
	}
	body, err := c.exchange(ctx, subject.Open, message)
	if err == nil && len(body) != 0 {
		err = group.CodeMalformed
	}
	return err
}

// Ask asks questions, in as many messages as their sizes need, and returns the releases
// in their order.
func (c *Carrier) Ask(ctx context.Context, questions []group.Question) ([]overseer.Release, error) {
	var releases []overseer.Release
	for len(questions) > 0 {
		n := fitting(questions)
		part, err := c.ask(ctx, questions[:n])
		if err != nil {
			return nil, err
		}
		releases, questions = append(releases, part...), questions[n:]
	}
	return releases, nil
}

func (c *Carrier) ask(ctx context.Context, questions []group.Question) ([]overseer.Release, error) {
	body, err := c.exchange(ctx, subject.Ask, encodeQuestions(questions))
	if err != nil {
		return nil, err
	}
	releases, err := overseer.ParseReleases(body)
	if err != nil || len(releases) != len(questions) {
		return nil, group.CodeMalformed
	}
	return releases, nil
}

// fitting is how many of the questions, at least one, go into one message.
func fitting(questions []group.Question) int {
	size := 0
	for i := range questions {
		size += 64 + len(questions[i].Sealed) // more than the fields of fixed width
		if i > 0 && (size > maxQuestionBytes || i == group.MaxQuestions) {
			return i
		}
	}
	return len(questions)
}

// View asks for the picture for people. A client has no right to it.
func (c *Carrier) View(ctx context.Context) (p overseer.Picture, err error) {
	body, err := c.exchange(ctx, subject.View, []byte{overseer.KindView})
	if err != nil {
		return p, err
	}
	var v overseer.Viewed
	if frame.Parse(body, &v) != nil || json.Unmarshal(v.Picture, &p) != nil {
		return p, group.CodeMalformed
	}
	return p, nil
}

// exchange sends one message when fewer than MaxInFlight are under way.
func (c *Carrier) exchange(ctx context.Context, verb string, message []byte) ([]byte, error) {
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return nil, group.CodeUnavailable
	}
	answer, err := c.conn.request(ctx, subject.Group(c.branch, c.group, verb), message)
	if err != nil {
		return nil, err
	}
	return unwrap(message[0], answer)
}
