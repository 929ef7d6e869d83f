package kernel3

import (
	"bytes"
	"testing"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/secureworld/oda"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// recorded is the activation of a transcript: exchange 1 is the final SELECT.
func recorded(t testing.TB, list []exchange, amount uint64, day, qualifiers string) contactless.Activation {
	t.Helper()
	a := anActivation(t, qualifiers)
	fci := list[1].answer
	a.FCI, a.Order.Amount, a.Order.Date = fci[:len(fci)-2], amount, date(t, day)
	return a
}

func onlineTap(t testing.TB) (contactless.Activation, []exchange) {
	list := readTranscript(t, "visa-k3-online.apdu")
	return recorded(t, list, 9000, "200316", "24C04000"), list[2:]
}

func offlineTap(t testing.TB) (contactless.Activation, []exchange) {
	list := readTranscript(t, "visa-k3-offline-fdda.apdu")
	return recorded(t, list, 200, "190819", "24004000"), list[2:]
}

func TestTheRecordedOnlineTapAsksTheHostWithOnlinePIN(t *testing.T) {
	a, list := onlineTap(t)
	k := newKernel(t, careful(), publishedKeys(t), a)
	o := run(t, k, list)
	if o.Result != contactless.OnlineRequest || o.CVM != contactless.CVMOnlinePIN || o.Stripe || o.OfflineAC ||
		o.OnOutcome == nil || o.OnOutcome.Message != contactless.MessageAuthorising {
		t.Errorf("outcome %+v", o)
	}
	if r := k.Report(); r.Cryptogram != ARQC || r.ODA != ODANotPerformed || r.Reason != emv.ReasonNone {
		t.Errorf("report %+v", r)
	}
	host := k.HostTLV(nil)
	for tag, want := range map[tlv.Tag]string{
		0x9F26: "48325309BE82CBA2", 0x9F27: "80", 0x9F36: "0077", 0x9F10: "06010A03A00000", 0x82: "2000",
		0x9F66: "24C04000", 0x9F6C: "9000", 0x9F37: "ABABABAB", 0x9F02: "000000009000", 0x95: "0000000000",
		0x5F2A: "0840", 0x9A: "200316", 0x9C: "00", 0x9F1A: "0840",
	} {
		if got := value(t, host, tag); !bytes.Equal(got, unhex(t, want)) {
			t.Errorf("%X is %X in DE 55", tag, got)
		}
	}
	if !bytes.Equal(k.AccountTLV(nil), unhex(t, "57114761739001010010D221220111438444895F340101")) {
		t.Error("the account data are not track 2 and sequence number")
	}
}

func TestTheRecordedOfflineTapIsApprovedByItsSignature(t *testing.T) {
	a, list := offlineTap(t)
	k := newKernel(t, offline(), publishedKeys(t), a)
	o := run(t, k, list)
	if o.Result != contactless.Approved || o.CVM != contactless.CVMNone || !o.OfflineAC ||
		o.OnOutcome.Message != contactless.MessageApproved {
		t.Errorf("outcome %+v", o)
	}
	if r := k.Report(); r != (Report{Cryptogram: TC, ODA: ODAPassed}) {
		t.Errorf("report %+v", r)
	}
	if got := value(t, k.HostTLV(nil), 0x9F27); !bytes.Equal(got, []byte{0x40}) {
		t.Errorf("9F27 derived from the verification results is %X", got)
	}
}

func TestWithoutOfflineApprovalTheCardIsToldAndItsTCGoesOnline(t *testing.T) {
	a, list := offlineTap(t)
	k := newKernel(t, careful(), publishedKeys(t), a)
	list[0].command = bytes.Replace(list[0].command, unhex(t, "24004000"), unhex(t, "24804000"), 1)
	o := run(t, k, list)
	if o.Result != contactless.OnlineRequest || k.Report() != (Report{Cryptogram: TC}) {
		t.Errorf("outcome %+v, report %+v", o, k.Report())
	}
}

// What follows a failure stands in 9F6C: nothing, online, another interface.
func TestAlteredTwinsOfTheOfflineTapFail(t *testing.T) {
	for name, c := range map[string]struct {
		exchange  int
		find, put string
		amount    uint64
		keyless   bool
	}{
		"signature":                 {exchange: 0, find: "9F4B7007C80C", put: "9F4B7007C80D"},
		"record byte":               {exchange: 1, find: "5F340101", put: "5F340102"},
		"expiry in the record":      {exchange: 1, find: "5F2403191231", put: "5F2403191230"},
		"issuer certificate":        {exchange: 2, find: "9081B05FAC", put: "9081B05FAD"},
		"issuer exponent":           {exchange: 2, find: "9F320103", put: "9F320105"},
		"unknown key index":         {exchange: 2, find: "8F0192", put: "8F0193"},
		"card certificate":          {exchange: 3, find: "9F468190A7", put: "9F468190A6"},
		"card exponent":             {exchange: 3, find: "9F470103", put: "9F470105"},
		"authentication data":       {exchange: 3, find: "9F69050169C1", put: "9F69050169C2"},
		"said to be version 00":     {exchange: 3, find: "9F690501", put: "9F690500"},
		"version nobody knows":      {exchange: 3, find: "9F690501", put: "9F690502"},
		"signature not there":       {exchange: 0, find: "9F4B70", put: "DF4B70"},
		"AIP without fDDA":          {exchange: 0, find: "82022000", put: "82020000"},
		"another amount than asked": {amount: 201},
		"no authority's key":        {keyless: true},
	} {
		t.Run(name, func(t *testing.T) {
			for qualifiers, want := range map[string]contactless.Result{
				"0000": contactless.Declined, "2000": contactless.OnlineRequest, "1000": contactless.TryAnotherInterface,
			} {
				a, list := offlineTap(t)
				a.TTQ[0] |= 0x10 // a contact chip slot to switch to
				list[0].command = bytes.Replace(list[0].command, unhex(t, "24004000"), unhex(t, "34004000"), 1)
				list[0].answer = replace(t, list[0].answer, "9F6C020000", "9F6C02"+qualifiers)
				if c.find != "" {
					list[c.exchange].answer = replace(t, list[c.exchange].answer, c.find, c.put)
				}
				if c.amount != 0 {
					a.Order.Amount = c.amount
					list[0].command = replace(t, list[0].command, "000000000200", "000000000201")
				}
				keys := publishedKeys(t)
				if c.keyless {
					keys = oda.Set{}
				}
				checkTwin(t, newKernel(t, offline(), keys, a), list, want)
			}
		})
	}
}

func checkTwin(t *testing.T, k *Kernel, list []exchange, want contactless.Result) {
	t.Helper()
	o := run(t, k, list)
	if o.Result != want || k.Report().ODA != ODAFailed || o.OfflineAC {
		t.Errorf("want %d: outcome %+v, report %+v", want, o, k.Report())
	}
	if (want == contactless.OnlineRequest) != (k.Report().Reason == emv.ReasonNone) {
		t.Errorf("reason %q", k.Report().Reason)
	}
}

func TestEverySingleByteOfASignedRecordMatters(t *testing.T) {
	_, clean := offlineTap(t)
	for i := 2; i < len(clean[1].answer)-2; i++ {
		a, list := offlineTap(t)
		list[1].answer[i] ^= 0x01
		k := newKernel(t, offline(), publishedKeys(t), a)
		s := k.Next(emv.Start())
		for j := 0; s.Outcome == nil && j < len(list); j++ {
			s = k.Next(emv.Response(list[j].answer))
		}
		if s.Outcome == nil || s.Outcome.Result == contactless.Approved {
			t.Errorf("byte %d changed and approved", i)
		}
	}
}

func replace(t testing.TB, b []byte, find, put string) []byte {
	t.Helper()
	if bytes.Count(b, unhex(t, find)) != 1 {
		t.Fatalf("%s is not there once", find)
	}
	return bytes.Replace(b, unhex(t, find), unhex(t, put), 1)
}
