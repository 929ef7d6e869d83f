package app_test

import (
	"bytes"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

func TestPINPadGetsThePANOfTheCard(t *testing.T) {
	l, c := newLane(t), visa(t)
	prepared, code := l.prepare(c)
	if code != 0 {
		t.Fatal(code)
	}
	clear, err := gcm(l.panKey[:]).Open(nil, pinentry.PANNonce(uint64(l.terms.RRN)), prepared.SealedPAN[:],
		pinentry.PANAAD(l.pinOrder, l.pad))
	if err != nil {
		t.Fatal(err)
	}
	if want := append(bytes.Clone(c.digits), 0, 0, 0); !bytes.Equal(clear, want) {
		t.Error("the PIN pad opens something else than the PAN and zeros to 19 bytes")
	}
}

func TestRequestBringsTheOrderAndTheSealedCardToTheAcquirer(t *testing.T) {
	l, c := newLane(t), visa(t)
	r := l.receive(l.paid(c).Request)
	want := map[int]string{3: "000000", 4: "000000001234", 7: "1121085807", 11: "000042", 12: "095807", 13: "1121",
		22: "051", 23: "007", 25: "00", 37: "000000000777", 41: "TERM0001", 42: "MERCHANT0000001", 49: "978",
		52: string(pinBlock[:]), 60: "000003"}
	for number, value := range want {
		if r.String(number) != value {
			t.Errorf("DE %d is %q", number, r.String(number))
		}
	}
	if r.MTI != "0200" || r.ksn() != l.request || !bytes.Equal(r.element(hostspec.PrivatePINKSN), pinKSN[:]) {
		t.Errorf("type %s, KSN %X", r.MTI, r.ksn())
	}
	if got := l.account(r); !bytes.Equal(got, tlv.AppendList(nil, c.account)) {
		t.Error("the acquirer does not get 57, 5A, 5F24 and 5F34 as the card gave them")
	}
}

func TestRequestWithoutPINHasNoTraceOfOne(t *testing.T) {
	l, c := newLane(t), visa(t)
	got, code := l.authorise(c.with(0x9F34, []byte{0x1F, 0x03, 0x02}), false)
	if code != 0 || got.CVM != payment.CVMNoCVM {
		t.Fatalf("%v, %v", code, got.CVM)
	}
	r := l.receive(got.Request)
	if r.Has(52) || r.element(hostspec.PrivatePINKSN) != nil {
		t.Error("DE 52 or its KSN is there")
	}
}

func TestChipDataAreTheListedObjectsAlone(t *testing.T) {
	l, c := newLane(t), visa(t)
	value, _ := l.receive(l.paid(c).Request).Get(55)
	list, err := tlv.Parse(value)
	if err != nil {
		t.Fatal(err)
	}
	want := []tlv.Tag{0x82, 0x84, 0x95, 0x9A, 0x9C, 0x5F2A, 0x9F02, 0x9F03, 0x9F10, 0x9F1A,
		0x9F26, 0x9F27, 0x9F33, 0x9F34, 0x9F35, 0x9F36, 0x9F37, 0x9F41}
	if len(list) != len(want) {
		t.Fatalf("%d objects", len(list))
	}
	for i, e := range list {
		if e.Tag != want[i] {
			t.Errorf("object %d is %X", i, e.Tag)
		}
		if sent, _ := c.chip.Find(e.Tag); !bytes.Equal(sent, e.Value) {
			t.Errorf("%X was changed", e.Tag)
		}
	}
}

func TestAuthorisedTellsWhatTheReceiptNeeds(t *testing.T) {
	got := newLane(t).paid(visa(t))
	if got.Brand != payment.BrandVisa || got.Sequence != 7 || got.AID.String() != "A0000000031010" ||
		got.Label.String() != "VIRTUAL CREDIT" || got.CVM != payment.CVMOnlinePIN ||
		got.Cryptogram != (payment.Cryptogram{1, 2, 3, 4, 5, 6, 7, 8}) || got.TVR != (payment.TVR{0x80, 0, 4, 0x80, 0}) {
		t.Errorf("%+v", got)
	}
	if got.Masked.Length != 16 || got.Token.Zero() {
		t.Errorf("masked %v, token %v", got.Masked, got.Token)
	}
}

func TestMaskedNumberIsTheLastFourDigits(t *testing.T) {
	c := visa(t)
	if got := newLane(t).paid(c).Masked.Digits(); got != string(c.digits[12:]) {
		t.Errorf("got %s", got)
	}
}

func TestTokenIsThatOfCardMerchantAndKey(t *testing.T) {
	one, c := newLane(t), visa(t)
	again, elsewhere, otherKey := newLane(t), newLane(t), newLane(t)
	again.tokenKey, elsewhere.tokenKey = one.tokenKey, one.tokenKey
	elsewhere.terms.MerchantID = payment.MerchantID([]byte("MERCHANT0000002"))
	first := one.paid(c).Token
	if again.paid(c).Token != first {
		t.Error("the same card at the same merchant has another token")
	}
	if elsewhere.paid(c).Token == first || otherKey.paid(c).Token == first {
		t.Error("two merchants share a token")
	}
}

func TestLabelFallsBackToTheOneThatIsSafe(t *testing.T) {
	c := visa(t)
	c.with(0x9F12, append([]byte("N"), c.digits[:15]...))
	if got := newLane(t).paid(c).Label.String(); got != "VIRTUAL" {
		t.Errorf("a preferred name full of digits: %q", got)
	}
	if got := newLane(t).paid(c.with(0x50, []byte("\x1b[2J"))).Label; got != (payment.Label{}) {
		t.Errorf("two unsafe names: %q", got)
	}
}

func TestReversalsAreReadyBeforeTheRequestLeaves(t *testing.T) {
	l := newLane(t)
	got := l.paid(visa(t))
	request := l.receive(got.Request)
	for mti, frame := range map[string][]byte{"0420": got.Reversal, "0421": got.Repeat} {
		r := l.receive(frame)
		for _, number := range []int{3, 4, 7, 11, 12, 13, 22, 23, 25, 37, 41, 42, 49, 60} {
			if r.String(number) != request.String(number) || !r.Has(number) {
				t.Errorf("%s: DE %d is %q", mti, number, r.String(number))
			}
		}
		if r.MTI != mti || r.String(90) != "0200"+"000042"+"1121085807"+"0000000000000000000000" {
			t.Errorf("%s: DE 90 is %q", r.MTI, r.String(90))
		}
		if string(r.element(hostspec.PrivateReason)) != hostspec.ReasonUnknown {
			t.Errorf("%s: reason %q", mti, r.element(hostspec.PrivateReason))
		}
		if r.Has(52) || r.Has(55) || r.element(hostspec.PrivateAccount) != nil || !r.Has(128) {
			t.Errorf("%s: carries card data, or has no DE 128", mti)
		}
	}
	if l.receive(got.Reversal).ksn() != l.reversal || l.receive(got.Repeat).ksn() != l.repeat {
		t.Error("a reversal is not under its own KSN")
	}
}

func TestCardWithoutSequenceNumberHasNoDE23(t *testing.T) {
	l := newLane(t)
	got := l.paid(visa(t).holding(0x5F34, nil))
	if l.receive(got.Request).Has(23) || l.receive(got.Reversal).Has(23) || got.Sequence != 0 {
		t.Error("DE 23 without 5F34")
	}
}

func TestSequenceNumberMayComeWithTheChipData(t *testing.T) {
	l := newLane(t)
	got := l.paid(visa(t).holding(0x5F34, nil).with(0x5F34, []byte{0x12}))
	if l.receive(got.Request).String(23) != "012" || got.Sequence != 12 {
		t.Errorf("sequence %d", got.Sequence)
	}
}

func TestMaestroIsToldFromMastercardByItsNumber(t *testing.T) {
	aid := []byte{0xA0, 0, 0, 0, 0x04, 0x30, 0x60}
	c := newCard(t, "601111", aid) // a BIN that the schemes' ranges share
	if got := newLane(t).paid(c).Brand; got != payment.BrandMaestro {
		t.Errorf("brand %v", got)
	}
	c = newCard(t, "541333", []byte{0xA0, 0, 0, 0, 0x04, 0x10, 0x10})
	if got := newLane(t).paid(c).Brand; got != payment.BrandMastercard {
		t.Errorf("brand %v", got)
	}
}

func TestLateAnswerIsCheckedByAnotherInstance(t *testing.T) {
	l := newLane(t)
	request := l.paid(visa(t)).Request
	late := newLane(t)
	late.hostKey = l.hostKey
	var got call.Answered
	code := late.call(call.OpCheckAnswer, call.CheckAnswer{Terms: l.terms, KSN: l.request, Frame: l.pack(l.approval(request))}, &got)
	if code != 0 || !got.Approved {
		t.Errorf("%v, %+v", code, got)
	}
}
