package emv

import (
	"testing"

	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

func TestAccountDataThatDisagreeAreACardError(t *testing.T) {
	good := map[string]string{
		"5A": "4761739001010010", "57": "4761739001010010D31122010000000001", "5F24": "311231", "5F34": "01",
	}
	for name, c := range map[string]struct {
		tag, value string
		want       Reason
	}{
		"as it should be":             {"5F34", "01", ReasonNone},
		"track unpadded":              {"57", "4761739001010010D31122010000000001", ReasonNone},
		"track padded":                {"57", "4761739001010010D311220112345F", ReasonNone},
		"another PAN in the track":    {"57", "4761739001010028D31122010000000001", ReasonAccount},
		"another expiry in the track": {"57", "4761739001010010D31112010000000001", ReasonAccount},
		"no separator":                {"57", "47617390010100103112201000000001", ReasonAccount},
		"track cut":                   {"57", "4761739001010010D311", ReasonAccount},
		"letters in the service code": {"57", "4761739001010010D3112A010000000001", ReasonAccount},
		"digits behind the padding":   {"57", "4761739001010010D31122011F34", ReasonAccount},
		"track too long":              {"57", "4761739001010010D3112201000000000100000000", ReasonAccount},
		"check digit":                 {"5A", "4761739001010011", ReasonAccount},
		"PAN of eleven digits":        {"5A", "47617390010F", ReasonAccount},
		"PAN of twenty digits":        {"5A", "47617390010100100000", ReasonAccount},
		"PAN with letters":            {"5A", "4761739A01010010", ReasonAccount},
		"PAN with much padding":       {"5A", "4761739001010010FFFFFF", ReasonAccount},
		"month 13":                    {"5F24", "311331", ReasonDate},
		"day 0":                       {"5F24", "311200", ReasonDate},
		"hexadecimal sequence number": {"5F34", "0A", ReasonAccount},
	} {
		tx := New(testConfig(t, "A0000000031010"), testOrder())
		atApplication(t, tx, "0000", "08010100")
		put(t, &tx.card, good)
		tx.card.Set(tagOf(t, c.tag), unhex(t, c.value))
		if got := tx.checkAccount(); got != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestATerminalsOwnDataCannotBeReplacedByTheCard(t *testing.T) {
	tx := New(testConfig(t, "A0000000031010"), testOrder())
	atApplication(t, tx, "0000", "08010100")
	tx.keepElement(tlv.Element{Tag: tlv.Tag9F02AmountAuthorised, Value: make([]byte, 6)})
	if v, _ := tx.lookup(tlv.Tag9F02AmountAuthorised); string(v) != string(objects.BCD(testOrder().Amount, 6)) {
		t.Errorf("the amount is %X", v)
	}
	tx.keepElement(tlv.Element{Tag: tlv.Tag9F26ApplicationCryptogram, Value: make([]byte, 8)})
	if tx.card.Has(tlv.Tag9F26ApplicationCryptogram) {
		t.Error("a record planted a cryptogram")
	}
}
