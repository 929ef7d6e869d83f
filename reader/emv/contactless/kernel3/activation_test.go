package kernel3

import (
	"bytes"
	"testing"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/secureworld/oda"
)

func TestStatusWordsOfGetProcessingOptions(t *testing.T) {
	for sw, want := range map[string]contactless.Outcome{
		"6984": {Result: contactless.TryAnotherInterface, Alternate: contactless.InterfaceContactChip},
		"6985": {Result: contactless.SelectNext, Start: contactless.StartC},
		"6986": {Result: contactless.TryAgain, Start: contactless.StartB, FieldOff: true, FieldHold: 13},
		"6A81": {Result: contactless.EndApplication},
		"6300": {Result: contactless.EndApplication},
	} {
		k := newKernel(t, careful(), oda.Set{}, anActivation(t, everyReader))
		o := answering(t, k, unhex(t, sw), nil)
		if o.Result != want.Result || o.Start != want.Start || o.Alternate != want.Alternate ||
			o.FieldOff != want.FieldOff || o.FieldHold != want.FieldHold {
			t.Errorf("%s: %+v", sw, o)
		}
		if seen := o.OnOutcome != nil && o.OnOutcome.Message == contactless.MessageSeePhone; seen != (sw == "6986") {
			t.Errorf("%s: message %+v", sw, o.OnOutcome)
		}
	}
}

func TestTheFinalSelectAndItsPDOL(t *testing.T) {
	for name, c := range map[string]struct {
		sw     uint16
		fci    string
		result contactless.Result
		why    emv.Reason
	}{
		"application blocked": {0x6283, aFCI, contactless.SelectNext, ReasonSelect},
		"no PDOL":             {0x9000, "6F0B8407A0000000031010A500", contactless.SelectNext, ReasonQualifiers},
		"PDOL without 9F66":   {0x9000, "6F118407A0000000031010A5069F38039F0206", contactless.SelectNext, ReasonQualifiers},
		"PDOL cut":            {0x9000, "6F108407A0000000031010A5059F38029F66", contactless.EndApplication, emv.ReasonPDOL},
		"PDOL too greedy":     {0x9000, "6F148407A0000000031010A5099F38069F66049F02FF", contactless.EndApplication, emv.ReasonPDOL},
		"no template":         {0x9000, "8407A0000000031010", contactless.EndApplication, emv.ReasonFormat},
		"nothing":             {0x9000, "", contactless.EndApplication, emv.ReasonFormat},
	} {
		t.Run(name, func(t *testing.T) {
			a := anActivation(t, everyReader)
			a.SW, a.FCI = c.sw, unhex(t, c.fci)
			k := newKernel(t, careful(), oda.Set{}, a)
			s := k.Next(emv.Start())
			if s.Outcome == nil || s.Outcome.Result != c.result || k.Report().Reason != c.why {
				t.Errorf("%+v %+v", s.Outcome, k.Report())
			}
		})
	}
}

func TestQualifiersAreNarrowedToTheConfiguration(t *testing.T) {
	for name, c := range map[string]struct {
		cfg        Config
		from, want string
	}{
		"careful":     {careful(), "B7008000", "36800000"},
		"offline":     {offline(), "B7008000", "36000000"},
		"stripe data": {Config{MSD: true}, "B7004000", "B6804000"},
		"early check": {Config{ODAForOnline: true}, "B7404000", "37C04000"},
	} {
		if got := ttq(unhex(t, c.from)).narrowed(c.cfg, emv.Order{}); !bytes.Equal(got[:], unhex(t, c.want)) {
			t.Errorf("%s: %X", name, got)
		}
	}
}

func TestActivationsThatCannotBeHonoured(t *testing.T) {
	for name, change := range map[string]func(*contactless.Activation){
		"no qualifiers": func(a *contactless.Activation) { a.HasTTQ = false },
		"no EMV mode":   func(a *contactless.Activation) { a.TTQ[0] &^= 0x20 },
		"date":          func(a *contactless.Activation) { a.Order.Date[1] = 0x13 },
		"amount":        func(a *contactless.Activation) { a.Order.Amount = 1_000_000_000_000 },
		"other amount":  func(a *contactless.Activation) { a.Order.AmountOther = a.Order.Amount + 1 },
		"short AID":     func(a *contactless.Activation) { a.AID = a.AID[:4] },
	} {
		a := anActivation(t, everyReader)
		change(&a)
		if k, err := Maker(careful(), oda.Set{})(a); k != nil || err != ErrActivation {
			t.Errorf("%s: %v, %v", name, k, err)
		}
	}
	if _, err := New(Config{}, oda.Set{}, anActivation(t, everyReader)); err != ErrConfig {
		t.Errorf("empty configuration: %v", err)
	}
}

