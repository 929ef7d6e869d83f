package app_test

import (
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// checked gives an answer to the application under the request's KSN.
func (l *lane) checked(a *answer) (got call.Answered, code call.Code) {
	l.t.Helper()
	q := call.CheckAnswer{Terms: l.terms, KSN: l.request, Frame: l.pack(a)}
	return got, l.call(call.OpCheckAnswer, q, &got)
}

func TestApprovalBringsTheIssuersWordToTheCard(t *testing.T) {
	l := newLane(t)
	got, code := l.checked(l.approval(l.paid(visa(t)).Request))
	if code != 0 || !got.Approved || got.Decline != payment.DeclineNone || got.Amount != l.terms.Amount {
		t.Fatalf("%v, %+v", code, got)
	}
	if got.Approval.String() != "A1B2C3" || got.Response.String() != "00" || !got.HasARC || got.ARC != [2]byte{'0', '0'} {
		t.Errorf("%+v", got)
	}
	if string(got.IssuerAuth) != strings.Repeat("\xAB", 10) {
		t.Errorf("91 is %X", got.IssuerAuth)
	}
	scripts := issuerData()[strings.Index(issuerData(), "\x71\x0F"):]
	if want := strings.Replace(scripts, "\xDF\x01\x01\x00", "", 1); string(got.Scripts) != want {
		t.Errorf("scripts %X", got.Scripts)
	}
}

func TestDeclinesAreNamedForTheCashier(t *testing.T) {
	for response, want := range map[string]payment.Decline{
		"05": payment.DeclineDeclined, "14": payment.DeclineOtherCard, "51": payment.DeclineInsufficientFunds,
		"55": payment.DeclineWrongPIN, "01": payment.DeclineCallIssuer, "41": payment.DeclinePickup,
		"57": payment.DeclineNotSupported, "91": payment.DeclineTryAgain, "ZZ": payment.DeclineDeclined,
	} {
		l := newLane(t)
		got, code := l.checked(l.replyTo(l.paid(visa(t)).Request, hostspec.MTIRequestAnswer, response))
		if code != 0 || got.Approved || got.Decline != want || got.Response.String() != response || got.Amount != 0 {
			t.Errorf("%s: %v, %+v", response, code, got)
		}
	}
}

func TestAnswerToAnotherQuestionIsRefused(t *testing.T) {
	for name, change := range map[string]func(*answer){
		"type":            func(a *answer) { a.MTI = hostspec.MTIReversalAnswer },
		"own request":     func(a *answer) { a.MTI = hostspec.MTIRequest },
		"processing code": func(a *answer) { a.SetString(3, "200000") },
		"amount":          func(a *answer) { a.SetString(4, "000000001233") },
		"no amount":       func(a *answer) { a.Delete(4) },
		"transmission":    func(a *answer) { a.SetString(7, "1121085808") },
		"STAN":            func(a *answer) { a.SetString(11, "000043") },
		"time":            func(a *answer) { a.SetString(12, "095808") },
		"date":            func(a *answer) { a.SetString(13, "1122") },
		"RRN":             func(a *answer) { a.SetString(37, "000000000778") },
		"no code":         func(a *answer) { a.Delete(39) },
		"odd code":        func(a *answer) { a.SetString(39, "0!") },
		"no terminal":     func(a *answer) { a.Delete(41) },
		"terminal":        func(a *answer) { a.SetString(41, "TERM0002") },
		"merchant":        func(a *answer) { a.SetString(42, "MERCHANT0000002") },
		"currency":        func(a *answer) { a.SetString(49, "840") },
		"KSN of another":  func(a *answer) { a.ksn = hostKSN(2) },
		"no approval":     func(a *answer) { a.Delete(38) },
		"blank approval":  func(a *answer) { a.SetString(38, "      ") },
		"odd approval":    func(a *answer) { a.SetString(38, "\"'<>&;") },
		"two 8A":          func(a *answer) { a.SetString(55, "\x8A\x0200\x8A\x0205") },
		"long 8A":         func(a *answer) { a.SetString(55, "\x8A\x03000") },
		"short 91":        func(a *answer) { a.SetString(55, "\x91\x04AAAA") },
		"two 91":          func(a *answer) { a.SetString(55, "\x91\x08AAAAAAAA\x91\x08AAAAAAAA") },
		"broken DE 55":    func(a *answer) { a.SetString(55, "\x91\x7FAA") },
		"padded DE 55":    func(a *answer) { a.SetString(55, "\x00\x8A\x0200") },
	} {
		l := newLane(t)
		a := l.approval(l.paid(visa(t)).Request)
		change(a)
		if got, code := l.checked(a); code != call.CodeAnswer {
			t.Errorf("%s: %v, %+v", name, code, got)
		}
	}
}

func TestAnswerUnderAnotherKSNIsRefusedThoughItsMACVerifies(t *testing.T) {
	l := newLane(t)
	a := l.approval(l.paid(visa(t)).Request)
	a.ksn, a.macKSN = l.reversal, l.reversal
	if _, code := l.checked(a); code != call.CodeAnswer {
		t.Error(code)
	}
}

func TestNothingIsReadBeforeTheMACIsVerified(t *testing.T) {
	l := newLane(t)
	a := l.approval(l.paid(visa(t)).Request)
	a.badMAC = true
	a.SetString(11, "000043") // would be refused as an answer, if it were read
	if _, code := l.checked(a); code != call.CodeMAC {
		t.Errorf("wrong MAC: %v", code)
	}
	for n := range 10 {
		q := call.CheckAnswer{Terms: l.terms, KSN: l.request, Frame: make([]byte, n)}
		if code := l.call(call.OpCheckAnswer, q, nil); code != call.CodeMAC {
			t.Errorf("%d bytes: %v", n, code)
		}
	}
}

func TestRightAnswerIsTakenAfterAWrongOne(t *testing.T) {
	l := newLane(t)
	request := l.paid(visa(t)).Request
	bad := l.approval(request)
	bad.badMAC = true
	if _, code := l.checked(bad); code != call.CodeMAC {
		t.Fatal(code)
	}
	if got, code := l.checked(l.approval(request)); code != 0 || !got.Approved {
		t.Errorf("%v, %+v", code, got)
	}
}

func TestReversalIsSettledBySuccessAndByNoOriginal(t *testing.T) {
	for response, settled := range map[string]bool{"00": true, "25": true, "91": false, "96": false, "05": false} {
		for _, repeat := range []bool{false, true} {
			l := newLane(t)
			paid := l.paid(visa(t))
			ksn, message := l.reversal, paid.Reversal
			if repeat {
				ksn, message = l.repeat, paid.Repeat
			}
			a := l.replyTo(message, hostspec.MTIReversalAnswer, response)
			other := newLane(t) // the instance never saw the payment
			other.hostKey = l.hostKey
			var got call.Settled
			code := other.call(call.OpCheckReversal, call.CheckReversal{Terms: l.terms, KSN: ksn, Frame: l.pack(a)}, &got)
			if code != 0 || got.Settled != settled || got.Response.String() != response {
				t.Errorf("%s: %v, %+v", response, code, got)
			}
		}
	}
}

func TestAnswerToTheRequestSettlesNoReversal(t *testing.T) {
	l := newLane(t)
	q := call.CheckReversal{Terms: l.terms, KSN: l.request, Frame: l.pack(l.approval(l.paid(visa(t)).Request))}
	other := newLane(t)
	other.hostKey = l.hostKey
	if code := other.call(call.OpCheckReversal, q, nil); code != call.CodeAnswer {
		t.Error(code)
	}
}
