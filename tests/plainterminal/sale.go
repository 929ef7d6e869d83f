package main

import (
	"context"
	"crypto/aes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/internal/plain/door"
	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/pinblock"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// sale is one payment as a usual terminal holds it.
type sale struct {
	amount   uint64
	pin      string
	pan      string
	track2   string
	account  []byte // 57, 5A, 5F24, 5F34
	sequence byte
	icc      []byte
	pinBlock []byte
	pinKSN   dukpt.KSN
	result   door.Result
}

// sell takes the card to its end.
func (t *terminal) sell(ctx context.Context, q door.Sale) door.Result {
	begun, flushed := time.Now(), t.journal.fsyncs
	s := &sale{amount: q.Amount, pin: q.PIN}
	s.result.Outcome = door.Failed
	if err := t.sellTo(ctx, s, q); err != nil {
		s.result.Error = err.Error()
	}
	s.result.Nanos = time.Since(begun).Nanoseconds()
	s.result.Fsyncs = t.journal.fsyncs - flushed
	return s.result
}

func (t *terminal) sellTo(ctx context.Context, s *sale, q door.Sale) error {
	n := t.next()
	s.result.STAN, s.result.RRN = n.stan, n.rrn
	if err := t.write("opened", n, s, flushOpened); err != nil {
		return err
	}
	card, err := t.insert(q.Card, n, q.Amount)
	if err != nil {
		return err
	}
	defer card.close()
	if err := t.toARQC(ctx, card, n, s); err != nil {
		return err
	}
	return t.online(ctx, card, n, s)
}

// toARQC runs the card until it asks for the host.
func (t *terminal) toARQC(ctx context.Context, card *insertedCard, n terms, s *sale) error {
	a := card.run(ctx, card.tx.Next(emv.Start()))
	if a.Kind == emv.ActionAskPIN {
		if err := t.askPIN(card, n, s); err != nil {
			return err
		}
		a = card.run(ctx, card.tx.Next(emv.PIN(emv.PINEntered)))
	}
	if a.Kind != emv.ActionGoOnline {
		return errors.New("the card did not ask for the host: " + a.Outcome.String())
	}
	if err := s.readCard(card); err != nil {
		return err
	}
	s.icc = chipData(card.tx.HostTLV(nil))
	return t.write("arqc", n, s, flushARQC)
}

// readCard makes strings of what the card holds, as usual software does.
func (s *sale) readCard(card *insertedCard) error {
	s.account = card.tx.AccountTLV(nil)
	list, err := tlv.Parse(s.account)
	if err != nil {
		return err
	}
	if e, ok := list.Top(tlv.Tag5APAN); ok {
		s.pan = strings.TrimRight(strings.ToUpper(hex.EncodeToString(e.Value)), "F")
	}
	if e, ok := list.Top(tlv.Tag57Track2EquivalentData); ok {
		s.track2 = strings.Replace(strings.TrimRight(strings.ToUpper(hex.EncodeToString(e.Value)), "F"), "D", "=", 1)
	}
	if e, ok := list.Top(tlv.Tag5F34PANSequenceNumber); ok && len(e.Value) == 1 {
		s.sequence = e.Value[0]
	}
	if len(s.pan) < 12 || !strings.HasPrefix(s.track2, s.pan) {
		return errors.New("the card's account data are incomplete")
	}
	s.result.LastFour = s.pan[len(s.pan)-4:]
	return nil
}

func (t *terminal) askPIN(card *insertedCard, n terms, s *sale) error {
	if err := s.readCard(card); err != nil {
		return err
	}
	if err := t.write("card", n, s, flushCard); err != nil {
		return err
	}
	if err := t.write("pin ordered", n, s, flushPINOrder); err != nil {
		return err
	}
	tx, err := t.pinKey.reserve(1, false) // flushed with the entry below
	if err != nil {
		return err
	}
	key, err := working(tx[0].PINEncryptionKey)
	if err != nil {
		return err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return err
	}
	s.pinBlock, s.pinKSN = make([]byte, 16), tx[0].KSN()
	if err := pinblock.EncodeFormat4(s.pinBlock, block, []byte(s.pin), []byte(s.pan), rand.Reader); err != nil {
		return err
	}
	return t.write("pin", n, s, flushPIN)
}

// online asks the host, completes the card, and reverses what does not complete.
func (t *terminal) online(ctx context.Context, card *insertedCard, n terms, s *sale) error {
	tx, err := t.hostKey.reserve(3, true)
	if err != nil {
		return err
	}
	t.journal.fsyncs += flushKeys
	s.result.Counter = counterOf(tx[0].KSN())
	request, reversal, err := t.frames(n, s, tx)
	if err != nil {
		return err
	}
	answer, err := t.host.ask(request)
	if err != nil {
		return errors.Join(err, t.reverse(n, s, tx[1], reversal))
	}
	a, err := t.read(answer, hostspec.MTIRequestAnswer, n, tx[0])
	if err != nil {
		return errors.Join(err, t.reverse(n, s, tx[1], reversal))
	}
	s.result.Response, s.result.Approval = a.String(39), a.String(38)
	if err := t.write("answer", n, s, flushAnswer); err != nil {
		return err
	}
	approved := s.result.Response == hostspec.ResponseApproved
	end := card.run(ctx, card.tx.Next(emv.Host(hostAnswer(a, approved))))
	if approved && end.Outcome != emv.OutcomeApproved {
		return t.reverse(n, s, tx[1], reversal)
	}
	s.result.Outcome = door.Declined
	if approved {
		s.result.Outcome = door.Approved
	}
	return t.write("done", n, s, flushDone)
}

// frames builds the request and what would reverse it, and makes the intent
// durable.
func (t *terminal) frames(n terms, s *sale, tx []*dukpt.Transaction) (request, reversal []byte, err error) {
	if request, err = t.request(n, s, tx[0]); err != nil {
		return nil, nil, err
	}
	if reversal, err = t.reversal(hostspec.MTIReversal, n, s, tx[1]); err != nil {
		return nil, nil, err
	}
	repeat, err := t.reversal(hostspec.MTIReversalRepeat, n, s, tx[2])
	if err != nil {
		return nil, nil, err
	}
	e := s.entry("intent", n)
	e.Reversal, e.Repeat, e.Token = reversal, repeat, t.token(s.pan)
	return request, reversal, t.journal.write(e, flushIntent)
}

// token is a keyed hash of the card for the merchant, as the lane's is.
func (t *terminal) token(pan string) []byte {
	h := hmac.New(sha256.New, t.cfg.Token)
	h.Write([]byte(t.cfg.MerchantID))
	h.Write([]byte(pan))
	return h.Sum(nil)
}

func hostAnswer(a *codec.Message, approved bool) emv.HostAnswer {
	out := emv.HostAnswer{Result: emv.HostDeclined, ResponseCode: [2]byte{'0', '5'}}
	if approved {
		out.Result, out.ResponseCode = emv.HostApproved, [2]byte{'0', '0'}
	}
	raw, _ := a.Get(55)
	if list, err := tlv.Parse(raw); err == nil {
		if e, ok := list.Top(tlv.Tag91IssuerAuthenticationData); ok {
			out.IssuerAuthentication = e.Value
		}
	}
	return out
}

func (t *terminal) reverse(n terms, s *sale, tx *dukpt.Transaction, frame []byte) error {
	if err := t.write("reversing", n, s, 1); err != nil {
		return err
	}
	b, err := t.host.ask(frame)
	if err != nil {
		return err
	}
	a, err := t.read(b, hostspec.MTIReversalAnswer, n, tx)
	if err != nil {
		return err
	}
	if !hostspec.SettlesReversal(a.String(39)) {
		return errors.New("the host does not settle the reversal")
	}
	s.result.Outcome = door.Reversed
	return t.write("done", n, s, flushDone)
}

func (t *terminal) write(point string, n terms, s *sale, flushes int) error {
	return t.journal.write(s.entry(point, n), flushes)
}

func (s *sale) entry(point string, n terms) entry {
	return entry{Point: point, STAN: n.stan, RRN: n.rrn, Amount: s.amount, LastFour: s.result.LastFour,
		Response: s.result.Response, Outcome: s.result.Outcome}
}

func counterOf(k dukpt.KSN) uint32 {
	return uint32(k[8])<<24 | uint32(k[9])<<16 | uint32(k[10])<<8 | uint32(k[11])
}
