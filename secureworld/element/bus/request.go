package bus

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go"

	group "github.com/strongroom-pos/strongroom/secureworld/element/group/door"
)

// request sends one message and waits for the answer. A line that is lost meanwhile
// ends it at once: the answer, if there was one, went to an address that is no more. A
// message that has not left waits for the next line instead: nobody need ask anew.
func (c *Conn) request(ctx context.Context, subject string, message []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, RequestDeadline)
	defer cancel()
	for {
		line, err := c.ready(ctx)
		if err != nil {
			return nil, err
		}
		if c.stands(line) {
			answer, err := c.send(ctx, line, subject, message)
			if !errors.Is(err, nats.ErrReconnectBufExceeded) {
				return answer, err
			}
		}
		select { // the loss is known already, and told in a moment
		case <-line.Done():
		case <-ctx.Done():
			return nil, group.CodeUnavailable
		}
	}
}

// stands tells whether a line is still the one that messages would leave by: losses are
// told later than they are found, and by then there may be another.
func (c *Conn) stands(line context.Context) bool {
	reconnects := c.nats.Stats().Reconnects
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.line == line && c.begun == reconnects
}

// send sends one message over a line.
func (c *Conn) send(ctx, line context.Context, subject string, message []byte) ([]byte, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(line, cancel)()
	answer, err := c.nats.RequestWithContext(ctx, subject, message)
	switch {
	case errors.Is(err, nats.ErrReconnectBufExceeded):
		return nil, err // there is no line at this moment, and nothing is buffered
	case err != nil:
		return nil, group.CodeUnavailable
	}
	return answer.Data, nil
}
