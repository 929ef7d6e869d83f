package pool

import (
	"bytes"
	"context"
	"encoding/binary"
	"net"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	overseer "github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/wire"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// socket reaches an MCU over its Unix socket.
type socket struct {
	path string

	mu   sync.Mutex
	idle []*wire.Conn // guarded by mu
}

// Dial prepares to reach the MCU at a Unix socket; connections are made when they are
// needed, and kept.
func Dial(path string) Carrier { return &socket{path: path} }

// Describe implements Carrier.
func (s *socket) Describe(ctx context.Context) (d overseer.Description, err error) {
	err = s.exchange(ctx, overseer.KindDescribe, overseer.Describe{}, &d)
	return d, err
}

// Open implements Carrier.
func (s *socket) Open(ctx context.Context, o door.Open) error {
	return s.exchange(ctx, overseer.KindOpen, o, &door.Opened{})
}

func (s *socket) exchange(ctx context.Context, kind byte, request, answer any) error {
	framed, err := frame.Append(append(make([]byte, wire.Head), kind), request)
	if err != nil {
		return door.CodeMalformed
	}
	got, err := s.call(ctx, kind, framed)
	if err == nil && frame.Parse(got, answer) != nil {
		err = door.CodeMalformed
	}
	return err
}

// Ask implements Carrier, in as many frames as the questions need.
func (s *socket) Ask(ctx context.Context, q []door.Question) ([]overseer.Release, error) {
	var all []overseer.Release
	for len(q) > 0 {
		n := fitting(q)
		releases, err := s.ask(ctx, q[:n])
		if err != nil {
			return nil, err
		}
		all, q = append(all, releases...), q[n:]
	}
	return all, nil
}

// fitting is how many questions, at least one, go into a frame.
func fitting(q []door.Question) int {
	size := 2
	for i := range q {
		if size += q[i].Size(); i > 0 && (size > door.MaxBody || i == door.MaxQuestions) {
			return i
		}
	}
	return len(q)
}

func (s *socket) ask(ctx context.Context, q []door.Question) ([]overseer.Release, error) {
	size := wire.Head + 1 + 2
	for i := range q {
		size += q[i].Size()
	}
	framed := append(make([]byte, wire.Head, size), overseer.KindAsk)
	framed = binary.BigEndian.AppendUint16(framed, uint16(len(q)))
	for i := range q {
		framed = door.AppendQuestion(framed, &q[i])
	}
	got, err := s.call(ctx, overseer.KindAsk, framed)
	if err != nil {
		return nil, err
	}
	releases, err := overseer.ParseReleases(got)
	if err != nil || len(releases) != len(q) {
		return nil, door.CodeMalformed
	}
	return releases, nil
}

// call tries a connection that was kept and, where that one turned out to be dead, a
// new one: an MCU that was restarted is not a failure. A question that came twice is
// refused as replayed and asked anew.
func (s *socket) call(ctx context.Context, kind byte, framed []byte) ([]byte, error) {
	if wire.Frame(framed) != nil {
		return nil, door.CodeMalformed
	}
	for conn := s.take(); conn != nil; conn = s.take() {
		if got, err := s.on(ctx, conn, kind, framed); err != door.CodeUnavailable || ctx.Err() != nil { //nolint:errorlint // on returns it so
			return got, err
		}
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", s.path)
	if err != nil {
		return nil, door.CodeUnavailable
	}
	return s.on(ctx, wire.New(conn, door.MaxBody), kind, framed)
}

// on makes one call on conn and keeps or closes it.
func (s *socket) on(ctx context.Context, conn *wire.Conn, kind byte, framed []byte) ([]byte, error) {
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(door.CallDeadline)
	}
	_ = conn.SetDeadline(deadline)
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	got, answer, err := byte(0), []byte(nil), conn.Write(framed)
	if err == nil {
		got, answer, err = conn.Read()
	}
	if !stop() || err != nil {
		_ = conn.Close()
		if err != nil {
			return nil, door.CodeUnavailable
		}
	} else {
		answer = bytes.Clone(answer) // the connection is another's from here
		s.give(conn)
	}
	return read(kind, got, answer)
}

// read returns the body of the answer that is due, or a refusal's code.
func read(kind, got byte, body []byte) ([]byte, error) {
	switch got {
	case kind | overseer.KindAnswer:
		return body, nil
	case overseer.KindRefusal:
		var r door.Refusal
		if frame.Parse(body, &r) != nil || r.Code == door.CodeAnswered {
			return nil, door.CodeMalformed
		}
		return nil, r.Code
	}
	return nil, door.CodeMalformed
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

func (s *socket) give(conn *wire.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.idle) >= maxIdle {
		_ = conn.Close()
		return
	}
	s.idle = append(s.idle, conn)
}
