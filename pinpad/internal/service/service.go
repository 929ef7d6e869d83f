// Package service is the PIN pad's end of the pinentry door: what the secure
// world may order in which state, one entry at a time.
//
// Only the PIN pad imports it. It must never hold a PIN or a keyed card outside
// the arrays of package entry, nor the PAN, which package seal opens for one block.
package service

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/strongroom-pos/strongroom/pinpad/internal/display"
	"github.com/strongroom-pos/strongroom/pinpad/internal/entry"
	"github.com/strongroom-pos/strongroom/pinpad/internal/keypad"
	"github.com/strongroom-pos/strongroom/pinpad/internal/seal"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/device"
)

// Service serves the secure world with one PIN pad.
type Service struct {
	Sealer  *seal.Sealer
	Display *display.Display
	Keypad  *keypad.Keypad
	// Health is told of each change.
	Health func(connected, keyLoaded bool)

	// AtOnce is how many PINs may follow each other without a pause; 0 is the
	// default of limits.go. Test benches raise it.
	AtOnce int

	pace pace
	// typed and card are those of the running entry. They lie here because a stack
	// that grows leaves a copy of what was on it behind.
	typed entry.PIN
	card  entry.Card
}

// Door is the PIN pad's end of package pinentry.
func (v *Service) Door() device.Door {
	d := v.Sealer.Device
	return device.Door{
		MaxBody: pinentry.MaxBody, FrameDeadline: pinentry.FrameDeadline, HandshakeDeadline: pinentry.HandshakeDeadline,
		Hello: pinentry.KindHello, Welcome: pinentry.KindWelcome,
		Hi: func(n orderauth.Nonce) any {
			return pinentry.Hello{Device: d.ID, Nonce: n, Key: d.Loaded()}
		},
		Plain: func(kind byte) bool { return kind == pinentry.KindLoadKey }, // a key block proves itself
	}
}

// Offline shows that there is no session.
func (v *Service) Offline() {
	v.Display.Offline()
	v.Health(false, v.loaded())
}

func (v *Service) loaded() bool { return v.Sealer.Device.Loaded() != [8]byte{} }

// running is the entry that is going on.
type running struct {
	order pinentry.OrderID
	stop  context.CancelFunc
	over  atomic.Bool   // no key is asked for any more; the last message follows
	done  chan struct{} // closed when it was sent
}

// session is the state of one session.
type session struct {
	*Service
	link *device.Session

	entry    *running       // nil while idle
	put      *pinentry.Show // a text that waits for the entry's end
	entering sync.WaitGroup
	result   *time.Timer // ends a result on the display
}

// Serve serves one session. When it ends, the entry that goes on is stopped and
// waited for.
func (v *Service) Serve(ctx context.Context, link *device.Session) error {
	s := &session{Service: v, link: link, result: time.NewTimer(resultTime)}
	defer s.result.Stop()
	defer v.Offline()
	defer s.entering.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	v.Display.Idle()
	return s.loop(ctx)
}

func (s *session) loop(ctx context.Context) error {
	for {
		s.Health(true, s.loaded())
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.ended():
			s.idle()
		case <-s.result.C:
			s.Display.EndResult()
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

// ended is closed when the entry has sent its last message.
func (s *session) ended() <-chan struct{} {
	if s.entry == nil {
		return nil
	}
	return s.entry.done
}

// idle comes after an entry. A text that came too early is shown now.
func (s *session) idle() {
	s.entry.stop()
	s.entry = nil
	s.result.Reset(resultTime)
	if s.put != nil {
		s.present(*s.put)
		s.put = nil
	}
}

// take is the permit table of the door. All but LoadKey are orders whose
// authenticity is established.
func (s *session) take(ctx context.Context, m device.Received) error {
	switch m.Kind {
	case pinentry.KindLoadKey:
		return s.onLoadKey(m.Body)
	case pinentry.KindEnterPIN:
		return takeOrder(ctx, s, m.Body, func(o pinentry.EnterPIN) (pinentry.OrderID, asking) { return o.Order, s.enterPIN(o) })
	case pinentry.KindEncipherPIN:
		return takeOrder(ctx, s, m.Body, func(o pinentry.EncipherPIN) (pinentry.OrderID, asking) { return o.Order, s.encipherPIN(o) })
	case pinentry.KindChoose:
		return takeOrder(ctx, s, m.Body, func(o pinentry.Choose) (pinentry.OrderID, asking) { return o.Order, s.choose(o) })
	case pinentry.KindKeyCard:
		return takeOrder(ctx, s, m.Body, func(o pinentry.KeyCard) (pinentry.OrderID, asking) { return o.Order, s.keyCard(o) })
	case pinentry.KindConfirm:
		return takeOrder(ctx, s, m.Body, func(o pinentry.Confirm) (pinentry.OrderID, asking) { return o.Order, s.confirm(o) })
	case pinentry.KindStop:
		return s.onStop(m.Body)
	case pinentry.KindShow:
		return s.onShow(m.Body)
	}
	return device.ErrProtocol
}

// onLoadKey loads the acquirer's key: only while idle.
func (s *session) onLoadKey(body []byte) error {
	var m pinentry.LoadKey
	if frame.Parse(body, &m) != nil || !s.idleNow() {
		return device.ErrProtocol
	}
	id, check, err := s.Sealer.Device.LoadBlock(m.Block)
	if err != nil {
		return s.link.Send(pinentry.KindKeyLoaded, pinentry.KeyLoaded{Refused: true, Key: s.Sealer.Device.Loaded()})
	}
	return s.link.Send(pinentry.KindKeyLoaded, pinentry.KeyLoaded{Key: id, KCV: check})
}

// takeOrder begins an entry: only while idle.
func takeOrder[O any](ctx context.Context, s *session, body []byte, ask func(O) (pinentry.OrderID, asking)) error {
	var order O
	if frame.Parse(body, &order) != nil || !s.idleNow() {
		return device.ErrProtocol
	}
	id, entry := ask(order)
	s.begin(ctx, id, entry)
	return nil
}

func (s *session) begin(ctx context.Context, order pinentry.OrderID, ask asking) {
	ctx, cancel := context.WithCancel(ctx)
	r := &running{order: order, stop: cancel, done: make(chan struct{})}
	s.entry = r
	s.entering.Go(func() {
		defer close(r.done)
		kind, message := s.carryOut(ctx, order, ask)
		r.over.Store(true)
		if kind != 0 {
			_ = s.link.Send(kind, message) // a lost session ends by Incoming
		}
	})
}

// idleNow reports whether no entry goes on. The secure world may answer the last
// message of one before the loop has seen its end.
func (s *session) idleNow() bool {
	if s.entry != nil && s.entry.over.Load() {
		<-s.entry.done
		s.idle()
	}
	return s.entry == nil
}

// onStop ends the entry and clears the display. There is no answer. Stop of an
// order that is over or never came has no effect.
func (s *session) onStop(body []byte) error {
	var m pinentry.Stop
	if frame.Parse(body, &m) != nil {
		return device.ErrProtocol
	}
	if s.entry == nil || s.entry.order != m.Order {
		return nil
	}
	s.entry.stop()
	<-s.entry.done
	s.Display.Idle()
	s.idle()
	return nil
}

// onShow shows a text, after the entry if one goes on: none may stand where a
// PIN is asked for.
func (s *session) onShow(body []byte) error {
	var m pinentry.Show
	if frame.Parse(body, &m) != nil {
		return device.ErrProtocol
	}
	if s.entry != nil {
		s.put = &m
		return nil
	}
	s.present(m)
	s.result.Reset(resultTime)
	return nil
}
