package kernel3

import (
	"bytes"
	"testing"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/secureworld/oda"
)

func TestCardholderVerificationFollowsBothQualifiers(t *testing.T) {
	for name, c := range map[string]struct {
		reader, cid, ctq, related string
		result                    contactless.Result
		cvm                       contactless.CVM
		why                       emv.Reason
	}{
		"nobody asks":                      {"36004000", "80", "0000", "", contactless.OnlineRequest, contactless.CVMNone, ""},
		"no qualifiers, nobody asks":       {"36004000", "80", "", "", contactless.OnlineRequest, contactless.CVMNone, ""},
		"card asks for online PIN":         {"36004000", "80", "8000", "", contactless.OnlineRequest, contactless.CVMOnlinePIN, ""},
		"PIN before signature":             {"36404000", "80", "C000", "", contactless.OnlineRequest, contactless.CVMOnlinePIN, ""},
		"PIN before the device":            {"36404000", "80", "8080", "", contactless.OnlineRequest, contactless.CVMOnlinePIN, ""},
		"no PIN pad, so signature":         {"32404000", "80", "C000", "", contactless.OnlineRequest, contactless.CVMSignature, ""},
		"no PIN pad, so the device":        {"32404000", "80", "8080", "", contactless.OnlineRequest, contactless.CVMDevice, ""},
		"device before signature":          {"36404000", "80", "4080", "", contactless.OnlineRequest, contactless.CVMDevice, ""},
		"card asks for signature":          {"36004000", "80", "4000", "", contactless.OnlineRequest, contactless.CVMSignature, ""},
		"neither can, none required":       {"30004000", "80", "C000", "", contactless.OnlineRequest, contactless.CVMNone, ""},
		"neither can, required":            {"30404000", "80", "C000", "", contactless.Declined, contactless.CVMNone, ReasonCVM},
		"required, card offers nothing":    {"36404000", "80", "0000", "", contactless.Declined, contactless.CVMNone, ReasonCVM},
		"required, no qualifiers":          {"36404000", "80", "", "", contactless.OnlineRequest, contactless.CVMSignature, ""},
		"required, none, no signature":     {"34404000", "80", "", "", contactless.OnlineRequest, contactless.CVMOnlinePIN, ""},
		"required, none, device only":      {"30404000", "80", "", "", contactless.Declined, contactless.CVMNone, ReasonCVM},
		"device, repeated in 9F69":         {"36404000", "80", "0080", "01112233440080", contactless.OnlineRequest, contactless.CVMDevice, ""},
		"device, not so in 9F69":           {"36404000", "80", "0080", "01112233440000", contactless.Declined, contactless.CVMNone, ReasonDeviceCVM},
		"device, 9F69 too short to say it": {"36404000", "80", "0080", "0111223344", contactless.Declined, contactless.CVMNone, ReasonDeviceCVM},
		"device, TC sent online, no 9F69":  {"36804000", "40", "0080", "", contactless.Declined, contactless.CVMNone, ReasonDeviceCVM},
	} {
		t.Run(name, func(t *testing.T) {
			o, k := tap(t, offline(), c.reader, typical().with(0x9F27, c.cid, 0x9F6C, c.ctq, 0x9F69, c.related, 0x5F24, "221231"))
			if o.Result != c.result || o.CVM != c.cvm || k.Report().Reason != c.why {
				t.Errorf("outcome %+v, report %+v", o, k.Report())
			}
		})
	}
}

