// Package service is the reader's end of the sred door: what the secure world
// may order in which state, one order at a time, and what the reader tells while
// it is idle.
//
// Only the reader imports it. It must never hold account data: envelopes are
// made in package reading.
package service

import (
	"context"
	"crypto/sha256"
	"sync"

	"github.com/strongroom-pos/strongroom/reader/internal/reading"
	"github.com/strongroom-pos/strongroom/reader/internal/slot"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/device"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

// Service serves the secure world with one reader.
type Service struct {
	Reader *reading.Reader
	// Configure puts parameters in force.
	Configure func(document []byte) error
	// Health is told of each change.
	Health func(connected bool, s slot.Status)

	greeted bool // what the last greeting said of the slot; of the goroutine that dials and serves
}

// Door is the reader's end of package sred.
func (v *Service) Door() device.Door {
	return device.Door{
		MaxBody: sred.MaxBody, FrameDeadline: sred.FrameDeadline, HandshakeDeadline: sred.HandshakeDeadline,
		Hello: sred.KindHello, Welcome: sred.KindWelcome,
		Hi: func(n orderauth.Nonce) any {
			v.greeted = v.now().Attached
			return sred.Hello{Device: v.Reader.Device.ID, Nonce: n, Ready: v.greeted}
		},
		Plain: func(byte) bool { return false },
	}
}

func (v *Service) now() slot.Status {
	s, _ := v.Reader.Slot.Look()
	return s
}

// Offline shows that there is no session.
func (v *Service) Offline() {
	v.Reader.Display.Offline()
	v.Health(false, v.now())
}

// running is the order that is being carried out.
type running struct {
	*reading.Order
	stop context.CancelFunc
	done chan struct{} // closed when its last message was sent
}

// session is the state of one session.
type session struct {
	*Service
	link *device.Session

	order   *running   // nil while idle
	put     *sred.Text // a text that waits for the order's end
	told    slot.Status
	result  result
	reading sync.WaitGroup
}

// Serve serves one session. When it ends, the order that runs is stopped and
// waited for, and its card released.
func (v *Service) Serve(ctx context.Context, link *device.Session) error {
	s := &session{Service: v, link: link, told: slot.Status{Attached: v.greeted}}
	defer v.Offline()
	defer v.Reader.Release()
	defer s.reading.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	v.Reader.Display.Show(sred.TextWelcome)
	return s.loop(ctx)
}

func (s *session) loop(ctx context.Context) error {
	for {
		status, changed := s.Reader.Slot.Look()
		field, tapped := s.Reader.Field.Look()
		if s.order == nil {
			s.tell(either(status, field))
		}
		s.Health(true, status)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		case <-tapped:
		case <-s.ended():
			s.idle()
		case <-s.result.welcome:
			s.greet()
		case m, ok := <-s.link.Incoming():
			if !ok {
				return s.link.Err()
			}
			if err := s.take(ctx, m); err != nil {
				return err
			}
		}
	}
}

// either is the slot, where a card in the field counts as one: both must be empty
// before the next order takes a card.
func either(s, field slot.Status) slot.Status {
	s.Present = s.Present || field.Present
	s.Insertion += field.Insertion
	return s
}

// ended is closed when the running order has sent its last message.
func (s *session) ended() <-chan struct{} {
	if s.order == nil {
		return nil
	}
	return s.order.done
}

// idle comes after an order. The secure world was told of a card then, so it is
// told what became of it; a text that came too early is shown now.
func (s *session) idle() {
	s.order.stop()
	s.order = nil
	s.told.Present, s.told.Insertion = true, 0
	if s.put != nil {
		s.conclude(*s.put)
		s.put = nil
	}
}

// tell reports what changed at the slot while no order runs.
func (s *session) tell(now slot.Status) {
	was := s.told
	s.told = now
	switch {
	case now.Attached && !was.Attached:
		s.progress(sred.StageReaderReady)
	case !now.Attached && was.Attached:
		s.progress(sred.StageReaderLost)
	}
	switch {
	case now.Present && (!was.Present || now.Insertion != was.Insertion):
		s.progress(sred.StageCardPresent)
	case !now.Present && was.Present:
		s.progress(sred.StageCardGone)
		s.Reader.Release()
		s.gone()
	}
}

func (s *session) progress(stage sred.Stage) {
	_ = s.link.Send(sred.KindProgress, sred.Progress{Stage: stage}) // a lost session ends by Incoming
}

