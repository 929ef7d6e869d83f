package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"log/slog"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/iso7816"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/device"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/sred/contents"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// benchReader is a reader whose slot always has a card as soon as it is ordered
// to take one. Keys, counters, TLS, orders and envelopes are the product's.
type benchReader struct {
	device  *device.Device
	profile virtualcard.Profile
	memory  *virtualcard.Memory

	link *device.Session
	take sred.Take
	card *iso7816.Link
	tx   *emv.Transaction

	digest [32]byte
}

// entryChip is 9F39 of a card that was read by its chip.
const entryChip = 0x05

var errOrder = errors.New("an order came that the reader did not expect")

func openReader(dir string, p virtualcard.Profile) (*benchReader, error) {
	b, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	if p, err = virtualcard.ParseProfile(b); err != nil { // fills in the defaults
		return nil, err
	}
	d, err := device.Open(dir, orderauth.DoorSRED)
	return &benchReader{device: d, profile: p, memory: virtualcard.NewMemory(p)}, err
}

func (r *benchReader) door() device.Door {
	return device.Door{
		MaxBody: sred.MaxBody, FrameDeadline: sred.FrameDeadline, HandshakeDeadline: sred.HandshakeDeadline,
		Hello: sred.KindHello, Welcome: sred.KindWelcome,
		Hi:    func(n orderauth.Nonce) any { return sred.Hello{Device: r.device.ID, Nonce: n, Ready: true} },
		Plain: func(byte) bool { return false },
	}
}

func (r *benchReader) serve(ctx context.Context) {
	defer r.device.Close() //nolint:errcheck // the benchmark is over
	r.device.Serve(ctx, r.door(), slog.New(slog.NewTextHandler(io.Discard, nil)), r.session)
}

func (r *benchReader) session(ctx context.Context, s *device.Session) error {
	r.link = s
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case m, ok := <-s.Incoming():
			if !ok {
				return s.Err()
			}
			if err := r.obey(ctx, m); err != nil {
				return err
			}
		}
	}
}

func (r *benchReader) obey(ctx context.Context, m device.Received) error {
	switch m.Kind {
	case sred.KindTake:
		return r.onTake(ctx, m)
	case sred.KindPINDone:
		var done sred.PINDone
		if frame.Parse(m.Body, &done) != nil || r.tx == nil || done.Result != sred.PINEntered {
			return errOrder
		}
		return r.goOn(ctx, r.tx.Next(emv.PIN(emv.PINEntered)))
	case sred.KindAnswer:
		return r.onAnswer(ctx, m.Body)
	case sred.KindConfigure:
		return r.onConfigure(m.Body)
	}
	return nil // texts, and the end of an order
}

// onConfigure takes no parameters: this reader has those of its baseline.
func (r *benchReader) onConfigure(body []byte) error {
	var m sred.Configure
	if frame.Parse(body, &m) != nil {
		return errOrder
	}
	return r.link.Send(sred.KindConfigured, sred.Configured{Version: m.Version, Digest: sha256.Sum256(m.Document)})
}

func (r *benchReader) onTake(ctx context.Context, m device.Received) error {
	if frame.Parse(m.Body, &r.take) != nil {
		return errOrder
	}
	r.digest = sred.OrderDigest(m.Sealed)
	card, err := virtualcard.New(r.profile, r.memory)
	if err != nil {
		return err
	}
	r.card = iso7816.NewLink(virtualcard.NewConn(card))
	t := r.take
	r.tx = emv.New(parameters(), emv.Order{
		Amount: t.Amount, Currency: t.Currency, CurrencyExponent: t.Exponent, Country: t.Country,
		Date: t.Date, Time: t.Time, TransactionType: t.TransactionType, UnpredictableNumber: t.Unpredictable,
	})
	for _, stage := range []sred.Stage{sred.StageCardInserted, sred.StageReading} {
		if err := r.link.Send(sred.KindProgress, sred.Progress{Order: t.Order, Stage: stage}); err != nil {
			return err
		}
	}
	return r.goOn(ctx, r.tx.Next(emv.Start()))
}

