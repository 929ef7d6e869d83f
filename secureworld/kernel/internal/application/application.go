// Package application puts the payment application to work: it hands it
// envelopes and host messages, does the in-place operations that it asks for
// with the keys of the keystore, and returns its answers as events of the core.
//
// What an instance may ask for is decided here, from what the kernel ordered:
// the keys, KSNs, nonces and additional data are never the application's choice,
// and each operation permits only the host functions that package call lists for
// it.
//
// The kernel alone imports it. It never sees account data: they become clear in
// the application's memory and are sealed again there.
package application

import (
	"context"
	"encoding/binary"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/keystore"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/tahost"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// Application runs instances of the payment application. Its methods are called
// by one worker, one after the other.
type Application struct {
	cfg     Config
	host    *tahost.Host
	keys    *keystore.Store
	attempt *attempt // of the payment under way, nil if none
}

// Config of the payment application's host.
type Config struct {
	Host        *tahost.Host // made with Functions
	Keys        *keystore.Store
	PINPad      orderauth.DeviceID
	Authorities Authorities
	// Evidence is what the device says of itself, for a sign-on over the connection to
	// the host that is in force; nil where there is none. May be nil.
	Evidence func() []byte
	// Cards names the card for other applications; nil: there are none.
	Cards Cards

	// Single: there is memory for one instance. What needs one of its own then ends
	// the attempt under way, which fails without having sent anything, or has its
	// answer checked by a fresh one.
	Single bool
}

// New returns an application without an instance.
func New(cfg Config) *Application {
	return &Application{cfg: cfg, host: cfg.Host, keys: cfg.Keys}
}

func (a *Application) newSession() *session {
	return &session{keys: a.keys, pinpad: a.cfg.PINPad, authorities: a.cfg.Authorities, cards: a.cfg.Cards}
}

// attempt is the instance that serves one reading of the card.
type attempt struct {
	order    [16]byte
	instance *tahost.Instance
	session  *session
}

// of takes an instance for an order, ending the one before.
func (a *Application) of(ctx context.Context, order [16]byte) (*attempt, error) {
	if a.attempt != nil && a.attempt.order == order {
		return a.attempt, nil
	}
	a.End()
	s := a.newSession()
	instance, err := a.host.Acquire(ctx, s)
	if err != nil {
		return nil, err
	}
	a.attempt = &attempt{order: order, instance: instance, session: s}
	return a.attempt, nil
}

// End wipes the instance of the attempt under way.
func (a *Application) End() {
	if a.attempt != nil {
		a.attempt.instance.Close()
		a.attempt = nil
	}
}

// SealPAN opens envelope 1 and seals its PAN to the PIN pad. digest is that of
// the order which the envelope answers.
func (a *Application) SealPAN(ctx context.Context, e transaction.SealPAN, digest [32]byte) transaction.Event {
	at, err := a.of(ctx, e.Order)
	if err != nil {
		return transaction.WorkFailed{Order: e.Order, Code: call.CodeInternal}
	}
	at.session.envelope(e.Envelope, sred.NumberVerify, digest)
	at.session.panOrder, at.session.panCounter = e.Order, e.Counter
	at.session.permit(call.HostOpenVerify, call.HostSealPAN)
	var out call.PINPrepared
	if code := ask(ctx, at, call.OpPreparePIN, call.PreparePIN{Envelope: e.Envelope.Sealed}, &out); code != 0 {
		return transaction.WorkFailed{Order: e.Order, Code: code}
	}
	return transaction.PANSealed{Order: e.Order, Sealed: out.SealedPAN}
}

// Authorise opens envelope 2 and builds the host messages under three fresh
// KSNs.
func (a *Application) Authorise(ctx context.Context, e transaction.Authorise, digest [32]byte) transaction.Event {
	return a.request(ctx, e.Order, call.OpAuthorise, call.HostOpenOnline, func(s *session, m *keystore.Messages) any {
		s.envelope(e.Envelope, sred.NumberOnline, digest)
		return authorise(e, m)
	})
}

// request builds the three messages of a payment. prepare fixes what the host
// function may open, and gives the question.
func (a *Application) request(ctx context.Context, order sred.OrderID, op, opens uint32, prepare func(*session, *keystore.Messages) any) transaction.Event {
	at, err := a.of(ctx, order)
	if err != nil {
		return transaction.WorkFailed{Order: order, Code: call.CodeInternal}
	}
	m, err := a.keys.Reserve(3)
	if err != nil {
		return transaction.WorkFailed{Order: order, Code: call.CodeKey}
	}
	defer m.Wipe()
	keys, err := m.VerificationKeys()
	if err != nil {
		return transaction.WorkFailed{Order: order, Code: call.CodeKey}
	}
	at.session.messages = m
	defer func() { at.session.messages = nil }()
	question := prepare(at.session, m)
	at.session.permit(opens, call.HostTokenKey, call.HostSealAccount,
		call.HostMACRequest, call.HostMACReversal, call.HostMACRepeat, call.HostCardNames, call.HostCardNamed)
	at.session.names, at.session.identified = nil, nil
	var out call.Authorised
	if code := ask(ctx, at, op, question, &out); code != 0 {
		return transaction.WorkFailed{Order: order, Code: code}
	}
	if a.cfg.Cards != nil {
		a.cfg.Cards.Identify(out.Token, at.session.identified)
	}
	return transaction.Authorised{Order: order, Keys: keys, Authorised: out}
}

func authorise(e transaction.Authorise, m *keystore.Messages) call.Authorise {
	return call.Authorise{Terms: e.Terms, Envelope: e.Envelope.Sealed,
		HasPIN: e.HasPIN, OfflinePIN: e.Offline, PINKSN: e.PINKSN, PINBlock: e.PINBlock,
		KSNRequest: m.KSN(0), KSNReversal: m.KSN(1), KSNRepeat: m.KSN(2)}
}

// CheckAnswer verifies an 0210.
func (a *Application) CheckAnswer(ctx context.Context, e transaction.CheckAnswer) transaction.Event {
	at, err := a.of(ctx, e.Order)
	if err != nil {
		return transaction.AnswerChecked{Order: e.Order, Code: call.CodeInternal}
	}
	var out call.Answered
	code := a.check(ctx, at, call.OpCheckAnswer, e.Keys, 0, func(ksn [12]byte) any {
		return call.CheckAnswer{Terms: e.Terms, KSN: ksn, Frame: e.Frame}
	}, &out)
	return transaction.AnswerChecked{Order: e.Order, Code: code, Answered: out}
}

// CheckReversal verifies an 0430, which may answer the 0420 or its repeat.
func (a *Application) CheckReversal(ctx context.Context, e transaction.CheckReversal) transaction.Event {
	var out call.Settled
	code := a.verify(ctx, call.OpCheckReversal, e.Keys, firstOrRepeat(), func(ksn [12]byte) any {
		return call.CheckReversal{Terms: e.Terms, KSN: ksn, Frame: e.Frame}
	}, &out)
	return transaction.ReversalChecked{ID: e.ID, Code: code, Settled: out}
}

// BuildNetwork builds an 0800 under a fresh KSN.
func (a *Application) BuildNetwork(ctx context.Context, e transaction.BuildNetwork, length uint64, head [32]byte) transaction.Event {
	frame, keys, code := a.build(ctx, call.OpNetwork, func(ksn [12]byte) any {
		q := call.Network{Terms: e.Terms, SignOn: e.SignOn, KSN: ksn, JournalLength: length, JournalHead: head}
		if e.SignOn && a.cfg.Evidence != nil {
			q.Evidence = a.cfg.Evidence()
		}
		return q
	})
	return transaction.NetworkBuilt{Serial: e.Serial, Code: code, Frame: frame, Keys: keys}
}

// CheckNetwork verifies an 0810.
func (a *Application) CheckNetwork(ctx context.Context, e transaction.CheckNetwork) transaction.Event {
	var out call.SignedOn
	code := a.verify(ctx, call.OpCheckNetwork, e.Keys, single(), func(ksn [12]byte) any {
		return call.CheckNetwork{Terms: e.Terms, KSN: ksn, Frame: e.Frame}
	}, &out)
	behind := code == 0 && out.TopCounter >= a.counter(e.Keys)
	return transaction.NetworkChecked{Serial: e.Serial, Code: code, Behind: behind, SignedOn: out}
}

// counter is the KSN counter of the message that these keys belong to. The host tells
// what it knew before it: to have seen this very counter is to have heard a copy of
// this terminal.
func (a *Application) counter(keys []byte) uint32 {
	ksn, err := a.keys.KSN(keys, 0)
	if err != nil {
		return 0 // nothing is believed of such a terminal
	}
	return binary.BigEndian.Uint32(ksn[8:])
}

// build makes one message that has no other beside it.
func (a *Application) build(ctx context.Context, op uint32, question func(ksn [12]byte) any) (frame, keys []byte, code call.Code) {
	m, err := a.keys.Reserve(1)
	if err != nil {
		return nil, nil, call.CodeKey
	}
	defer m.Wipe()
	if keys, err = m.VerificationKeys(); err != nil {
		return nil, nil, call.CodeKey
	}
	var out call.Networked
	code = a.alone(ctx, func(at *attempt) call.Code {
		at.session.messages = m
		at.session.permit(call.HostMACRequest)
		return ask(ctx, at, op, question(m.KSN(0)), &out)
	})
	return out.Frame, keys, code
}

// verify has an answer verified by an instance of its own, under each of the keys that
// it may have.
func (a *Application) verify(ctx context.Context, op uint32, keys []byte, under []int, question func(ksn [12]byte) any, out any) (code call.Code) {
	for _, i := range under {
		code = a.alone(ctx, func(at *attempt) call.Code { return a.check(ctx, at, op, keys, i, question, out) })
		if code == 0 {
			break
		}
	}
	return code
}

// firstOrRepeat are the places of a reversal's keys behind its request's: the repeat
// is the likelier.
func firstOrRepeat() []int { return []int{2, 1} }

// single is the place of the key of a message that has no other beside it.
func single() []int { return []int{0} }

// alone runs f with an instance of its own.
func (a *Application) alone(ctx context.Context, f func(*attempt) call.Code) call.Code {
	if a.cfg.Single {
		a.End()
	}
	s := a.newSession()
	instance, err := a.host.Acquire(ctx, s)
	if err != nil {
		return call.CodeInternal
	}
	defer instance.Close()
	return f(&attempt{instance: instance, session: s})
}

// check asks for the verification of a message under the i-th key of a sealed
// set.
func (a *Application) check(ctx context.Context, at *attempt, op uint32, keys []byte, i int, question func([12]byte) any, out any) call.Code {
	ksn, err := a.keys.KSN(keys, i)
	if err != nil {
		return call.CodeKey
	}
	at.session.checkKeys, at.session.checkIndex = keys, i
	at.session.permit(call.HostCheck)
	return ask(ctx, at, op, question(ksn), out)
}

// ask makes one call. The application's own codes come back as they are; what
// ended the instance is an internal error.
func ask(ctx context.Context, at *attempt, op uint32, question, out any) call.Code {
	defer at.session.permit()
	request, err := frame.Append(nil, question)
	if err != nil {
		return call.CodeMalformed
	}
	answer, err := at.instance.Call(ctx, op, request)
	var refusal tahost.Refusal
	switch {
	case errors.As(err, &refusal):
		return call.Code(refusal.Code)
	case err != nil:
		return call.CodeInternal
	}
	if frame.Parse(answer, out) != nil {
		return call.CodeInternal
	}
	return 0
}
