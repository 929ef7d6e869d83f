package main

import (
	"encoding/binary"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/cmac"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/app"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// instance is the real payment application, built natively, and what its kernel does
// for it now: the kernel's package application with plain keys.
type instance struct {
	s     *secure
	app   *app.App
	order sred.OrderID

	digest   [32]byte
	ksn      [12]byte
	number   uint8
	counter  uint64 // RRN
	messages []*dukpt.Transaction
	first    int // of messages, that account data are sealed under
	verify   *dukpt.Transaction
}

func (s *secure) instance() *instance {
	i := &instance{s: s}
	i.app = app.New(i)
	return i
}

// of takes an instance for an order, ending the one before.
func (s *secure) of(order sred.OrderID) *instance {
	if s.attempt == nil || s.attempt.order != order {
		s.attempt = s.instance()
		s.attempt.order = order
	}
	return s.attempt
}

func (i *instance) ask(op uint32, question, answer any) call.Code {
	request, err := frame.Append(nil, question)
	if err != nil {
		return call.CodeMalformed
	}
	out := make([]byte, 8192)
	n, code := i.app.Handle(op, request, out)
	if code < 0 {
		return call.Code(code)
	}
	if frame.Parse(out[:n], answer) != nil {
		return call.CodeInternal
	}
	return 0
}

// Do is what the kernel does in place.
func (i *instance) Do(fn uint32, buf []byte) (int, error) {
	switch fn {
	case call.HostOpenVerify, call.HostOpenOnline:
		return i.open(buf)
	case call.HostSealPAN:
		p := i.s.l.pinpad
		return len(gcmOf(p.panKey).Seal(buf[:0], pinentry.PANNonce(i.counter), buf, pinentry.PANAAD(pinentry.OrderID(i.order), p.id))), nil
	case call.HostOpenKeyed:
		p := i.s.l.pinpad
		b, err := gcmOf(p.keyedKey).Open(buf[:0], pinentry.KeyedNonce(i.counter), buf, pinentry.PANAAD(pinentry.OrderID(i.order), p.id))
		if err != nil {
			return 0, call.CodeEnvelope
		}
		return len(b), nil
	case call.HostSealAccount:
		return i.seal(i.first, buf), nil
	case call.HostSealRepeat:
		return i.seal(2, buf), nil
	case call.HostTokenKey:
		return copy(buf[:cap(buf)], tokenKey), nil
	case call.HostMACRequest, call.HostMACReversal, call.HostMACRepeat:
		t := i.messages[fn-call.HostMACRequest]
		return len(append(buf, cmac.Sum(nil, aesOf(working(t, (*dukpt.Transaction).MACGenerationKey)), buf)[:hostspec.MACSize]...)), nil
	case call.HostCheck:
		return i.check(buf)
	case call.HostCardNames, call.HostCardNamed:
		return 0, nil
	}
	return 0, call.CodeNotPermitted
}

func (i *instance) open(buf []byte) (int, error) {
	r := i.s.l.reader
	t := r.device.at(binary.BigEndian.Uint32(i.ksn[8:]))
	b, err := gcmOf(working(t, (*dukpt.Transaction).DataEncryptionKey)).Open(buf[:0], sred.Nonce(), buf, sred.AAD(i.digest, r.id, i.ksn, i.number))
	if err != nil {
		return 0, call.CodeEnvelope
	}
	if i.s.l.w.planted(bugTrackKept) {
		i.s.l.kept = append(i.s.l.kept, b[:200]...)
	}
	return len(b), nil
}

func (i *instance) seal(n int, buf []byte) int {
	ksn := i.messages[n].KSN()
	return len(gcmOf(working(i.messages[n], (*dukpt.Transaction).DataEncryptionKey)).Seal(buf[:0], make([]byte, 12), buf, ksn[:]))
}

func (i *instance) check(buf []byte) (int, error) {
	n := len(buf) - hostspec.MACSize
	if i.verify == nil || !cmac.Verify(aesOf(working(i.verify, (*dukpt.Transaction).MACVerificationKey)), buf[n:], buf[:n]) {
		if !i.s.l.w.planted(bugMACUnchecked) {
			return 0, call.CodeMAC
		}
	}
	return 0, nil
}

func (i *instance) envelope(e sred.Envelope, number uint8, digest [32]byte) {
	i.digest, i.ksn, i.number = digest, e.KSN, number
}

func (s *secure) sealPAN(e transaction.SealPAN, digest [32]byte) transaction.Event {
	i := s.of(e.Order)
	i.envelope(e.Envelope, sred.NumberVerify, digest)
	i.counter = e.Counter
	var out call.PINPrepared
	if code := i.ask(call.OpPreparePIN, call.PreparePIN{Envelope: e.Envelope.Sealed}, &out); code != 0 {
		return transaction.WorkFailed{Order: e.Order, Code: code}
	}
	return transaction.PANSealed{Order: e.Order, Sealed: out.SealedPAN}
}

func (s *secure) authorise(e transaction.Authorise, digest [32]byte) transaction.Event {
	i := s.of(e.Order)
	i.envelope(e.Envelope, sred.NumberOnline, digest)
	return s.request(i, call.OpAuthorise, func(k [3][12]byte) any {
		return call.Authorise{Terms: e.Terms, Envelope: e.Envelope.Sealed, HasPIN: e.HasPIN, OfflinePIN: e.Offline,
			PINKSN: e.PINKSN, PINBlock: e.PINBlock, KSNRequest: k[0], KSNReversal: k[1], KSNRepeat: k[2]}
	})
}

func (s *secure) authoriseKey(e transaction.AuthoriseKey) transaction.Event {
	i := s.of(e.Order)
	i.counter = e.Counter
	return s.request(i, call.OpAuthoriseKey, func(k [3][12]byte) any {
		return call.AuthoriseKey{Terms: e.Terms, Sealed: e.Sealed, KSNRequest: k[0], KSNReversal: k[1], KSNRepeat: k[2]}
	})
}

func (s *secure) request(i *instance, op uint32, question func([3][12]byte) any) transaction.Event {
	m, err := s.keys.reserve(3)
	if err != nil {
		return transaction.WorkFailed{Order: i.order, Code: call.CodeKey}
	}
	i.messages = m
	var out call.Authorised
	if code := i.ask(op, question([3][12]byte{m[0].KSN(), m[1].KSN(), m[2].KSN()}), &out); code != 0 {
		return transaction.WorkFailed{Order: i.order, Code: code}
	}
	return transaction.Authorised{Order: i.order, Keys: sealKeys(m), Authorised: out}
}

// verifying asks for the check of a message under the n-th key of a sealed set.
func (i *instance) verifying(op uint32, keys, frame []byte, n int, question func([12]byte) any, out any) call.Code {
	if i.verify = i.s.keys.opened(keys, n); i.verify == nil {
		return call.CodeKey
	}
	code := i.ask(op, question(i.verify.KSN()), out)
	if code == 0 {
		i.s.l.check.verified(frame)
	}
	return code
}

func (s *secure) checkAnswer(e transaction.CheckAnswer) transaction.Event {
	var out call.Answered
	code := s.of(e.Order).verifying(call.OpCheckAnswer, e.Keys, e.Frame, 0, func(ksn [12]byte) any {
		return call.CheckAnswer{Terms: e.Terms, KSN: ksn, Frame: append([]byte(nil), e.Frame...)}
	}, &out)
	if code == call.CodeAnswer && s.l.w.planted(bugSTANAlone) {
		code, out = s.anyAnswer(e)
	}
	return transaction.AnswerChecked{Order: e.Order, Code: code, Answered: out}
}

// checkReversal: the answer may be to the 0420 or to its repeat.
func (s *secure) checkReversal(e transaction.CheckReversal) transaction.Event {
	var out call.Settled
	var code call.Code
	for _, n := range []int{2, 1} {
		code = s.instance().verifying(call.OpCheckReversal, e.Keys, e.Frame, n, func(ksn [12]byte) any {
			return call.CheckReversal{Terms: e.Terms, KSN: ksn, Frame: append([]byte(nil), e.Frame...)}
		}, &out)
		if code == 0 {
			break
		}
	}
	return transaction.ReversalChecked{ID: e.ID, Code: code, Settled: out}
}

func (s *secure) buildNetwork(e transaction.BuildNetwork, length uint64, head [32]byte) transaction.Event {
	m, err := s.keys.reserve(1)
	if err != nil {
		return transaction.NetworkBuilt{Serial: e.Serial, Code: call.CodeKey}
	}
	i := s.instance()
	i.messages = m
	var out call.Networked
	code := i.ask(call.OpNetwork, call.Network{Terms: e.Terms, SignOn: e.SignOn, KSN: m[0].KSN(), JournalLength: length, JournalHead: head}, &out)
	return transaction.NetworkBuilt{Serial: e.Serial, Code: code, Frame: out.Frame, Keys: sealKeys(m)}
}

func (s *secure) checkNetwork(e transaction.CheckNetwork) transaction.Event {
	var out call.SignedOn
	code := s.instance().verifying(call.OpCheckNetwork, e.Keys, e.Frame, 0, func(ksn [12]byte) any {
		return call.CheckNetwork{Terms: e.Terms, KSN: ksn, Frame: append([]byte(nil), e.Frame...)}
	}, &out)
	if s.l.w.planted(bugRollbackBlind) {
		out.TopRRN, out.TopCounter = 0, 0
	}
	behind := code == 0 && out.TopCounter >= topOf(e.Keys)
	return transaction.NetworkChecked{Serial: e.Serial, Code: code, Behind: behind, SignedOn: out}
}
