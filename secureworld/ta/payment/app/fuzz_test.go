package app_test

import (
	"errors"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/sred/contents"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/app"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// open is a kernel without cryptography: what the fuzzer writes as ciphertext is
// the plaintext, and every MAC verifies, so that the parsers behind are reached.
type open struct{}

func (open) Do(fn uint32, buf []byte) (int, error) {
	switch fn {
	case call.HostOpenVerify, call.HostOpenOnline:
		return contents.Size, nil
	case call.HostSealPAN, call.HostSealAccount:
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

// answerTo makes the message that answers an operation.
func answerTo(op uint32) any {
	switch op {
	case call.OpPreparePIN:
		return new(call.PINPrepared)
	case call.OpAuthorise:
		return new(call.Authorised)
	case call.OpCheckAnswer:
		return new(call.Answered)
	case call.OpCheckReversal:
		return new(call.Settled)
	case call.OpNetwork:
		return new(call.Networked)
	}
	return new(call.SignedOn)
}

// FuzzHandle: whatever is asked, there is no panic, and either a code of the
// door or an answer in its one encoding.
func FuzzHandle(f *testing.F) {
	for op, request := range seeds(f) {
		f.Add(op, request)
	}
	f.Add(uint32(99), []byte{})
	f.Fuzz(func(t *testing.T, op uint32, request []byte) {
		out := make([]byte, 8192)
		n, code := app.New(open{}).Handle(op, request, out)
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

// seeds are requests that succeed.
func seeds(f *testing.F) map[uint32][]byte {
	f.Helper()
	l := &lane{}
	l.request, l.terms = hostKSN(1), saleTerms()
	out := map[uint32][]byte{}
	add := func(op uint32, message any) {
		b, err := frame.Append(nil, message)
		if err != nil {
			f.Fatal(err)
		}
		if n, code := app.New(open{}).Handle(op, b, make([]byte, 8192)); code != 0 || n == 0 {
			f.Fatalf("the seed for %d is refused: %d", op, code)
		}
		out[op] = b
	}
	plain := plaintext(f, noCVM(f))
	add(call.OpPreparePIN, call.PreparePIN{Envelope: plain})
	add(call.OpAuthorise, call.Authorise{Terms: l.terms, Envelope: plain, KSNRequest: l.request})
	add(call.OpNetwork, call.Network{Terms: l.terms, KSN: l.request, SignOn: true})
	add(call.OpCheckAnswer, call.CheckAnswer{Terms: l.terms, KSN: l.request, Frame: plainAnswer(f, "0210")})
	add(call.OpCheckReversal, call.CheckReversal{Terms: l.terms, KSN: l.request, Frame: plainAnswer(f, "0430")})
	add(call.OpCheckNetwork, call.CheckNetwork{Terms: l.terms, KSN: l.request, Frame: plainAnswer(f, "0810")})
	return out
}
