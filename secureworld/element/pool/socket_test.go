package pool_test

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	overseer "github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/pool"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// serve answers the clients of a socket for a relay; each connection takes so many
// requests and is closed then.
func (r *relay) serve(path string, requests int) (stop func()) {
	r.e.tb.Helper()
	ctx, cancel := context.WithCancel(r.e.tb.Context())
	l, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	r.e.must(err)
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer conn.Close()
				defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
				for range requests {
					kind, body, err := frame.Read(conn, door.MaxBody)
					if err != nil {
						return
					}
					out := r.handle(ctx, kind, body)
					if frame.Write(conn, out[0], out[1:]) != nil {
						return
					}
				}
			})
		}
	})
	return func() { cancel(); _ = l.Close(); wg.Wait() }
}

func (r *relay) handle(ctx context.Context, kind byte, body []byte) []byte {
	var out []byte
	var err error
	switch kind {
	case overseer.KindDescribe:
		var d overseer.Description
		if d, err = r.Describe(ctx); err == nil {
			out, err = frame.Append(nil, d)
		}
	case overseer.KindOpen:
		var o door.Open
		if err = frame.Parse(body, &o); err == nil {
			err = r.Open(ctx, o)
		}
	case overseer.KindAsk:
		q, _, bad := door.ParseAsk(append(append(binary.BigEndian.AppendUint16(nil, binary.BigEndian.Uint16(body)), 0), body[2:]...), nil)
		var all []overseer.Release
		if err = bad; err == nil {
			all, err = r.Ask(ctx, q)
		}
		out = overseer.AppendReleases(nil, all)
	}
	if err != nil {
		code := door.CodeMalformed
		_ = errors.As(err, &code)
		return []byte{overseer.KindRefusal, byte(code), 255}
	}
	return append([]byte{kind | overseer.KindAnswer}, out...)
}

func TestAGroupBehindASocketAnswersThoughItsConnectionsBreak(t *testing.T) {
	e := newEstate(t)
	r := e.group("g1")
	path := filepath.Join(t.TempDir(), "mcu")
	stop := r.serve(path, 3)
	carrier := pool.Dial(path)
	p := e.pool(pool.Config{Groups: func() []pool.Carrier { return []pool.Carrier{carrier} }})
	for i := range 10 {
		if err := reference(t.Context(), p, i); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	stop = r.serve(path, 1000)
	defer stop()
	var wg sync.WaitGroup
	for range 20 { // together more than one frame holds
		wg.Go(func() {
			if err := p.MACVerify(t.Context(), element.MACVerify{Data: make([]byte, 4096)}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if f := p.Findings(); len(f) != 0 {
		t.Errorf("%+v", f)
	}
}

func TestWhatAnMCURefusesComesAsItsCode(t *testing.T) {
	e := newEstate(t)
	r := e.group("g1")
	path := filepath.Join(t.TempDir(), "mcu")
	defer r.serve(path, 1000)()
	carrier := pool.Dial(path)
	r.fail = func() error { return door.CodeQuorum }
	if _, err := carrier.Describe(t.Context()); !errors.Is(err, door.CodeQuorum) {
		t.Error(err)
	}
	if _, err := pool.Dial(path + "x").Describe(t.Context()); !errors.Is(err, door.CodeUnavailable) {
		t.Errorf("no socket: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	r.fail, r.gate = nil, make(chan struct{})
	q := []door.Question{{Counter: 1, Sealed: make([]byte, 16)}}
	if _, err := carrier.Ask(ctx, q); !errors.Is(err, door.CodeUnavailable) {
		t.Errorf("silence: %v", err)
	}
}

func TestWhatIsNoAnswerComesAsMalformed(t *testing.T) {
	for name, answer := range map[string][]byte{
		"another kind":       {overseer.KindOpen | overseer.KindAnswer},
		"half a description": {overseer.KindDescribe | overseer.KindAnswer, 1},
		"half a refusal":     {overseer.KindRefusal, 3},
		"a refusal of none":  {overseer.KindRefusal, 0, 255},
	} {
		path := filepath.Join(t.TempDir(), "mcu")
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", path)
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			conn, err := l.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
			_, _, _ = frame.Read(conn, door.MaxBody)
			_ = frame.Write(conn, answer[0], answer[1:])
		}()
		if _, err := pool.Dial(path).Describe(t.Context()); !errors.Is(err, door.CodeMalformed) {
			t.Errorf("%s: %v", name, err)
		}
		_ = l.Close()
		<-done
	}
}
