package kernel2

import (
	"bytes"
	"testing"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/secureworld/oda"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// begun is a kernel that has taken AIP 5980 and nothing else.
func begun(t testing.TB, change func(*Config, *emv.Order)) *Kernel {
	t.Helper()
	cfg, order := testConfig(t), testOrder()
	if change != nil {
		change(&cfg, &order)
	}
	k, err := Activate(cfg, oda.Set{}, contactless.Activation{
		Order: order, AID: cfg.Applications[0].AID, FCI: unhex(t, "6F098407A0000000041010"),
	})
	if err != nil {
		t.Fatal(err)
	}
	k.Next(emv.Start())
	k.card.Set(tlv.Tag82ApplicationInterchangeProfile, []byte{0x19, 0x80})
	return k
}

func TestCVMListsAreWalked(t *testing.T) {
	for _, c := range []struct {
		why, list, results string
		aip                byte
		amount             uint64
		cvm                contactless.CVM
		tvr                string
	}{
		{"no CVM below the limit", "00000000000000001F00", "1F0002", 0x19, 1, contactless.CVMNone, "0000000000"},
		{"PIN above it", "000000000000000042031F03", "420300", 0x19, 5001, contactless.CVMOnlinePIN, "0000040000"},
		{"signature with its apply-next bit", "00000000000000005E031F03", "5E0300", 0x19, 5001, contactless.CVMSignature, "0000000000"},
		{"no CVM is not enough above the limit", "00000000000000001F03", "3F0001", 0x19, 5001, contactless.CVMNone, "0000800000"},
		{"no next rule", "000000000000000001001F00", "3F0001", 0x19, 1, contactless.CVMNone, "0000800000"},
		{"offline PIN passed over", "000000000000000041001F00", "1F0002", 0x19, 1, contactless.CVMNone, "0000000000"},
		{"unknown method", "000000000000000060001F00", "1F0002", 0x19, 1, contactless.CVMNone, "0000400000"},
		{"failure is demanded", "00000000000000000000", "000001", 0x19, 1, contactless.CVMNone, "0000800000"},
		{"apply next behind the last rule", "00000000000000004100", "3F0001", 0x19, 1, contactless.CVMNone, "0000800000"},
		{"under X in its currency", "000000640000000042061F00", "420600", 0x19, 5001, contactless.CVMOnlinePIN, "0000040000"},
		{"not under X", "00000064000000005E061F00", "3F0001", 0x19, 5001, contactless.CVMNone, "0000800000"},
		{"no rules", "0000000000000000", "3F0000", 0x19, 1, contactless.CVMNone, "2000000000"},
		{"not supported by the card", "000000000000000042031F03", "3F0000", 0x09, 5001, contactless.CVMNone, "0000000000"},
	} {
		k := begun(t, func(_ *Config, o *emv.Order) { o.Amount = c.amount })
		k.card.Set(tlv.Tag82ApplicationInterchangeProfile, []byte{c.aip, 0x80})
		k.card.Set(tlv.Tag9F42ApplicationCurrencyCode, []byte{0x09, 0x78})
		list := unhex(t, c.list)
		if c.why == "under X in its currency" {
			list = unhex(t, "0000FFFF0000000042061F00")
		}
		k.card.Set(tlv.Tag8ECVMList, list)
		k.announceCVM()
		if !k.selectCVM() || k.cvm != c.cvm || !bytes.Equal(k.terminal.Value(tlv.Tag9F34CVMResults), unhex(t, c.results)) || !bytes.Equal(k.tvr(), unhex(t, c.tvr)) {
			t.Errorf("%s: %v, 9F34 %X, TVR %X", c.why, k.cvm, k.terminal.Value(tlv.Tag9F34CVMResults), k.tvr())
		}
	}
}

func TestAHalfRuleIsRefused(t *testing.T) {
	k := begun(t, nil)
	k.card.Set(tlv.Tag8ECVMList, make([]byte, 9))
	if k.selectCVM() {
		t.Error("it was accepted")
	}
}

func TestRestrictionsSetTheirBits(t *testing.T) {
	for _, c := range []struct {
		why, tag, value, tvr string
		kind                 byte
	}{
		{"version", "9F08", "0003", "0080000000", 0},
		{"same version", "9F08", "0002", "0000000000", 0},
		{"not for goods here", "9F07", "8700", "0010000000", 0},
		{"not for cash here", "9F07", "3D00", "0010000000", 0x01},
		{"not at shops", "9F07", "FE00", "0010000000", 0},
		{"all allowed", "9F07", "FFC0", "0000000000", 0},
		{"not yet effective", "5F25", "190820", "0020000000", 0},
		{"effective today", "5F25", "190819", "0000000000", 0},
		{"expired", "5F24", "190818", "0040000000", 0},
		{"valid today", "5F24", "190819", "0000000000", 0},
	} {
		k := begun(t, func(_ *Config, o *emv.Order) { o.TransactionType = c.kind })
		k.card.Set(tlv.Tag5F24ApplicationExpirationDate, []byte{0x30, 0x12, 0x31})
		k.card.Set(tlv.Tag5F28IssuerCountryCode, []byte{0x00, 0x56})
		tag := tlv.Tag(0)
		for _, b := range unhex(t, c.tag) {
			tag = tag<<8 | tlv.Tag(b)
		}
		k.card.Set(tag, unhex(t, c.value))
		if !k.restrict() || !bytes.Equal(k.tvr(), unhex(t, c.tvr)) {
			t.Errorf("%s: TVR %X", c.why, k.tvr())
		}
	}
}

func TestTheTerminalTypeDecidesWithTheActionCodes(t *testing.T) {
	for _, c := range []struct {
		why     string
		kind    byte
		offline bool
		tvr     bit
		iac     string // all three; empty: absent
		want    byte
	}{
		{"clean, able to go online", 0x22, true, 0, "0000000000", acTC},
		{"clean, offline approval off", 0x22, false, 0, "0000000000", acARQC},
		{"clean, absent codes", 0x22, true, 0, "", acTC},
		{"relay resistance not performed is no fault", 0x22, true, tvrRelayNotPerformed, "", acTC},
		{"a fault, absent codes", 0x22, true, tvrNotYetEffective, "", acARQC},
		{"a fault that nobody minds", 0x22, true, tvrNotYetEffective, "0000000000", acTC},
		{"a fault that the issuer denies", 0x22, true, tvrNotYetEffective, "0020000000", acAAC},
		{"online only", 0x21, true, 0, "0000000000", acARQC},
		{"offline only, clean", 0x23, true, 0, "0000000000", acTC},
		{"offline only, a fault", 0x23, true, tvrNotYetEffective, "", acAAC},
		{"denied by the reader", 0x22, true, tvrCDAFailed, "0000000000", acAAC},
	} {
		k := begun(t, func(cfg *Config, _ *emv.Order) { cfg.TerminalType, cfg.OfflineApproval = emv.Hex{c.kind}, c.offline })
		if c.tvr != 0 {
			k.setTVR(c.tvr)
		}
		if c.iac != "" {
			for _, tag := range []tlv.Tag{tlv.Tag9F0DIssuerActionCodeDefault, tlv.Tag9F0EIssuerActionCodeDenial, tlv.Tag9F0FIssuerActionCodeOnline} {
				k.card.Set(tag, unhex(t, c.iac))
			}
		}
		if got := k.analyse(); got != c.want {
			t.Errorf("%s: %02X", c.why, got)
		}
	}
}

// begunAtOptions awaits the answer to GET PROCESSING OPTIONS.
func begunAtOptions(t testing.TB) *Kernel {
	t.Helper()
	k := begun(t, nil)
	k.card.Drop(tlv.Tag82ApplicationInterchangeProfile)
	return k
}

// ask goes on from the options with these answers to READ RECORD and what comes.
func ask(t testing.TB, k *Kernel, answers ...string) contactless.Step {
	t.Helper()
	s := contactless.Step{}
	for _, a := range answers {
		s = k.Next(emv.Response(unhex(t, a)))
	}
	return s
}

func TestFaultyAnswersEndTheApplication(t *testing.T) {
	const options = "770A82021980940408010100" + "9000"
	for _, c := range []struct {
		why     string
		answers []string
		result  contactless.Result
		problem L2Error
	}{
		{"options refused", []string{"6985"}, contactless.SelectNext, ErrorStatusBytes},
		{"options without AFL", []string{"7704820219809000"}, contactless.EndApplication, ErrorDataMissing},
		{"options malformed", []string{"770582021980" + "9000"}, contactless.EndApplication, ErrorParsing},
		{"AFL not in fours", []string{"770B8202198094050801010000" + "9000"}, contactless.EndApplication, ErrorCardData},
		{"AFL with file 0", []string{"770A82021980940400010100" + "9000"}, contactless.EndApplication, ErrorCardData},
		{"format 1 of the options, empty AFL", []string{"800219809000"}, contactless.EndApplication, ErrorCardData},
		{"record missing", []string{options, "6A83"}, contactless.EndApplication, ErrorStatusBytes},
		{"record without template", []string{options, "5A0854133300000000019000"}, contactless.EndApplication, ErrorParsing},
		{"bytes behind the record", []string{options, "700000009000"}, contactless.EndApplication, ErrorParsing},
		{"element twice", []string{options, "70085F3401015F3401019000"}, contactless.EndApplication, ErrorParsing},
		{"a value of the reader", []string{options, "70079F3704000000009000"}, contactless.EndApplication, ErrorParsing},
		{"wrong length", []string{options, "70055F240230129000"}, contactless.EndApplication, ErrorParsing},
		{"nothing mandatory", []string{options, "70009000"}, contactless.EndApplication, ErrorDataMissing},
		{"check digit", []string{options, "70145A0854133300000000025F24033112318C0295059000"}, contactless.EndApplication, ErrorCardData},
		{"answer of one byte", []string{"90"}, contactless.EndApplication, ErrorParsing},
	} {
		k := begunAtOptions(t)
		s := ask(t, k, c.answers...)
		if s.Outcome == nil || s.Outcome.Result != c.result || k.Indication().L2 != c.problem {
			t.Errorf("%s: %+v, %+v", c.why, s.Outcome, k.Indication())
		}
	}
}