func TestTheCryptogramDecides(t *testing.T) {
	for name, c := range map[string]struct {
		cid, iad string
		result   contactless.Result
		kind     Cryptogram
		why      emv.Reason
	}{
		"ARQC":                      {"80", "06010A03A00000", contactless.OnlineRequest, ARQC, ""},
		"AAC":                       {"00", "06010A03A00000", contactless.Declined, AAC, ReasonCard},
		"reserved":                  {"C0", "06010A03A00000", contactless.Declined, CryptogramNone, ReasonCryptogram},
		"unasked TC goes online":    {"40", "06010A03A00000", contactless.OnlineRequest, TC, ""},
		"ARQC by verification":      {"", "06010A03A00000", contactless.OnlineRequest, ARQC, ""},
		"AAC by verification":       {"", "06010A03800000", contactless.Declined, AAC, ReasonCard},
		"TC by verification":        {"", "06010A03900000", contactless.OnlineRequest, TC, ""},
		"9F27 counts where it is":   {"00", "06010A03900000", contactless.Declined, AAC, ReasonCard},
		"neither of them":           {"", "06010A03", contactless.EndApplication, CryptogramNone, emv.ReasonMissing},
		"no issuer data":            {"80", "", contactless.EndApplication, CryptogramNone, emv.ReasonMissing},
		"advice bits do not matter": {"88", "06010A03A00000", contactless.OnlineRequest, ARQC, ""},
	} {
		t.Run(name, func(t *testing.T) {
			o, k := tap(t, careful(), everyReader, typical().with(0x9F27, c.cid, 0x9F10, c.iad, 0x5F24, "221231"))
			if o.Result != c.result || k.Report().Cryptogram != c.kind || k.Report().Reason != c.why {
				t.Errorf("outcome %+v, report %+v", o, k.Report())
			}
			if o.OfflineAC != (c.kind == AAC) {
				t.Errorf("by the card: %v", o.OfflineAC)
			}
		})
	}
}

func TestATCWithoutASignatureIsNeverApproved(t *testing.T) {
	for ctq, want := range map[string]contactless.Result{
		"0000": contactless.Declined, "": contactless.Declined,
		"2000": contactless.OnlineRequest, "1000": contactless.TryAnotherInterface, "3000": contactless.OnlineRequest,
	} {
		o, k := tap(t, offline(), everyReader, typical().with(0x9F27, "40", 0x9F6C, ctq, 0x5F24, "221231"))
		if o.Result != want || k.Report().ODA != ODAFailed {
			t.Errorf("CTQ %s: %+v %+v", ctq, o, k.Report())
		}
	}
}

func TestAReaderWithoutAContactSlotDoesNotSendTheCardThere(t *testing.T) {
	o, k := tap(t, offline(), "26004000", typical().with(0x9F27, "40", 0x9F6C, "1000", 0x5F24, "221231"))
	if o.Result != contactless.Declined || k.Report().Reason != ReasonODA {
		t.Errorf("%+v %+v", o, k.Report())
	}
}

func TestAnOfflineOnlyReaderNeverGoesOnline(t *testing.T) {
	for name, c := range map[string]card{
		"ARQC":                   typical(),
		"TC, failed, CTQ online": typical().with(0x9F27, "40", 0x9F6C, "2000", 0x5F24, "221231"),
		"TC, expired":            typical().with(0x9F27, "40", 0x9F6C, "0800", 0x5F24, "200101"),
	} {
		o, _ := tap(t, offline(), "3E004000", c.with(0x57, "4761739001010010D22122011143844489"))
		if o.Result == contactless.OnlineRequest || o.Result == contactless.Approved {
			t.Errorf("%s: %+v", name, o)
		}
	}
	if _, err := New(careful(), oda.Set{}, anActivation(t, "3E004000")); err != ErrActivation {
		t.Errorf("a reader that can do nothing: %v", err)
	}
}

func TestExpiryCountsForATCOnly(t *testing.T) {
	old := typical().with(0x57, "4761739001010010D19122011143844489", 0x5F24, "191231")
	for name, c := range map[string]struct {
		card   card
		result contactless.Result
		why    emv.Reason
	}{
		"ARQC":                   {old, contactless.OnlineRequest, ""},
		"TC":                     {old.with(0x9F27, "40"), contactless.Declined, ReasonExpired},
		"TC, card wants online":  {old.with(0x9F27, "40", 0x9F6C, "0800"), contactless.OnlineRequest, ""},
		"TC without a date":      {typical().with(0x9F27, "40"), contactless.Declined, ReasonExpired},
		"TC on its last day":     {old.with(0x9F27, "40", 0x5F24, "200316", 0x57, "4761739001010010D20032011143844489", 0x9F6C, "2000"), contactless.OnlineRequest, ""},
		"TC the day after":       {old.with(0x9F27, "40", 0x5F24, "200315", 0x57, "4761739001010010D20032011143844489", 0x9F6C, "2000"), contactless.Declined, ReasonExpired},
		"date of no calendar":    {old.with(0x5F24, "191331"), contactless.EndApplication, emv.ReasonDate},
		"date not that of 57":    {old.with(0x5F24, "201231"), contactless.EndApplication, emv.ReasonAccount},
		"no digits in the track": {old.with(0x57, "476173900101001AD19122011143844489"), contactless.EndApplication, emv.ReasonAccount},
	} {
		t.Run(name, func(t *testing.T) {
			o, k := tap(t, offline(), everyReader, c.card)
			if o.Result != c.result || k.Report().Reason != c.why {
				t.Errorf("outcome %+v, report %+v", o, k.Report())
			}
		})
	}
}

