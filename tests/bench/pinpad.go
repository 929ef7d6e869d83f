package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"log/slog"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
	"github.com/strongroom-pos/strongroom/secureworld/pinblock"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/device"
	"github.com/strongroom-pos/strongroom/secureworld/sensitive/schedule"
)

// benchPINPad is a PIN pad whose PIN is typed the moment it is asked for. Keys,
// counters, TLS, orders and PIN blocks are the product's.
type benchPINPad struct {
	device *device.Device
	pin    []byte
}

func openPINPad(dir, pin string) (*benchPINPad, error) {
	d, err := device.Open(dir, orderauth.DoorPINEntry)
	return &benchPINPad{d, []byte(pin)}, err
}

func (p *benchPINPad) door() device.Door {
	return device.Door{
		MaxBody: pinentry.MaxBody, FrameDeadline: pinentry.FrameDeadline, HandshakeDeadline: pinentry.HandshakeDeadline,
		Hello: pinentry.KindHello, Welcome: pinentry.KindWelcome,
		Hi: func(n orderauth.Nonce) any {
			return pinentry.Hello{Device: p.device.ID, Nonce: n, Key: pinentry.KeyID(p.device.Loaded())}
		},
		Plain: func(kind byte) bool { return kind == pinentry.KindLoadKey },
	}
}

func (p *benchPINPad) serve(ctx context.Context) {
	defer p.device.Close() //nolint:errcheck // the benchmark is over
	p.device.Serve(ctx, p.door(), slog.New(slog.NewTextHandler(io.Discard, nil)), p.session)
}

func (p *benchPINPad) session(ctx context.Context, s *device.Session) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case m, ok := <-s.Incoming():
			if !ok {
				return s.Err()
			}
			if err := p.obey(s, m); err != nil {
				return err
			}
		}
	}
}

func (p *benchPINPad) obey(s *device.Session, m device.Received) error {
	switch m.Kind {
	case pinentry.KindLoadKey:
		return p.onLoadKey(s, m.Body)
	case pinentry.KindEnterPIN:
		return p.onEnterPIN(s, m.Body)
	}
	return nil // texts
}

func (p *benchPINPad) onLoadKey(s *device.Session, body []byte) error {
	var q pinentry.LoadKey
	if err := frame.Parse(body, &q); err != nil {
		return err
	}
	id, check, err := p.device.LoadBlock(q.Block)
	return s.Send(pinentry.KindKeyLoaded, pinentry.KeyLoaded{Refused: err != nil, Key: pinentry.KeyID(id), KCV: check})
}

func (p *benchPINPad) onEnterPIN(s *device.Session, body []byte) error {
	var q pinentry.EnterPIN
	if err := frame.Parse(body, &q); err != nil {
		return err
	}
	if err := p.device.Advance(q.Counter); err != nil {
		return err
	}
	pan, err := p.openPAN(q)
	if err != nil {
		return err
	}
	key, err := p.device.Next(make([]byte, dukpt.RoomTransaction))
	if err != nil {
		return err
	}
	defer key.Wipe()
	answer := pinentry.Entered{Order: q.Order, KSN: key.KSN()}
	if err := p.seal(answer.Block[:], key, pan); err != nil {
		return err
	}
	return s.Send(pinentry.KindEntered, answer)
}

func (p *benchPINPad) openPAN(q pinentry.EnterPIN) (pan []byte, err error) {
	err = p.device.UsePANKey(func(key []byte) error {
		aead, wipe, err := schedule.NewGCM(key, nil)
		if err != nil {
			return err
		}
		defer wipe()
		pan, err = aead.Open(nil, pinentry.PANNonce(q.Counter), q.SealedPAN[:], pinentry.PANAAD(q.Order, p.device.ID))
		return err
	})
	return bytes.TrimRight(pan, "\x00"), err
}

func (p *benchPINPad) seal(dst []byte, tx *dukpt.Transaction, pan []byte) error {
	var key [32]byte
	if err := tx.PINEncryptionKey(key[:], dukpt.AES256); err != nil {
		return err
	}
	block, wipe, err := schedule.NewAES(key[:], nil)
	if err != nil {
		return err
	}
	defer wipe()
	return pinblock.EncodeFormat4(dst, block, p.pin, pan, rand.Reader)
}
