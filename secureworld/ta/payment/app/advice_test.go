package app_test

import (
	"bytes"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// results are those of two scripts: done, and failed at its first command.
func results() []byte { return []byte{0x20, 1, 2, 3, 4, 0x11, 5, 6, 7, 8} }

func (l *lane) advice(scripts []byte) ([]byte, call.Code) {
	l.t.Helper()
	var got call.Networked
	code := l.call(call.OpAdvice, call.Advice{Terms: l.terms, KSN: l.request, Cryptogram: payment.Cryptogram{1, 2},
		TVR: payment.TVR{4: 0x20}, TSI: payment.TSI{0xE8}, Scripts: scripts}, &got)
	return got.Frame, code
}

func TestAnAdviceTellsTheCardsWordAndNoAccountData(t *testing.T) {
	l := newLane(t)
	frame, code := l.advice(results())
	if code != 0 {
		t.Fatal(code)
	}
	r := l.receive(frame)
	icc, _ := r.Get(55)
	list, err := tlv.Parse(icc)
	if err != nil || len(list) != 4 {
		t.Fatal(len(list), err)
	}
	for tag, want := range map[tlv.Tag][]byte{
		tlv.Tag9F5BIssuerScriptResults: results(), tlv.Tag9F26ApplicationCryptogram: {1, 2, 7: 0},
		tlv.Tag95TerminalVerificationResults: {4: 0x20}, tlv.Tag9BTransactionStatusInformation: {0xE8, 0},
	} {
		if got, _ := list.Find(tag); !bytes.Equal(got, want) {
			t.Errorf("%X is %X", uint32(tag), got)
		}
	}
	if permit, known := hostspec.PermitOf(r.MTI); !known || r.MTI != "0220" || !permit.Allows(r.Has) || r.ksn() != l.request {
		t.Errorf("type %s", r.MTI)
	}
	if r.String(11) != "000042" || r.String(90)[:10] != "0200000042" || r.element(hostspec.PrivateAccount) != nil {
		t.Error("it names another payment, or has account data")
	}
}

func TestAnAdviceWithoutWholeResultsIsRefused(t *testing.T) {
	for _, scripts := range [][]byte{nil, results()[:4], results()[:9]} {
		if _, code := newLane(t).advice(scripts); code != call.CodeMalformed {
			t.Errorf("%X: %v", scripts, code)
		}
	}
}

func TestAnAdvicesAnswerIsHeldToItsQuestion(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*answer)
		want   call.Code
	}{
		"taken":            {func(*answer) {}, 0},
		"of no payment":    {func(a *answer) { a.SetString(39, "25") }, 0},
		"bad MAC":          {func(a *answer) { a.badMAC = true }, call.CodeMAC},
		"another trace":    {func(a *answer) { a.SetString(11, "000043") }, call.CodeAnswer},
		"another terminal": {func(a *answer) { a.SetString(41, "TERM0002") }, call.CodeAnswer},
		"a reversal's":     {func(a *answer) { a.MTI = "0430" }, call.CodeAnswer},
	} {
		l := newLane(t)
		frame, _ := l.advice(results())
		a := l.replyTo(frame, hostspec.MTIAdviceAnswer, "00")
		c.change(a)
		var got call.Settled
		code := l.call(call.OpCheckAdvice, call.CheckAdvice{Terms: l.terms, KSN: l.request, Frame: l.pack(a)}, &got)
		if code != c.want || got.Settled != (c.want == 0) {
			t.Errorf("%s: %v, %+v", name, code, got)
		}
	}
}