// exceptions is a file of one account with its sequence number.
type exceptions struct{ pan, psn []byte }

func (e exceptions) Listed(pan, psn []byte) bool {
	return bytes.Equal(pan, e.pan) && bytes.Equal(psn, e.psn)
}

func TestTheExceptionFileStopsATC(t *testing.T) {
	for name, c := range map[string]struct {
		pan, cid string
		stop     bool
	}{
		"listed TC":   {"4761739001010010", "40", true},
		"other TC":    {"4761739001010011", "40", false},
		"listed ARQC": {"4761739001010010", "80", false},
	} {
		a := anActivation(t, everyReader)
		a.Order.Exceptions = exceptions{unhex(t, c.pan), []byte{0x01}}
		k := newKernel(t, careful(), oda.Set{}, a)
		o := answering(t, k, typical().with(0x9F27, c.cid, 0x5F24, "221231").answer(t), nil)
		if (o.Result == contactless.Declined) != c.stop || (k.Report().Reason == ReasonException) != c.stop {
			t.Errorf("%s: %+v %+v", name, o, k.Report())
		}
	}
}

func TestAnOrderMayWantTheHostsWord(t *testing.T) {
	for _, change := range []func(*emv.Order){
		func(o *emv.Order) { o.ForceOnline = true }, func(o *emv.Order) { o.OnlineOnly = true },
	} {
		a, list := offlineTap(t)
		change(&a.Order)
		list[0].command = replace(t, list[0].command, "24004000", "24804000")
		if o := run(t, newKernel(t, offline(), publishedKeys(t), a), list); o.Result != contactless.OnlineRequest {
			t.Errorf("%+v", o)
		}
	}
}

func TestCashAndCashbackAskTheUsageControl(t *testing.T) {
	for name, c := range map[string]struct {
		kind              byte
		other             uint64
		auc, country, ctq string
		unchecked         bool
		result            contactless.Result
	}{
		"cash at home":                  {0x01, 0, "8000", "0840", "0000", false, contactless.OnlineRequest},
		"cash abroad":                   {0x01, 0, "4000", "0978", "0000", false, contactless.OnlineRequest},
		"cash not at home":              {0x01, 0, "4000", "0840", "0000", false, contactless.Declined},
		"cash not abroad":               {0x01, 0, "8000", "0978", "0000", false, contactless.Declined},
		"cash by another way":           {0x01, 0, "4000", "0840", "0400", false, contactless.TryAnotherInterface},
		"cash, wrong switch":            {0x01, 0, "4000", "0840", "0200", false, contactless.Declined},
		"cash, nothing said":            {0x01, 0, "", "", "0000", false, contactless.Declined},
		"cash, no country":              {0x01, 0, "C000", "", "0000", false, contactless.Declined},
		"cash, not checked":             {0x01, 0, "", "", "0000", true, contactless.OnlineRequest},
		"cashback at home":              {0x09, 500, "0080", "0840", "0000", false, contactless.OnlineRequest},
		"cashback not at home":          {0x09, 500, "0040", "0840", "0000", false, contactless.Declined},
		"cashback by another way":       {0x09, 500, "0040", "0840", "0200", false, contactless.TryAnotherInterface},
		"purchase that is cashback":     {0x00, 500, "0040", "0840", "0000", false, contactless.Declined},
		"cashback, not checked":         {0x09, 500, "0000", "0840", "0000", true, contactless.OnlineRequest},
		"purchase of something else":    {0x00, 0, "0000", "0840", "0000", false, contactless.OnlineRequest},
		"refund has no usage bit to it": {0x20, 0, "0000", "0840", "0000", false, contactless.OnlineRequest},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := careful()
			cfg.CheckCash, cfg.CheckCashback = !c.unchecked, !c.unchecked
			a := anActivation(t, everyReader)
			a.Order.TransactionType, a.Order.AmountOther = c.kind, c.other
			k := newKernel(t, cfg, oda.Set{}, a)
			card := typical().with(0x9F07, c.auc, 0x5F28, c.country, 0x9F6C, c.ctq)
			if o := answering(t, k, card.answer(t), nil); o.Result != c.result {
				t.Errorf("outcome %+v, report %+v", o, k.Report())
			}
		})
	}
}

