package app_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/app"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

func TestCardThatAnswersAnotherOrderIsRefused(t *testing.T) {
	for name, c := range map[string]*card{
		"amount":           visa(t).with(0x9F02, []byte{0, 0, 0, 0, 0x12, 0x35}),
		"no amount":        visa(t).without(0x9F02),
		"currency":         visa(t).with(0x5F2A, []byte{0x08, 0x40}),
		"unpredictable":    visa(t).with(0x9F37, []byte{0xDE, 0xAD, 0xBE, 0xEE}),
		"date":             visa(t).with(0x9A, []byte{0x26, 0x11, 0x22}),
		"transaction type": visa(t).with(0x9C, []byte{0x20}),
		"cashback":         visa(t).with(0x9F03, []byte{0, 0, 0, 0, 0, 1}),
		"empty other":      visa(t).with(0x9F03, []byte{}),
	} {
		l := newLane(t)
		if _, code := l.authorise(withoutCVM(c), false); code != call.CodeOrder {
			t.Errorf("%s: %v", name, code)
		}
		if slices.Contains(l.asked, call.HostSealAccount) || slices.Contains(l.asked, call.HostTokenKey) {
			t.Errorf("%s: the application went on", name)
		}
	}
}

func TestCardDataThatContradictAreRefused(t *testing.T) {
	visaAID := []byte{0xA0, 0, 0, 0, 0x03, 0x10, 0x10}
	for name, c := range map[string]*card{
		"TC that nobody asked for": noCVM(t).with(0x9F27, []byte{0x40}),
		"AAC":                      noCVM(t).with(0x9F27, []byte{0x00}),
		"no CID":                   noCVM(t).without(0x9F27),
		"short cryptogram":         noCVM(t).with(0x9F26, []byte{1}),
		"no TVR":                   noCVM(t).without(0x95),
		"no ATC":                   noCVM(t).without(0x9F36),
		"long application data":    noCVM(t).with(0x9F10, make([]byte, 33)),
		"no AID":                   noCVM(t).without(0x84).without(0x9F06),
		"unregistered AID":         noCVM(t).with(0x84, []byte{0xF0, 0, 0, 0, 1}),
		"Mastercard under Visa":    withoutCVM(newCard(t, "541333", visaAID)),
		"Visa under Mastercard":    withoutCVM(newCard(t, "476173", []byte{0xA0, 0, 0, 0, 0x04, 0x10, 0x10})),
		"PIN that was not entered": noCVM(t).with(0x9F34, []byte{0x42, 0x03, 0x00}),
		"unknown CVM":              noCVM(t).with(0x9F34, []byte{0x2A, 0x03, 0x02}),
		"short CVM results":        noCVM(t).with(0x9F34, []byte{0x1F}),
		"track 2 in chip data":     noCVM(t).with(0x57, []byte{0x47}),
		"PAN in chip data":         noCVM(t).with(0x5A, []byte{0x47}),
		"template in chip data":    noCVM(t).with(0x77, []byte{0x82, 0x00}),
		"no account":               noCVM(t).holding(0x57, nil).holding(0x5A, nil),
		"another PAN in 5A":        noCVM(t).holding(0x5A, bcd([]byte("4761739001010010"))),
		"another expiry in 5F24":   noCVM(t).holding(0x5F24, []byte{0x29, 0x12, 0x31}),
		"another sequence":         noCVM(t).with(0x5F34, []byte{0x08}),
	} {
		if _, code := newLane(t).authorise(c, false); code != call.CodeCardData {
			t.Errorf("%s: %v", name, code)
		}
	}
	if _, code := newLane(t).authorise(noCVM(t), false); code != 0 {
		t.Errorf("the card that all of these change is refused itself: %v", code)
	}
}

func TestNumberHiddenInApplicationDataIsRefused(t *testing.T) {
	c := noCVM(t)
	shifted := bcd(append(append([]byte("0"), c.digits...), '0'))
	for name, value := range map[string][]byte{"ASCII": c.digits, "packed": bcd(c.digits), "packed, odd": shifted} {
		if _, code := newLane(t).authorise(c.with(0x9F10, value), false); code != call.CodeCardData {
			t.Errorf("%s: %v", name, code)
		}
	}
}

func TestPINOfOneCardIsNotUsedWithAnother(t *testing.T) {
	l := newLane(t)
	if _, code := l.prepare(visa(t)); code != 0 {
		t.Fatal(code)
	}
	if _, code := l.authorise(visa(t), true); code != call.CodeCardData {
		t.Errorf("second card: %v", code)
	}
}

