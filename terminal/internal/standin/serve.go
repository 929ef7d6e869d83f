package standin

import (
	"errors"
	"net"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

type served struct{ conn net.Conn }

var errDropped = errors.New("standin: the script ends the session")

// Serve takes sessions until the listener is closed.
func (w *World) Serve(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		w.waiting.Go(func() { w.session(c) })
	}
}

// Wait returns once every session and script has ended.
func (w *World) Wait() { w.waiting.Wait() }

func (w *World) session(c net.Conn) {
	s := &served{c}
	w.mu.Lock()
	w.sessions[s] = struct{}{}
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		delete(w.sessions, s)
		w.mu.Unlock()
		_ = c.Close() // ended either way
	}()
	for {
		kind, body, err := frame.Read(c, mailbox.MaxBody)
		if err != nil || w.serve(c, kind, body) != nil {
			return
		}
	}
}

func (w *World) serve(c net.Conn, kind byte, body []byte) error {
	answer, err := w.answer(kind, body)
	if err != nil {
		return err
	}
	if r, refused := answer.(mailbox.Refused); refused {
		return frame.Send(c, mailbox.KindRefused, r)
	}
	return frame.Send(c, kind|0x80, answer)
}

func (w *World) answer(kind byte, body []byte) (any, error) {
	switch kind {
	case mailbox.KindDescribe:
		return w.describe(), nil
	case mailbox.KindAttest:
		return evidence(body)
	case mailbox.KindPing:
		var m mailbox.Ping
		err := frame.Parse(body, &m)
		return mailbox.Pong(m), err
	case mailbox.KindKeys:
		return w.keyLine(body)
	case mailbox.KindSettle:
		return w.settle(body)
	case mailbox.KindBatch:
		return w.batchView(body)
	case mailbox.KindDifference:
		return w.difference(body)
	case mailbox.KindStart:
		var m mailbox.Start
		if err := frame.Parse(body, &m); err != nil {
			return nil, err
		}
		return w.faulty(m)
	case mailbox.KindStatus:
		var m mailbox.Status
		err := frame.Parse(body, &m)
		return w.status(m.ID), err
	case mailbox.KindCancel:
		var m mailbox.Cancel
		err := frame.Parse(body, &m)
		return w.cancel(m.ID), err
	case mailbox.KindEvents:
		var m mailbox.Events
		err := frame.Parse(body, &m)
		return w.next(m), err
	}
	return mailbox.Refused{Code: mailbox.CodeUnknownKind}, nil
}

// faulty carries out a Start with the fault that was set.
func (w *World) faulty(m mailbox.Start) (any, error) {
	w.mu.Lock()
	fault := w.fault
	w.fault = NoFault
	w.mu.Unlock()
	switch fault {
	case DropUnheard:
		return nil, errDropped
	case HoldThenDrop:
		<-w.release
	}
	v, refused := w.begin(m)
	if fault == ForgetStarted {
		w.Restart(true)
	}
	if fault != NoFault {
		return nil, errDropped
	}
	if refused != nil {
		return *refused, nil
	}
	return v, nil
}

func (w *World) describe() mailbox.Description {
	w.mu.Lock()
	defer w.mu.Unlock()
	d := w.about
	for id, e := range w.payments {
		if e.view.Status != payment.StatusCompleted {
			d.State, d.Busy = payment.TerminalStateBusy, id
		}
	}
	return d
}

func (w *World) status(id payment.ID) any {
	w.mu.Lock()
	defer w.mu.Unlock()
	if e := w.payments[id]; e != nil {
		return e.view
	}
	return mailbox.Refused{Code: mailbox.CodeNeverSeen}
}

// cancel wins as long as nothing was sent.
func (w *World) cancel(id payment.ID) any {
	w.mu.Lock()
	defer w.mu.Unlock()
	e := w.payments[id]
	if e == nil {
		return mailbox.Refused{Code: mailbox.CodeNeverSeen}
	}
	w.apply(e, func(v *mailbox.View) { v.CancelRequested = true })
	if !e.view.Sent {
		select {
		case e.cancel <- struct{}{}:
		default:
		}
	}
	return e.view
}

func (w *World) next(m mailbox.Events) mailbox.Event {
	deadline := time.After(time.Duration(m.WaitMillis) * time.Millisecond)
	for {
		w.mu.Lock()
		e, found := w.find(m.After)
		changed := w.changed
		w.mu.Unlock()
		if found {
			return e
		}
		select {
		case <-changed:
		case <-deadline:
			return e
		}
	}
}

// find returns the first event after a number; a number that is too old, or was
// never given out, is a gap.
func (w *World) find(after payment.Count) (mailbox.Event, bool) {
	gap := after < w.floor || after > w.number
	if gap {
		after = w.floor
	}
	for _, e := range w.events {
		if e.Number > after {
			e.Gap = gap
			return e, true
		}
	}
	return mailbox.Event{Number: after, Gap: gap}, gap
}
