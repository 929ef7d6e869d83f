package overseer

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"net"
	"slices"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/listener"
	client "github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/wire"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// Serve answers the clients of l until ctx ends, then closes l and every connection and
// waits for their goroutines. Run must be running too.
func (o *Overseer) Serve(ctx context.Context, l net.Listener) error {
	return listener.Serve(ctx, l, MaxConnections, o.serveConn)
}

// serveConn answers one client until it closes, is silent for too long or sends what is
// no frame.
func (o *Overseer) serveConn(ctx context.Context, conn net.Conn) {
	frames := wire.New(conn, door.MaxBody)
	for ctx.Err() == nil {
		_ = conn.SetReadDeadline(time.Now().Add(idleDeadline))
		kind, body, err := frames.Read()
		if err != nil {
			return
		}
		out := o.handle(ctx, make([]byte, wire.Head), kind, body)
		_ = conn.SetWriteDeadline(time.Now().Add(writeDeadline))
		if wire.Frame(out) != nil || frames.Write(out) != nil {
			return
		}
	}
}

// Handle answers one request with a kind and a body.
func (o *Overseer) Handle(ctx context.Context, kind byte, body []byte) []byte {
	return o.handle(ctx, nil, kind, body)
}

// handle appends them to dst. It is the permit table: one line for each request.
func (o *Overseer) handle(ctx context.Context, dst []byte, kind byte, body []byte) []byte {
	switch kind {
	case client.KindDescribe:
		return respond(dst, kind, body, func(client.Describe) (client.Description, error) { return o.Describe(ctx) })
	case client.KindOpen:
		return respond(dst, kind, body, func(r door.Open) (a door.Opened, err error) { return a, o.Open(ctx, r) })
	case client.KindAsk:
		return o.ask(ctx, dst, body)
	case client.KindView:
		return respond(dst, kind, body, func(client.View) (client.Viewed, error) { return o.viewed(ctx) })
	}
	return refuse(dst, door.CodeMalformed)
}

func respond[R, A any](dst []byte, kind byte, body []byte, act func(R) (A, error)) []byte {
	var request R
	if frame.Parse(body, &request) != nil {
		return refuse(dst, door.CodeMalformed)
	}
	answer, err := act(request)
	if err != nil {
		return refuse(dst, codeOf(err))
	}
	out, err := frame.Append(append(dst, kind|client.KindAnswer), answer)
	if err != nil {
		return refuse(dst, door.CodeUnavailable)
	}
	return out
}

// ask is the fast path, coded by hand.
func (o *Overseer) ask(ctx context.Context, dst, body []byte) []byte {
	questions, err := parseQuestions(body)
	if err != nil {
		return refuse(dst, door.CodeMalformed)
	}
	releases, err := o.Ask(ctx, questions)
	if err != nil {
		return refuse(dst, codeOf(err))
	}
	size := cut(releases)
	return client.AppendReleases(append(slices.Grow(dst, 1+size), client.KindAsk|client.KindAnswer), releases)
}

// cut keeps the releases within one frame: those at the end that do not fit are asked
// again. It returns their length.
func cut(releases []client.Release) (size int) {
	const each, vote = 20, 66
	size = 2
	for i := range releases {
		size += each + vote*len(releases[i].Votes) + len(releases[i].Body)
		if size+each*(len(releases)-i) > door.MaxBody {
			size -= vote*len(releases[i].Votes) + len(releases[i].Body)
			releases[i] = client.Release{Code: door.CodeUnavailable}
		}
	}
	return size
}

// parseQuestions decodes a client's Ask; the questions alias b.
func parseQuestions(b []byte) ([]door.Question, error) {
	if len(b) < 2 {
		return nil, door.ErrMalformed
	}
	n := int(binary.BigEndian.Uint16(b))
	if n == 0 || n > door.MaxQuestions {
		return nil, door.ErrMalformed
	}
	b = b[2:]
	questions := make([]door.Question, n)
	for i := range questions {
		var err error
		if questions[i], b, err = door.ParseQuestion(b); err != nil {
			return nil, err
		}
	}
	if len(b) != 0 {
		return nil, door.ErrMalformed
	}
	return questions, nil
}

// viewed is a picture as JSON; the oldest findings go if it is too long.
func (o *Overseer) viewed(ctx context.Context) (v client.Viewed, err error) {
	p, err := o.View(ctx)
	if err != nil {
		return v, err
	}
	for {
		v.Picture, err = json.Marshal(p)
		if err != nil || len(v.Picture) <= maxPicture || len(p.Findings) == 0 {
			return v, err
		}
		p.Findings = p.Findings[1:]
	}
}

func codeOf(err error) door.Code {
	var c door.Code
	if errors.As(err, &c) && c != door.CodeAnswered {
		return c
	}
	return door.CodeUnavailable
}

func refuse(dst []byte, c door.Code) []byte { return append(dst, client.KindRefusal, byte(c), noOne) }