func (r *benchReader) onAnswer(ctx context.Context, body []byte) error {
	var a sred.Answer
	if frame.Parse(body, &a) != nil || r.tx == nil {
		return errOrder
	}
	h := emv.HostAnswer{Result: emv.HostUnable, ResponseCode: a.ARC, IssuerAuthentication: a.IssuerAuth, Scripts: a.Scripts}
	switch a.Result {
	case sred.HostApproved:
		h.Result = emv.HostApproved
	case sred.HostDeclined:
		h.Result = emv.HostDeclined
	}
	return r.goOn(ctx, r.tx.Next(emv.Host(h)))
}

// goOn carries commands to the card until the secure world is needed.
func (r *benchReader) goOn(ctx context.Context, a emv.Action) error {
	for a.Kind == emv.ActionTransmit {
		answer, err := r.card.Exchange(ctx, a.Command)
		if err != nil {
			a = r.tx.Next(emv.CardGone())
			break
		}
		a = r.tx.Next(emv.Response(answer))
		r.card.Wipe()
	}
	switch a.Kind {
	case emv.ActionAskPIN:
		e, err := r.seal(sred.NumberVerify)
		if err != nil {
			return err
		}
		return r.link.Send(sred.KindVerify, sred.Verify{Order: r.take.Order, Envelope: e})
	case emv.ActionGoOnline:
		e, err := r.seal(sred.NumberOnline)
		if err != nil {
			return err
		}
		return r.link.Send(sred.KindOnline, sred.Online{Order: r.take.Order, Envelope: e})
	}
	return r.conclude(a.Outcome)
}

func (r *benchReader) seal(number uint8) (sred.Envelope, error) {
	key, err := r.device.Next(make([]byte, dukpt.RoomTransaction))
	if err != nil {
		return sred.Envelope{}, err
	}
	defer key.Wipe()
	data := tlv.Append(r.tx.HostTLV(nil), tlv.Tag9F39POSEntryMode, []byte{entryChip})
	plaintext, err := contents.Pack(make([]byte, sred.SealedSize), r.tx.AccountTLV(nil), data)
	if err != nil {
		return sred.Envelope{}, err
	}
	return sred.Seal(key, r.digest, r.device.ID, number, plaintext)
}

func (r *benchReader) conclude(o emv.Outcome) error {
	f := sred.Finished{Order: r.take.Order, Result: sred.CardDeclined}
	if o == emv.OutcomeApproved {
		f.Result = sred.CardApproved
	}
	if l, err := tlv.Parse(r.tx.HostTLV(nil)); err == nil {
		for tag, dst := range map[tlv.Tag][]byte{tlv.Tag9F26ApplicationCryptogram: f.Cryptogram[:],
			tlv.Tag95TerminalVerificationResults: f.TVR[:], tlv.Tag9BTransactionStatusInformation: f.TSI[:]} {
			v, _ := l.Find(tag)
			copy(dst, v)
		}
	}
	r.tx.Wipe()
	_ = r.card.Close()
	r.tx = nil
	return r.link.Send(sred.KindFinished, f)
}

// parameters are those of the demo's reader and of the plain control terminal.
func parameters() emv.Config {
	application := func(rid ...byte) emv.Application {
		all := emv.Hex{0xFF, 0xFF, 0xFF, 0xFF, 0xFF}
		return emv.Application{AID: rid, Partial: true, Version: emv.Hex{0x00, 0x96},
			TACDenial: make(emv.Hex, 5), TACOnline: all, TACDefault: all}
	}
	return emv.Config{
		TerminalType: emv.Hex{0x21}, Capabilities: emv.Hex{0x60, 0x48, 0x00}, Additional: emv.Hex{0x60, 0x00, 0xF0, 0xA0, 0x01},
		Applications: []emv.Application{application(0xA0, 0, 0, 0, 0x03), application(0xA0, 0, 0, 0, 0x04)},
	}
}
