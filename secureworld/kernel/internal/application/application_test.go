package application

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/keystore"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// lane runs the real payment application with a real keystore.
type lane struct {
	*estate
	app           *Application
	keys          *keystore.Store
	order         sred.OrderID
	digest        [32]byte
	digits        []byte
	account, chip tlv.List
}

// forBoth runs a test with room for several instances and with room for one.
func forBoth(t *testing.T, f func(t *testing.T, l *lane)) {
	host, err := paymentHost()
	if err != nil {
		t.Fatal(err)
	}
	for name, single := range map[string]bool{"several arenas": false, "one arena": true} {
		m, err := memory()
		if err != nil {
			t.Fatal(err)
		}
		if !single && m.Arenas() < 2 {
			t.Log("not tested: this user has memory for one instance")
			continue
		}
		t.Run(name, func(t *testing.T) {
			l := &lane{estate: newEstate(t), digest: [32]byte(random(32))}
			l.keys = l.store()
			l.app = New(Config{Host: host, Keys: l.keys, PINPad: pinpad, Authorities: l.authority, Single: single})
			l.digits, l.account, l.chip = newCard(t)
			defer func() { l.app.End() }() // of the application that the test ends with
			f(t, l)
		})
	}
}

// prepare begins another reading of the card.
func (l *lane) prepare(env sred.Envelope) transaction.Event {
	l.order = sred.OrderID(random(16))
	return l.app.SealPAN(l.t.Context(), transaction.SealPAN{Order: l.order, Counter: 777, Envelope: env}, l.digest)
}

func (l *lane) authorise(env sred.Envelope) transaction.Event {
	return l.app.Authorise(l.t.Context(), transaction.Authorise{Order: l.order, Terms: terms(), Envelope: env,
		HasPIN: true, PINKSN: pinKSN, PINBlock: pinBlock}, l.digest)
}

// authorised goes as far as the host messages.
func (l *lane) authorised() transaction.Authorised {
	l.t.Helper()
	if e, ok := l.prepare(l.seal(l.digest, sred.NumberVerify, l.account, l.chip)).(transaction.PANSealed); !ok {
		l.t.Fatalf("%T", e)
	}
	e := l.authorise(l.seal(l.digest, sred.NumberOnline, l.account, l.chip))
	a, ok := e.(transaction.Authorised)
	if !ok {
		l.t.Fatalf("%T %+v", e, e)
	}
	return a
}

func (l *lane) check(a transaction.Authorised, frame []byte) transaction.AnswerChecked {
	return l.app.CheckAnswer(l.t.Context(), transaction.CheckAnswer{Order: l.order, Terms: terms(), Keys: a.Keys, Frame: frame}).(transaction.AnswerChecked)
}

func TestASaleFromTheCardToTheIssuersWord(t *testing.T) {
	forBoth(t, func(t *testing.T, l *lane) {
		prepared, ok := l.prepare(l.seal(l.digest, sred.NumberVerify, l.account, l.chip)).(transaction.PANSealed)
		if !ok || prepared.Order != l.order {
			t.Fatal("the PAN was not sealed for the PIN pad")
		}
		pan, err := l.gcm(l.estate.keys[provisioning.KeyPAN]).Open(nil, pinentry.PANNonce(777), prepared.Sealed[:], pinentry.PANAAD(pinentry.OrderID(l.order), pinpad))
		if err != nil || !bytes.Equal(pan, append(bytes.Clone(l.digits), 0, 0, 0)) {
			t.Fatalf("the PIN pad opens something else, %v", err)
		}
		a, ok := l.authorise(l.seal(l.digest, sred.NumberOnline, l.account, l.chip)).(transaction.Authorised)
		if !ok || a.Brand != payment.BrandVisa || a.CVM != payment.CVMOnlinePIN || keystore.Keys(a.Keys) != 3 {
			t.Fatalf("%+v", a)
		}
		l.acquirerReads(a)
		got := l.check(a, l.answer(a.Request, hostspec.MTIRequestAnswer, nil, nil))
		if got.Code != 0 || !got.Approved || got.Amount != 1234 || got.Approval.String() != "A1B2C3" {
			t.Errorf("%+v", got)
		}
	})
}

