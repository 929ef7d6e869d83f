package mailbox

import (
	"errors"
	"io"
	"net"
	"path/filepath"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// exchange is one question that the client must ask and what it gets for it.
type exchange struct {
	kind   byte
	answer func(w io.Writer)
}

func says(kind byte, m any) func(io.Writer) {
	return func(w io.Writer) { _ = frame.Send(w, kind, m) }
}

// scripted is a client whose secure world follows a script and then hangs up.
// A question of another kind ends the script.
func scripted(t *testing.T, script ...exchange) *Client {
	t.Helper()
	near, far := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer far.Close()
		for _, e := range script {
			kind, _, err := frame.Read(far, MaxBody)
			if err != nil || kind != e.kind {
				t.Errorf("asked %02x, %v; the script has %02x", kind, err, e.kind)
				return
			}
			e.answer(far)
		}
	}()
	t.Cleanup(func() { _ = near.Close(); <-done })
	return NewClient(near)
}

func TestEveryCallGetsItsAnswer(t *testing.T) {
	c := scripted(t,
		exchange{KindDescribe, says(KindDescription, Description{KernelVersion: 7})},
		exchange{KindStart, says(KindStarted, View{Version: 1})},
		exchange{KindCancel, says(KindCanceling, View{Version: 2})},
		exchange{KindStatus, says(KindView, View{Version: 3})},
		exchange{KindEvents, says(KindEvent, Event{Number: 5, Present: true})},
		exchange{KindPing, says(KindPong, Pong{Number: 9})})
	if d, err := c.Describe(); err != nil || d.KernelVersion != 7 {
		t.Error(d, err)
	}
	if v, err := c.Start(Start{}); err != nil || v.Version != 1 {
		t.Error(v, err)
	}
	if v, err := c.Cancel(payment.ID{}); err != nil || v.Version != 2 {
		t.Error(v, err)
	}
	if v, err := c.Status(payment.ID{}); err != nil || v.Version != 3 {
		t.Error(v, err)
	}
	if e, err := c.Events(4, 0); err != nil || e.Number != 5 {
		t.Error(e, err)
	}
	if err := c.Ping(9); err != nil {
		t.Error(err)
	}
}

func TestARefusalIsToldByItsCodeAndTheSessionGoesOn(t *testing.T) {
	c := scripted(t,
		exchange{KindStart, says(KindRefused, Refused{Code: CodeBusy, ID: payment.ID{3}})},
		exchange{KindStatus, says(KindView, View{Version: 3})})
	_, err := c.Start(Start{})
	var refused *RefusedError
	if !errors.As(err, &refused) || refused.Code != CodeBusy || refused.ID != (payment.ID{3}) || err.Error() != "mailbox: refused: busy" {
		t.Errorf("%v", err)
	}
	if v, err := c.Status(payment.ID{}); err != nil || v.Version != 3 {
		t.Error(v, err)
	}
}

// An answer that cannot be trusted ends the session: the next one might be the
// answer to an earlier question.
func TestAfterAWrongAnswerTheSessionIsDead(t *testing.T) {
	for name, answer := range map[string]func(io.Writer){
		"the answer to another question": says(KindStarted, View{}),
		"a question":                     says(KindStatus, Status{}),
		"a malformed answer":             func(w io.Writer) { _ = frame.Write(w, KindView, []byte{1}) },
		"a malformed refusal":            func(w io.Writer) { _ = frame.Write(w, KindRefused, []byte{1}) },
		"an unknown code":                func(w io.Writer) { _ = frame.Write(w, KindRefused, append([]byte{200}, make([]byte, 16)...)) },
		"an answer over the limit":       func(w io.Writer) { _ = frame.Write(w, KindView, make([]byte, MaxBody+1)) },
		"another version":                func(w io.Writer) { _, _ = w.Write([]byte{3, KindView, 0, 0}) },
		"half an answer":                 func(w io.Writer) { _, _ = w.Write([]byte{1, KindView, 1}) },
		"the end":                        func(io.Writer) {},
	} {
		c := scripted(t, exchange{KindStatus, answer})
		_, first := c.Status(payment.ID{})
		var refused *RefusedError
		if first == nil || errors.As(first, &refused) {
			t.Errorf("%s: %v", name, first)
		}
		if _, err := c.Describe(); !errors.Is(err, first) {
			t.Errorf("%s: afterwards %v", name, err)
		}
	}
}

func TestAPongOfAnotherNumberIsNoPong(t *testing.T) {
	c := scripted(t, exchange{KindPing, says(KindPong, Pong{Number: 8})})
	if err := c.Ping(9); !errors.Is(err, ErrUnexpected) {
		t.Error(err)
	}
	if err := c.Ping(9); err == nil {
		t.Error("the session goes on")
	}
}

// The secure world refuses a session too many before it is asked, and hangs up.
func TestARefusalThatCameBeforeTheQuestionIsHeard(t *testing.T) {
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "unix", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	peer, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(frame.Send(peer, KindRefused, Refused{Code: CodeTooManySessions}), peer.Close()); err != nil {
		t.Fatal(err)
	}
	var refused *RefusedError
	if _, err := NewClient(conn).Describe(); !errors.As(err, &refused) || refused.Code != CodeTooManySessions {
		t.Errorf("%v", err)
	}
}

func TestCallsOfManyCallersDoNotMix(t *testing.T) {
	near, far := net.Pipe()
	go func() {
		for {
			kind, body, err := frame.Read(far, MaxBody)
			if err != nil || kind != KindPing || frame.Write(far, KindPong, body) != nil {
				return
			}
		}
	}()
	c := NewClient(near)
	failures := make(chan error)
	const callers = 8
	for n := range callers {
		go func() {
			var err error
			for i := 0; i < 50 && err == nil; i++ {
				err = c.Ping(payment.Count(n*1000 + i))
			}
			failures <- err
		}()
	}
	for range callers {
		if err := <-failures; err != nil {
			t.Error(err)
		}
	}
	_ = c.Close()
}