func TestMagneticStripeDataNeedTheSwitch(t *testing.T) {
	stripe := typical().with(0x82, "0080", 0x9F26, "", 0x9F27, "", 0x9F10, "")
	o, k := tap(t, careful(), "B6404000", stripe)
	if o.Result != contactless.EndApplication || k.Report().Reason != ReasonStripe {
		t.Errorf("without: %+v %+v", o, k.Report())
	}
	cfg := careful()
	cfg.MSD = true
	for reader, want := range map[string]struct {
		result contactless.Result
		cvm    contactless.CVM
	}{
		"B6004000": {contactless.OnlineRequest, contactless.CVMNone},
		"B6404000": {contactless.OnlineRequest, contactless.CVMSignature},
		"B4404000": {contactless.OnlineRequest, contactless.CVMOnlinePIN},
		"B0404000": {contactless.Declined, contactless.CVMNone},
		"36004000": {contactless.EndApplication, contactless.CVMNotApplicable}, // not announced
	} {
		o, _ := tap(t, cfg, reader, stripe)
		if o.Result != want.result || o.CVM != want.cvm || o.Stripe != (want.result == contactless.OnlineRequest) {
			t.Errorf("%s: %+v", reader, o)
		}
	}
}

func TestFormat80LeadsToTheRecords(t *testing.T) {
	cfg := careful()
	cfg.MSD = true
	k := newKernel(t, cfg, oda.Set{}, anActivation(t, "B6004000"))
	o := answering(t, k, unhex(t, "8006 0080 08010100 9000"),
		unhex(t, "7013 57114761739001010010D22122011143844489 9000"))
	if o.Result != contactless.OnlineRequest || !o.Stripe {
		t.Errorf("%+v %+v", o, k.Report())
	}
}

func TestTheHostsAnswerEndsARestart(t *testing.T) {
	for name, c := range map[string]struct {
		host    emv.HostAnswer
		result  contactless.Result
		dropped bool
	}{
		"approved":     {emv.HostAnswer{Result: emv.HostApproved}, contactless.Approved, false},
		"with scripts": {emv.HostAnswer{Result: emv.HostApproved, Scripts: []byte{0x72, 0x00}}, contactless.Approved, true},
		"with 91":      {emv.HostAnswer{Result: emv.HostDeclined, IssuerAuthentication: make([]byte, 8)}, contactless.Declined, true},
		"unable":       {emv.HostAnswer{Result: emv.HostUnable}, contactless.Declined, false},
	} {
		a := anActivation(t, everyReader)
		a.Start, a.Restart, a.Host = contactless.StartB, true, &c.host
		k := newKernel(t, careful(), oda.Set{}, a)
		s := k.Next(emv.Start())
		if s.Outcome == nil || s.Outcome.Result != c.result || s.Outcome.OfflineAC || k.Report().ScriptsDropped != c.dropped {
			t.Errorf("%s: %+v %+v", name, s.Outcome, k.Report())
		}
	}
}

func TestACardThatLeavesMayComeAgain(t *testing.T) {
	a, list := offlineTap(t)
	for cut := range len(list) {
		k := newKernel(t, offline(), publishedKeys(t), a)
		s := k.Next(emv.Start())
		for _, e := range list[:cut] {
			s = k.Next(emv.Response(e.answer))
		}
		if s.Outcome != nil {
			t.Fatal("ended early")
		}
		if s = k.Next(emv.CardGone()); s.Outcome == nil || s.Outcome.Result != contactless.TryAgain ||
			s.Outcome.Start != contactless.StartB {
			t.Errorf("cut at %d: %+v", cut, s.Outcome)
		}
	}
}

func TestInputsThatNobodyAwaitsChangeNothing(t *testing.T) {
	k := newKernel(t, careful(), oda.Set{}, anActivation(t, everyReader))
	if s := k.Next(emv.Response([]byte{0x90, 0x00})); s.Command != nil || s.Outcome != nil {
		t.Error("an answer before the start")
	}
	first := bytes.Clone(k.Next(emv.Start()).Command)
	for _, in := range []emv.Input{emv.Start(), emv.Selected(0), emv.PIN(emv.PINEntered), emv.Host(emv.HostAnswer{})} {
		if got := k.Next(in).Command; !bytes.Equal(got, first) {
			t.Errorf("input %d: %X", in.Kind, got)
		}
	}
	if s := k.Next(emv.Abort()); s.Outcome == nil || s.Outcome.Result != contactless.EndApplication {
		t.Errorf("abort: %+v", s.Outcome)
	}
}

func TestWipeLeavesNothingOfTheCard(t *testing.T) {
	a, list := offlineTap(t)
	k := newKernel(t, offline(), publishedKeys(t), a)
	run(t, k, list)
	if !bytes.Contains(k.static[:cap(k.static)], unhex(t, "4761739001010010")) {
		t.Fatal("the PAN was never in the signed records, so this test shows nothing")
	}
	k.Wipe()
	if bytes.Contains(k.static[:cap(k.static)], unhex(t, "4761")) || len(k.AccountTLV(nil)) != 0 || len(k.HostTLV(nil)) != 0 {
		t.Error("something of the card is left")
	}
	if s := k.Next(emv.Start()); s.Outcome == nil || s.Outcome.Result != contactless.Approved {
		t.Error("the outcome is gone")
	}
}