func TestPINWithoutPreparedCardIsRefused(t *testing.T) {
	if _, code := newLane(t).authorise(visa(t), true); code != call.CodeNotPermitted {
		t.Error(code)
	}
}

func TestPINThatWasEnteredButNotPerformedIsRefused(t *testing.T) {
	l, c := newLane(t), visa(t)
	if _, code := l.prepare(c); code != 0 {
		t.Fatal(code)
	}
	if _, code := l.authorise(c.with(0x9F34, []byte{0x1F, 0x03, 0x02}), true); code != call.CodeCardData {
		t.Error(code)
	}
}

func TestCardThatSupportsNoVerificationHasNone(t *testing.T) {
	got, code := newLane(t).authorise(visa(t).without(0x9F34), false)
	if code != 0 || got.CVM != payment.CVMNone {
		t.Errorf("%v, %v", code, got.CVM)
	}
	l, c := newLane(t), visa(t)
	if _, code := l.prepare(c); code != 0 {
		t.Fatal(code)
	}
	if _, code := l.authorise(c.without(0x9F34), true); code != call.CodeCardData {
		t.Errorf("a PIN with it: %v", code)
	}
}

func TestBypassedPINGoesOnWithoutOne(t *testing.T) {
	l, c := newLane(t), visa(t)
	if _, code := l.prepare(c); code != 0 {
		t.Fatal(code)
	}
	got, code := l.authorise(c.with(0x9F34, []byte{0x42, 0x03, 0x01}), false)
	if code != 0 || got.CVM != payment.CVMFailed {
		t.Errorf("%v, %v", code, got.CVM)
	}
}

func TestTermsThatNoMessageCanCarryAreRefusedBeforeTheEnvelopeIsOpened(t *testing.T) {
	for name, change := range map[string]func(*call.Terms){
		"refund":      func(t *call.Terms) { t.Type = payment.TypeRefund },
		"type 9C":     func(t *call.Terms) { t.TransactionType = 0x20 },
		"no amount":   func(t *call.Terms) { t.Amount = 0 },
		"no STAN":     func(t *call.Terms) { t.STAN = 0 },
		"no RRN":      func(t *call.Terms) { t.RRN = 0 },
		"no terminal": func(t *call.Terms) { t.TerminalID = payment.TerminalID{} },
		"no merchant": func(t *call.Terms) { t.MerchantID = payment.MerchantID{} },
	} {
		l := newLane(t)
		change(&l.terms)
		if _, code := l.authorise(visa(t), false); code != call.CodeMalformed || len(l.asked) != 0 {
			t.Errorf("%s: %v, %d host calls", name, code, len(l.asked))
		}
	}
}

func TestTimesThatAreNoDigitsAreRefused(t *testing.T) {
	l := newLane(t)
	l.terms.Time[0] = 0x0A
	if _, code := l.authorise(noCVM(t), false); code != call.CodeMalformed {
		t.Error(code)
	}
}

func TestForeignEnvelopeIsRefused(t *testing.T) {
	l, c := newLane(t), visa(t)
	q := call.PreparePIN{Envelope: l.envelope(c, sred.NumberOnline)}
	l.envelopeKSN[call.HostOpenVerify] = l.envelopeKSN[call.HostOpenOnline]
	if code := l.call(call.OpPreparePIN, q, nil); code != call.CodeEnvelope {
		t.Errorf("envelope 2 as envelope 1: %v", code)
	}
	l = newLane(t)
	q.Envelope = l.envelope(c, sred.NumberVerify)
	q.Envelope[100] ^= 1
	if code := l.call(call.OpPreparePIN, q, nil); code != call.CodeEnvelope {
		t.Errorf("changed envelope: %v", code)
	}
}

func TestRefusalsOfTheKernelLeaveAsTheyCame(t *testing.T) {
	for _, fn := range []uint32{call.HostOpenOnline, call.HostSealAccount, call.HostTokenKey,
		call.HostMACRequest, call.HostMACReversal, call.HostMACRepeat} {
		for _, fault := range []struct {
			do   func([]byte) (int, error)
			want call.Code
		}{
			{func([]byte) (int, error) { return 0, call.CodeKey }, call.CodeKey},
			{func([]byte) (int, error) { return 0, call.Code(-1004) }, call.CodeInternal},
			{func([]byte) (int, error) { return 0, errors.New("some text") }, call.CodeInternal},
			{func(b []byte) (int, error) { return cap(b) + 1, nil }, call.CodeInternal},
			{func([]byte) (int, error) { return -1, nil }, call.CodeInternal},
			{func([]byte) (int, error) { return 1, nil }, call.CodeInternal},
		} {
			l, c := newLane(t), visa(t)
			if _, code := l.prepare(c); code != 0 {
				t.Fatal(code)
			}
			l.fault[fn] = fault.do
			if _, code := l.authorise(c, true); code != fault.want {
				t.Errorf("function %d: %v, want %v", fn, code, fault.want)
			}
		}
	}
}

