package app_test

import (
	"bytes"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

func (l *lane) completed() (got call.Authorised, code call.Code) {
	l.t.Helper()
	return got, l.call(call.OpComplete, call.Complete{Terms: l.terms, Cryptogram: payment.Cryptogram{7}, TVR: payment.TVR{1, 2, 3, 4, 5},
		IAD: []byte{6, 1, 0x0A, 3}, KSNReversal: l.reversal, KSNRepeat: l.repeat}, &got)
}

func TestTheHostIsAdvisedOfWhatACardApprovedAlone(t *testing.T) {
	l, c := newLane(t), noCVM(t)
	l.terms.Offline = true
	held, code := l.authorise(c, false)
	if code != 0 || len(held.Request)+len(held.Reversal) != 0 || held.Token.Zero() {
		t.Fatalf("%v, %+v", code, held)
	}
	if code := l.raw(call.OpCheckAnswer); code != call.CodeNotPermitted {
		t.Errorf("an answer to nothing: %v", code)
	}
	got, code := l.completed()
	if code != 0 || len(got.Request) != 0 {
		t.Fatal(code)
	}
	for mti, frame := range map[string][]byte{"0220": got.Reversal, "0221": got.Repeat} {
		m := l.receive(frame)
		permit, _ := hostspec.PermitOf(mti)
		if m.MTI != mti || m.Has(90) || !permit.Allows(m.Has) {
			t.Errorf("%s for %s", m.MTI, mti)
		}
		list, err := tlv.Parse([]byte(m.String(55)))
		if err != nil {
			t.Fatal(err)
		}
		for tag, want := range map[tlv.Tag][]byte{tlv.Tag9F27CryptogramInformationData: {0x40}, tlv.Tag9F26ApplicationCryptogram: {7, 0, 0, 0, 0, 0, 0, 0},
			tlv.Tag95TerminalVerificationResults: {1, 2, 3, 4, 5}, tlv.Tag9F10IssuerApplicationData: {6, 1, 0x0A, 3}} {
			if v, _ := list.Find(tag); !bytes.Equal(v, want) {
				t.Errorf("%s: %X is %X", mti, tag, v)
			}
		}
		if account := l.account(m); len(account) < 20 || !bytes.Contains(account, []byte{byte(c.digits[0]-'0')<<4 | c.digits[1] - '0'}) {
			t.Errorf("%s: no account data: %d bytes", mti, len(account))
		}
	}
	if _, code := l.completed(); code != call.CodeNotPermitted {
		t.Errorf("twice: %v", code)
	}
}

func TestOnlyAHeldChipIsCompleted(t *testing.T) {
	l := newLane(t)
	if _, code := l.completed(); code != call.CodeNotPermitted {
		t.Errorf("nothing is held: %v", code)
	}
	l = newLane(t)
	l.terms.Offline = true
	if _, code := l.authorise(swiped(t), false); code != call.CodeCardData {
		t.Errorf("a stripe: %v", code)
	}
	l = newLane(t)
	l.terms.Offline = true
	l.authorise(noCVM(t), false)
	l.terms.Amount++
	if _, code := l.completed(); code != call.CodeOrder {
		t.Errorf("another amount: %v", code)
	}
}