// take is the permit table of the door. It is asked only for orders whose
// authenticity is established.
func (s *session) take(ctx context.Context, m device.Received) error {
	switch m.Kind {
	case sred.KindTake:
		return s.onTake(ctx, m)
	case sred.KindPINDone:
		return s.onPINDone(m.Body)
	case sred.KindAnswer:
		return s.onAnswer(m.Body)
	case sred.KindStop:
		return s.onStop(m.Body)
	case sred.KindShow:
		return s.onShow(m.Body)
	case sred.KindChosen:
		return s.onChosen(m.Body)
	case sred.KindConfigure:
		return s.onConfigure(m.Body)
	}
	return device.ErrProtocol
}

// settle makes idle what is as good as idle: the secure world may answer the last
// message of an order before the loop has seen its end.
func (s *session) settle() {
	if s.order != nil && s.order.GivenUp() {
		<-s.order.done
		s.idle()
	}
}

// onTake begins an order: only while idle.
func (s *session) onTake(ctx context.Context, m device.Received) error {
	var take sred.Take
	s.settle()
	if frame.Parse(m.Body, &take) != nil || s.order != nil {
		return device.ErrProtocol
	}
	ctx, cancel := context.WithCancel(ctx)
	r := &running{reading.NewOrder(take, sred.OrderDigest(m.Sealed), s.link), cancel, make(chan struct{})}
	s.order, s.result = r, result{}
	s.reading.Go(func() {
		defer close(r.done)
		s.Reader.Run(ctx, r.Order)
	})
	return nil
}

// onPINDone: while an order waits for it. One that crossed the order's end is
// dropped.
func (s *session) onPINDone(body []byte) error {
	var m sred.PINDone
	if frame.Parse(body, &m) != nil {
		return device.ErrProtocol
	}
	return s.deliver(m.Order, func() bool { return s.order.PINDone(m) })
}

// onChosen: while an order waits for it. One that crossed the order's end is
// dropped.
func (s *session) onChosen(body []byte) error {
	var m sred.Chosen
	if frame.Parse(body, &m) != nil || m.Choice > sred.Choices {
		return device.ErrProtocol
	}
	return s.deliver(m.Order, func() bool { return s.order.Chosen(m.Choice) })
}

// onConfigure: while idle. What is not understood leaves the old parameters in
// force, and the secure world will not work with this reader.
func (s *session) onConfigure(body []byte) error {
	var m sred.Configure
	s.settle()
	if frame.Parse(body, &m) != nil || s.order != nil {
		return device.ErrProtocol
	}
	err := s.Configure(m.Document)
	if err != nil {
		s.Reader.Log.Error("parameters refused", "reason", err)
	}
	return s.link.Send(sred.KindConfigured, sred.Configured{
		Version: m.Version, Digest: sha256.Sum256(m.Document), Refused: err != nil,
	})
}

// onAnswer: while an order waits for it. One that crossed the order's end is
// dropped.
func (s *session) onAnswer(body []byte) error {
	var m sred.Answer
	if frame.Parse(body, &m) != nil {
		return device.ErrProtocol
	}
	return s.deliver(m.Order, func() bool { return s.order.Answer(m) })
}

// deliver refuses what the running order does not wait for, unless it has just
// ended: then the message crossed its last one.
func (s *session) deliver(id sred.OrderID, give func() bool) error {
	if s.order == nil || s.order.Take.Order != id || give() {
		return nil
	}
	return s.unlessEnded()
}

// unlessEnded: an order that gave up sends its last message within the deadline
// of a command; anything else that comes for it before is a fault.
func (s *session) unlessEnded() error {
	if s.order.GivenUp() {
		return nil
	}
	return device.ErrProtocol
}

// onStop ends the order, and waits for its end, which the deadline of a command
// bounds: what comes next finds the reader idle. Stop of an order that is over
// or never came has no effect.
func (s *session) onStop(body []byte) error {
	var m sred.Stop
	if frame.Parse(body, &m) != nil {
		return device.ErrProtocol
	}
	if s.order == nil || s.order.Take.Order != m.Order {
		return nil
	}
	s.order.stop()
	<-s.order.done
	s.idle()
	return nil
}

// onShow shows a text, after the order if one runs: none may cover an amount.
func (s *session) onShow(body []byte) error {
	var m sred.Show
	if frame.Parse(body, &m) != nil {
		return device.ErrProtocol
	}
	if s.order != nil {
		s.put = &m.Text
		return nil
	}
	s.conclude(m.Text)
	return nil
}
