package app_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/sred/contents"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/app"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// open is a kernel without cryptography: what the fuzzer writes as ciphertext is
// the plaintext, and every MAC verifies, so that the parsers behind are reached.
type open struct{ authority call.CAKeyAnswer }

func (o open) Do(fn uint32, buf []byte) (int, error) {
	switch fn {
	case call.HostOpenVerify, call.HostOpenOnline:
		return contents.Size, nil
	case call.HostOpenChain:
		return contents.ChainSize, nil
	case call.HostOpenKeyed:
		return pinentry.KeyedSize, nil
	case call.HostCAKey:
		return o.caKey(buf)
	case call.HostSealPAN, call.HostSealAccount, call.HostSealRepeat:
		for i := range buf {
			buf[i] ^= 0xA5
		}
		return len(buf) + 16, nil
	case call.HostTokenKey:
		return copy(buf[:cap(buf)], "0123456789abcdef0123456789abcdef"), nil
	case call.HostMACRequest, call.HostMACReversal, call.HostMACRepeat:
		return len(buf) + 8, nil
	case call.HostCheck:
		return 0, nil
	}
	return 0, errors.New("no such function")
}

// caKey knows one key under every name.
func (o open) caKey(buf []byte) (int, error) {
	out, err := frame.Append(nil, o.authority)
	return copy(buf[:cap(buf)], out), err
}

// answerTo makes the message that answers an operation.
func answerTo(op uint32) any {
	switch op {
	case call.OpPreparePIN:
		return new(call.PINPrepared)
	case call.OpAuthorise, call.OpAuthoriseKey, call.OpFollow:
		return new(call.Authorised)
	case call.OpVerifyChain:
		return new(call.ChainVerified)
	case call.OpCheckAnswer:
		return new(call.Answered)
	case call.OpCheckReversal, call.OpCheckAdvice:
		return new(call.Settled)
	case call.OpNetwork, call.OpAdvice, call.OpSettle, call.OpItems:
		return new(call.Networked)
	}
	switch op {
	case call.OpCheckSettle:
		return new(call.Totalled)
	case call.OpCheckItems:
		return new(call.Itemised)
	}
	return new(call.SignedOn)
}

// FuzzHandle: whatever is asked, there is no panic, and either a code of the
// door or an answer in its one encoding.
func FuzzHandle(f *testing.F) {
	chain := newCertified(f, true)
	world := open{authorityOf(chain)}
	for _, s := range seeds(f, world, chain) {
		f.Add(s.op, s.request)
	}
	f.Add(uint32(99), []byte{})
	f.Fuzz(func(t *testing.T, op uint32, request []byte) {
		out := make([]byte, 8192)
		n, code := app.New(world).Handle(op, request, out)
		if code != 0 {
			if n != 0 || call.Code(code).String() == "unknown" {
				t.Fatalf("length %d, code %d", n, code)
			}
			return
		}
		answer := answerTo(op)
		if err := frame.Parse(out[:n], answer); err != nil {
			t.Fatal(err)
		}
	})
}

// seed is a request of one operation.
type seed struct {
	op      uint32
	request []byte
}

// seeds are requests that succeed.
func seeds(f *testing.F, world open, chain *certified) (out []seed) {
	f.Helper()
	terms, ksn := saleTerms(), hostKSN(1)
	add := func(op uint32, message any) {
		b, err := frame.Append(nil, message)
		if err != nil {
			f.Fatal(err)
		}
		if n, code := app.New(world).Handle(op, bytes.Clone(b), make([]byte, 8192)); code != 0 || n == 0 {
			f.Fatalf("the seed for %d is refused: %d", op, code)
		}
		out = append(out, seed{op, b})
	}
	add(call.OpPreparePIN, call.PreparePIN{Envelope: plaintext(f, noCVM(f))})
	for _, c := range []*card{noCVM(f), tapped(f), swiped(f), fallenBack(f), tappedStripe(f)} {
		add(call.OpAuthorise, call.Authorise{Terms: terms, Envelope: plaintext(f, c), KSNRequest: ksn})
	}
	keyed := call.AuthoriseKey{Terms: terms, KSNRequest: ksn}
	card := keyedCard(f)
	copy(keyed.Sealed[:], card[:])
	add(call.OpAuthoriseKey, keyed)
	add(call.OpVerifyChain, call.VerifyChain{Date: terms.Date, Envelope: plainChain(f, chain)})
	add(call.OpNetwork, call.Network{Terms: terms, KSN: ksn, SignOn: true})
	add(call.OpAdvice, call.Advice{Terms: terms, KSN: ksn, Scripts: []byte{0x20, 1, 2, 3, 4}})
	add(call.OpFollow, call.Follow{Terms: terms, KSNRequest: ksn, Token: payment.Token{1}})
	add(call.OpSettle, call.Settle{Terms: terms, KSN: ksn})
	add(call.OpItems, call.Items{Terms: terms, KSN: ksn})
	add(call.OpCheckSettle, call.CheckSettle{Terms: terms, KSN: ksn, Frame: plainTotals(f, "00", theirs(), "D0000000000000900")})
	add(call.OpCheckSettle, call.CheckSettle{Terms: terms, KSN: ksn, Frame: plainTotals(f, "95", theirs(), "D0000000000000900")})
	add(call.OpCheckItems, call.CheckItems{Terms: terms, KSN: ksn, Frame: plainItems(f, "00", twoItems(), []byte{1})})
	add(call.OpFollow, call.Follow{Terms: terms, Void: true, Origin: call.Origin{Type: payment.TypeSale}, KSNReversal: ksn, KSNRepeat: ksn})
	add(call.OpCheckAdvice, call.CheckAdvice{Terms: terms, KSN: ksn, Frame: plainAnswer(f, "0230")})
	add(call.OpCheckAnswer, call.CheckAnswer{Terms: terms, KSN: ksn, Frame: plainAnswer(f, "0210")})
	add(call.OpCheckReversal, call.CheckReversal{Terms: terms, KSN: ksn, Frame: plainAnswer(f, "0430")})
	add(call.OpCheckNetwork, call.CheckNetwork{Terms: terms, KSN: ksn, Frame: plainAnswer(f, "0810")})
	return out
}