func TestMandatoryDataAndFormats(t *testing.T) {
	for name, c := range map[string]struct {
		card card
		why  emv.Reason
	}{
		"no cryptogram":         {typical().with(0x9F26, ""), emv.ReasonMissing},
		"no counter":            {typical().with(0x9F36, ""), emv.ReasonMissing},
		"no track 2":            {typical().with(0x57, ""), emv.ReasonMissing},
		"no AIP":                {typical().with(0x82, ""), emv.ReasonGPO},
		"short cryptogram":      {typical().with(0x9F26, "1122334455667"+"0"), emv.ReasonFormat},
		"long counter":          {typical().with(0x9F36, "000077"), emv.ReasonFormat},
		"AIP of three bytes":    {typical().with(0x82, "200000"), emv.ReasonFormat},
		"qualifiers too short":  {typical().with(0x9F6C, "00"), emv.ReasonFormat},
		"related data too long": {typical().with(0x9F69, "0100000000000000000000000000000000"), emv.ReasonFormat},
		"issuer data too long":  {typical().with(0x9F10, "060102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F2021"), emv.ReasonFormat},
		"another PAN in 5A":     {typical().with(0x5A, "4761739001010119", 0x5F24, "221231"), emv.ReasonAccount},
		"PAN failing Luhn":      {typical().with(0x57, "4761739001010011D22122011143844489"), emv.ReasonAccount},
		"track too long":        {typical().with(0x57, "4761739001010010D221220111438444890000FF"), emv.ReasonFormat},
		"PAN too long":          {typical().with(0x5A, "4761739001010010FFFFFF"), emv.ReasonFormat},
		"track without end":     {typical().with(0x57, "4761739001010010"), emv.ReasonAccount},
		"AFL cut":               {typical().with(0x94, "180101"), emv.ReasonGPO},
		"AFL of file 0":         {typical().with(0x94, "00010100"), emv.ReasonAFL},
		"record not there":      {typical().with(0x94, "18010101"), emv.ReasonStatus},
		"records without end":   {typical().with(0x94, "1801FF00"), emv.ReasonStatus},
	} {
		t.Run(name, func(t *testing.T) {
			o, k := tap(t, careful(), everyReader, c.card)
			if o.Result != contactless.EndApplication || k.Report().Reason != c.why ||
				o.OnOutcome.Message != contactless.MessageInsertSwipeOrOther {
				t.Errorf("outcome %+v, report %+v", o, k.Report())
			}
		})
	}
}

func TestThePANOfTrack2StandsForAMissing5A(t *testing.T) {
	for _, c := range []card{
		typical(), // 16 digits
		typical().with(0x57, "374245001751006D221220115021234500000F"), // 15
	} {
		if o, k := tap(t, careful(), everyReader, c); o.Result != contactless.OnlineRequest {
			t.Errorf("%+v %+v", o, k.Report())
		}
	}
}

func TestAnElementTwiceIsRefusedAndATerminalsIsIgnored(t *testing.T) {
	twice := typical().answer(t)
	twice = append(append([]byte{0x77, twice[1] + 4}, twice[2:len(twice)-2]...), 0x9F, 0x27, 0x01, 0x80, 0x90, 0x00)
	k := newKernel(t, careful(), oda.Set{}, anActivation(t, everyReader))
	if o := answering(t, k, twice, nil); o.Result != contactless.EndApplication || k.Report().Reason != emv.ReasonRedundant {
		t.Errorf("twice: %+v %+v", o, k.Report())
	}
	o, k := tap(t, careful(), everyReader, typical().with(0x9F37, "00000000", 0x9F02, "000000000001", 0x9F66, "00000000"))
	host := k.HostTLV(nil)
	if o.Result != contactless.OnlineRequest || value(t, host, 0x9F37)[0] != 0xAB ||
		value(t, host, 0x9F02)[4] != 0x90 || value(t, host, 0x9F66)[0] != 0x36 {
		t.Errorf("the card replaced the terminal's data: %X", host)
	}
}