func TestZeroTokenKeyIsRefused(t *testing.T) {
	l := newLane(t)
	l.tokenKey = [32]byte{}
	if _, code := l.authorise(noCVM(t), false); code != call.CodeKey {
		t.Error(code)
	}
}

func TestInstanceServesOneAttemptOrOneCheck(t *testing.T) {
	every := []uint32{call.OpPreparePIN, call.OpAuthorise, call.OpCheckAnswer, call.OpCheckReversal, call.OpNetwork,
		call.OpCheckNetwork, call.OpVerifyChain, call.OpAuthoriseKey, call.OpAdvice, call.OpCheckAdvice,
		call.OpFollow, call.OpSettle, call.OpCheckSettle, call.OpItems, call.OpCheckItems}
	settling := []uint32{call.OpSettle, call.OpCheckSettle, call.OpItems, call.OpCheckItems}
	certified := newCertified(t, true)
	for name, c := range map[string]struct {
		before func(*lane)
		allows []uint32
	}{
		"fresh":      {func(*lane) {}, every},
		"prepared":   {func(l *lane) { l.prepare(visa(t)) }, []uint32{call.OpAuthorise}},
		"chained":    {func(l *lane) { l.trusts(certified); l.verifyChain(certified) }, []uint32{call.OpVerifyChain, call.OpPreparePIN, call.OpAuthorise}},
		"authorised": {func(l *lane) { l.paid(visa(t)) }, []uint32{call.OpCheckAnswer}},
		"keyed":      {func(l *lane) { l.keyed(keyedCard(t)) }, []uint32{call.OpCheckAnswer}},
		"not keyed":  {func(l *lane) { l.keyed([27]byte{}) }, nil},
		"failed":     {func(l *lane) { l.authorise(visa(t), true) }, nil},
		"checking":   {func(l *lane) { l.raw(call.OpCheckReversal) }, []uint32{call.OpCheckAnswer, call.OpCheckReversal}},
		"network":    {func(l *lane) { l.raw(call.OpNetwork) }, []uint32{call.OpNetwork, call.OpCheckNetwork}},
		"follow":     {func(l *lane) { l.raw(call.OpFollow) }, []uint32{call.OpCheckAnswer}},
		"settlement": {func(l *lane) { l.raw(call.OpSettle) }, settling},
		"items":      {func(l *lane) { l.raw(call.OpItems) }, settling},
		"advice":     {func(l *lane) { l.raw(call.OpAdvice) }, []uint32{call.OpAdvice, call.OpCheckAdvice}},
	} {
		for _, op := range every {
			l := newLane(t)
			c.before(l)
			permitted := l.raw(op) != call.CodeNotPermitted
			if permitted != slices.Contains(c.allows, op) {
				t.Errorf("%s: op %d permitted: %v", name, op, permitted)
			}
		}
	}
}

// raw sends an empty request, which no operation takes.
func (l *lane) raw(op uint32) call.Code {
	_, code := l.app.Handle(op, nil, make([]byte, 64))
	return call.Code(code)
}

func TestMalformedRequestsAreRefused(t *testing.T) {
	l := newLane(t)
	for _, op := range []uint32{0, 17, 1 << 31} {
		if code := l.raw(op); code != call.CodeUnknownOp {
			t.Errorf("op %d: %v", op, code)
		}
	}
	good, err := frame.Append(nil, call.Network{Terms: l.terms, KSN: l.request})
	if err != nil {
		t.Fatal(err)
	}
	for name, request := range map[string][]byte{"nothing": nil, "short": good[:len(good)-1], "long": append(slices.Clone(good), 0)} {
		if _, code := app.New(l).Handle(call.OpNetwork, request, make([]byte, 4096)); call.Code(code) != call.CodeMalformed {
			t.Errorf("%s: %d", name, code)
		}
	}
	l.op = call.OpNetwork
	if _, code := app.New(l).Handle(call.OpNetwork, good, make([]byte, 16)); call.Code(code) != call.CodeInternal {
		t.Errorf("no room for the answer: %d", code)
	}
}
