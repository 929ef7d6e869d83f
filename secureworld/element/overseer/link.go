package overseer

import (
	"bytes"
	"context"
	"net"
	"sync"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/wire"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// Link reaches one member. Do sends one frame and returns the one that answers it, a
// Refusal included; an error means that no answer came. Any number of goroutines may
// call it.
type Link interface {
	Do(ctx context.Context, kind byte, body []byte) (answer byte, answerBody []byte, err error)
}

// socket is the link to a member's Unix socket.
type socket struct {
	path  string
	slots chan struct{} // one per connection that may be open

	mu   sync.Mutex
	idle []*wire.Conn // guarded by mu
}

// Dial prepares a link to the Unix socket at path; connections are made when they are
// needed.
func Dial(path string) Link { return &socket{path: path, slots: make(chan struct{}, connections)} }

// Do implements Link.
func (s *socket) Do(ctx context.Context, kind byte, body []byte) (byte, []byte, error) {
	framed := append(append(make([]byte, wire.Head, wire.Head+1+len(body)), kind), body...)
	if err := wire.Frame(framed); err != nil {
		return 0, nil, err
	}
	return s.send(ctx, framed)
}

// send is Do for what is framed already. A connection that was kept may have died with
// its element, so the request goes out once more over a new one: asking twice is
// harmless.
func (s *socket) send(ctx context.Context, framed []byte) (byte, []byte, error) {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return 0, nil, ctx.Err()
	}
	for conn := s.take(); conn != nil; conn = s.take() {
		if answer, got, err := s.exchange(ctx, conn, framed); err == nil || ctx.Err() != nil {
			return answer, got, err
		}
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", s.path)
	if err != nil {
		return 0, nil, err
	}
	return s.exchange(ctx, wire.New(conn, door.MaxBody), framed)
}

// exchange makes one call on conn, and keeps it if it can be used again.
func (s *socket) exchange(ctx context.Context, conn *wire.Conn, framed []byte) (byte, []byte, error) {
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	err := conn.Write(framed)
	var answer byte
	var got []byte
	if err == nil {
		answer, got, err = conn.Read()
	}
	if !stop() || err != nil {
		_ = conn.Close()
		if err == nil {
			err = ctx.Err()
		}
		return 0, nil, err
	}
	got = bytes.Clone(got) // the connection is another's from here
	s.mu.Lock()
	defer s.mu.Unlock()
	s.idle = append(s.idle, conn)
	return answer, got, nil
}

func (s *socket) take() *wire.Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.idle)
	if n == 0 {
		return nil
	}
	conn := s.idle[n-1]
	s.idle = s.idle[:n-1]
	return conn
}

// refused is a member's refusal of a whole frame.
type refused struct{ door.Refusal }

func (r refused) Error() string { return r.Code.Error() }

// noOne is the Refusal.Member of a refusal that blames nobody.
const noOne = 255

// answerOf returns the body of the answer to kind, or why there is none.
func answerOf(kind, answer byte, body []byte, err error) ([]byte, error) {
	switch {
	case err != nil:
		return nil, err
	case answer == door.KindRefusal:
		var r door.Refusal
		if frame.Parse(body, &r) != nil {
			return nil, door.CodeMalformed
		}
		return nil, refused{r}
	case answer != kind|door.KindAnswer:
		return nil, door.CodeMalformed
	}
	return body, nil
}

// call asks a member one message and parses what it says.
func call[A any](ctx context.Context, l Link, kind byte, request any) (a A, err error) {
	body, err := frame.Append(nil, request)
	if err != nil {
		return a, err
	}
	answer, got, err := l.Do(ctx, kind, body)
	if got, err = answerOf(kind, answer, got, err); err != nil {
		return a, err
	}
	if frame.Parse(got, &a) != nil {
		return a, door.CodeMalformed
	}
	return a, nil
}