// acquirerReads checks the three messages and opens the account data.
func (l *lane) acquirerReads(a transaction.Authorised) {
	l.t.Helper()
	seen := map[[12]byte]bool{}
	for mti, b := range map[string][]byte{"0200": a.Request, "0420": a.Reversal, "0421": a.Repeat} {
		m, private, ksn := l.received(b)
		if m.MTI != mti || m.String(11) != "000042" || seen[ksn] {
			l.t.Errorf("%s: type %s under KSN %x", mti, m.MTI, ksn)
		}
		seen[ksn] = true
		sealed := hostspec.FindPrivate(private, hostspec.PrivateAccount)
		if (sealed != nil) != (mti == "0200") || m.Has(52) != (mti == "0200") {
			l.t.Errorf("%s: account data or PIN", mti)
		}
		if sealed == nil {
			continue
		}
		clear, err := l.gcm(l.hostKey(ksn, (*dukpt.Transaction).DataEncryptionKey)).Open(nil, make([]byte, 12), sealed, ksn[:])
		if err != nil || !bytes.Equal(clear, tlv.AppendList(nil, l.account)) {
			l.t.Errorf("the acquirer opens something else, %v", err)
		}
	}
}

// A42, A43: each is refused, and the true answer is believed afterwards.
func TestAnswersThatDoNotBelongAreRefused(t *testing.T) {
	forBoth(t, func(t *testing.T, l *lane) {
		a := l.authorised()
		good := l.answer(a.Request, hostspec.MTIRequestAnswer, nil, nil)
		flipped := bytes.Clone(good)
		flipped[len(flipped)-1] ^= 1
		for name, c := range map[string]struct {
			frame []byte
			want  call.Code
		}{
			"another MAC":          {flipped, call.CodeMAC},
			"no MAC":               {good[:len(good)-8], call.CodeMAC},
			"nothing":              {nil, call.CodeMAC},
			"the terminal's own":   {a.Request, call.CodeMAC},
			"a reversal's answer":  {l.answer(a.Reversal, hostspec.MTIReversalAnswer, nil, nil), call.CodeMAC},
			"another amount":       {l.answer(a.Request, hostspec.MTIRequestAnswer, nil, func(m *codec.Message) { m.SetString(4, "000000999999") }), call.CodeAnswer},
			"another STAN":         {l.answer(a.Request, hostspec.MTIRequestAnswer, nil, func(m *codec.Message) { m.SetString(11, "000043") }), call.CodeAnswer},
			"another terminal":     {l.answer(a.Request, hostspec.MTIRequestAnswer, nil, func(m *codec.Message) { m.SetString(41, "TERM0002") }), call.CodeAnswer},
			"longer than any call": {make([]byte, call.MaxFrame+1), call.CodeMalformed},
		} {
			if got := l.check(a, c.frame); got.Code != c.want || got.Approved {
				t.Errorf("%s: %v", name, got.Code)
			}
		}
		broken := a
		broken.Keys = bytes.Clone(a.Keys)
		broken.Keys[30] ^= 1
		if got := l.check(broken, good); got.Code != call.CodeKey {
			t.Errorf("changed keys: %v", got.Code)
		}
		if got := l.check(a, good); got.Code != 0 || !got.Approved {
			t.Errorf("twin: %v", got.Code)
		}
	})
}

// A late answer is checked by an instance that never saw the payment, after a
// restart.
func TestALateAnswerCanBeCheckedAfterARestart(t *testing.T) {
	forBoth(t, func(t *testing.T, l *lane) {
		a := l.authorised()
		l.app.End()
		l.app = New(Config{Host: l.app.host, Keys: l.store(), PINPad: pinpad, Single: l.app.cfg.Single})
		if got := l.check(a, l.answer(a.Request, hostspec.MTIRequestAnswer, nil, nil)); got.Code != 0 || !got.Approved {
			t.Errorf("%v", got.Code)
		}
	})
}

// A04. The core has refused KSNs that do not rise before this.
func TestEnvelopesOfAnotherOrderOrNumberAreRefused(t *testing.T) {
	forBoth(t, func(t *testing.T, l *lane) {
		verify := func() sred.Envelope { return l.seal(l.digest, sred.NumberVerify, l.account, l.chip) }
		first, online := verify(), l.seal(l.digest, sred.NumberOnline, l.account, l.chip)
		other := l.seal([32]byte(random(32)), sred.NumberOnline, l.account, l.chip)
		renamed, flipped, moved := first, online, online
		renamed.Number = sred.NumberOnline
		flipped.Sealed[100] ^= 1
		moved.KSN[11]++
		for name, env := range map[string]sred.Envelope{"another order": other, "envelope 1": first, "envelope 1, called 2": renamed,
			"a flipped bit": flipped, "another KSN": moved, "nothing": {}} {
			_ = l.prepare(verify())
			if got := l.authorise(env); got != (transaction.WorkFailed{Order: l.order, Code: call.CodeEnvelope}) {
				t.Errorf("%s: %+v", name, got)
			}
		}
		if got := l.prepare(online); got != (transaction.WorkFailed{Order: l.order, Code: call.CodeEnvelope}) {
			t.Errorf("envelope 2 for a PIN: %+v", got)
		}
		_ = l.prepare(verify())
		if _, ok := l.authorise(online).(transaction.Authorised); !ok {
			t.Error("twin: refused")
		}
	})
}

func TestAReversalIsSettledByTheAnswerToItOrToItsRepeat(t *testing.T) {
	forBoth(t, func(t *testing.T, l *lane) {
		a := l.authorised()
		reverse := func(frame []byte) transaction.ReversalChecked {
			return l.app.CheckReversal(t.Context(), transaction.CheckReversal{ID: payment.ID{5}, Terms: terms(), Keys: a.Keys, Frame: frame}).(transaction.ReversalChecked)
		}
		for name, q := range map[string][]byte{"the reversal": a.Reversal, "its repeat": a.Repeat} {
			if got := reverse(l.answer(q, hostspec.MTIReversalAnswer, nil, nil)); got.Code != 0 || !got.Settled.Settled || got.ID != (payment.ID{5}) {
				t.Errorf("%s: %+v", name, got)
			}
		}
		for name, frame := range map[string][]byte{"the request's answer": l.answer(a.Request, hostspec.MTIRequestAnswer, nil, nil), "nothing": nil} {
			if got := reverse(frame); got.Code != call.CodeMAC || got.Settled.Settled {
				t.Errorf("%s: %+v", name, got)
			}
		}
		if got := l.check(a, l.answer(a.Request, hostspec.MTIRequestAnswer, nil, nil)); got.Code != 0 {
			t.Errorf("the attempt beside it: %v", got.Code)
		}
	})
}

// A97: a host that has seen a KSN which this storage never issued.
func TestASignOnShowsThatTheStorageIsAnOlderCopy(t *testing.T) {
	forBoth(t, func(t *testing.T, l *lane) {
		built := l.app.BuildNetwork(t.Context(), transaction.BuildNetwork{Serial: 3, SignOn: true, Terms: terms()}, 9, [32]byte{7}).(transaction.NetworkBuilt)
		if built.Code != 0 || built.Serial != 3 || keystore.Keys(built.Keys) != 1 {
			t.Fatalf("%+v", built)
		}
		if m, private, _ := l.received(built.Frame); m.MTI != "0800" || hostspec.FindPrivate(private, hostspec.PrivateJournal)[7] != 9 {
			t.Errorf("%s", m.MTI)
		}
		next := l.keys.HostUpcoming()
		for top, behind := range map[uint32]bool{next - 2: false, next - 1: true, next: true, next + 1000: true} {
			state := []hostspec.Element{{Tag: hostspec.PrivateTopCounter, Value: binary.BigEndian.AppendUint32(nil, top)},
				{Tag: hostspec.PrivateTopSTAN, Value: make([]byte, 4)}, {Tag: hostspec.PrivateTopRRN, Value: make([]byte, 8)},
				{Tag: hostspec.PrivateTopJournal, Value: make([]byte, 40)}}
			answer := l.answer(built.Frame, hostspec.MTINetworkAnswer, state, nil)
			got := l.app.CheckNetwork(t.Context(), transaction.CheckNetwork{Serial: 3, Terms: terms(), Keys: built.Keys, Frame: answer}).(transaction.NetworkChecked)
			if got.Code != 0 || got.Behind != behind || got.TopCounter != top {
				t.Errorf("the host has seen %d, the next is %d: %+v", top, next, got)
			}
			answer[len(answer)-1] ^= 1 // not believed, whatever it says
			got = l.app.CheckNetwork(t.Context(), transaction.CheckNetwork{Serial: 3, Terms: terms(), Keys: built.Keys, Frame: answer}).(transaction.NetworkChecked)
			if got.Code != call.CodeMAC || got.Behind {
				t.Errorf("without its MAC: %+v", got)
			}
		}
	})
}

// Whatever is asked, three KSNs are used up for each authorisation and none
// comes twice.
func TestEveryAuthorisationUsesUpItsOwnKSNs(t *testing.T) {
	forBoth(t, func(t *testing.T, l *lane) {
		seen := map[[12]byte]bool{}
		for range 3 {
			a := l.authorised()
			for _, b := range [][]byte{a.Request, a.Reversal, a.Repeat} {
				_, _, ksn := l.received(b)
				seen[ksn] = true
			}
			_ = l.prepare(l.seal(l.digest, sred.NumberVerify, l.account, l.chip))
			_ = l.authorise(sred.Envelope{}) // refused; its KSNs are used up too
		}
		if len(seen) != 9 || l.keys.HostUpcoming() <= 18 {
			t.Errorf("%d KSNs, the next is %d", len(seen), l.keys.HostUpcoming())
		}
	})
}
