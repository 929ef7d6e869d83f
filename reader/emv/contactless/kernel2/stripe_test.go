package kernel2

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

func TestTheRecordedChecksumFillsTrack2(t *testing.T) {
	r := recordings()[4]
	list := readTranscript(t, r.file)
	k := r.kernel(t, list)
	play(t, k, list)
	l, err := tlv.Parse(k.AccountTLV(nil))
	if err != nil {
		t.Fatal(err)
	}
	two, _ := l.Find(tag9F6BTrack2)
	// PCVC3 000E: places 1 to 3 have the end of A2C4 (41668: 668); PUNATC 0E70:
	// places 4 to 6 have 893 of the number, 9 to 11 the end of 03F9 (1017: 017);
	// the mark is 3.
	if got := hex.EncodeToString(two); !strings.EqualFold(got, "5413339000001513D49121019017998936683F") {
		t.Errorf("track 2: %s", got)
	}
}

func TestTheNumberOfTheOrderIsCutToItsDigits(t *testing.T) {
	for n, want := range map[int]string{0: "00000000", 3: "00000893", 8: "68000893"} {
		if got := unNumeric([4]byte{0x33, 0xBC, 0xA4, 0x7D}, n); !bytes.Equal(got, unhex(t, want)) {
			t.Errorf("%d digits: %X", n, got)
		}
	}
}

func TestBitmapsThatDoNotFitAreRefused(t *testing.T) {
	for why, record := range map[string]string{
		"place outside the track": "9F65028000" + "9F66020E70" + "9F670103",
		"more counter than room":  "9F6502000E" + "9F66020E70" + "9F670107",
		"more than eight digits":  "9F6502000E" + "9F66021FFE" + "9F670100",
	} {
		record += "9F6B135413339000001513D49121019000990000000F"
		k := begun(t, func(c *Config, _ *emv.Order) { c.Stripe = &Stripe{Version: emv.Hex{0, 1}} })
		k.card.Drop(tlv.Tag82ApplicationInterchangeProfile)
		body := unhex(t, record)
		s := ask(t, k, "770A820200009404080101009000", hex.EncodeToString(append([]byte{0x70, byte(len(body))}, body...))+"9000")
		if s.Outcome == nil || s.Outcome.Result != contactless.EndApplication || k.Indication().L2 != ErrorCardData {
			t.Errorf("%s: %+v %+v", why, s.Outcome, k.Indication())
		}
	}
}

func TestTracksOfTwoAccountsAreRefused(t *testing.T) {
	two := track2(unhex(t, "5413330056003511D1412101067750500F"))
	for text, want := range map[string]bool{
		"B5413330056003511^CUST^14121010677505": true,
		"B5413330056003512^CUST^14121010677505": false,
		"B5413330056003511^CUST^15121010677505": false,
		"B5413330056003511^CUST14121010677505":  false,
	} {
		if sameAccount(track1([]byte(text)), two) != want {
			t.Errorf("%s: want %v", text, want)
		}
	}
}

func TestAPhoneAsksForItself(t *testing.T) {
	for bits, want := range map[string]contactless.Message{
		"000001": contactless.MessageSeePhone, "000100": contactless.MessageSeePhone, "000200": contactless.MessageSeePhone,
		"000002": contactless.MessageNotAuthorised,
	} {
		k := begun(t, nil)
		k.card.Set(tlv.Tag9F27CryptogramInformationData, []byte{0x80})
		k.card.Set(tagDF4BPOSInteraction, unhex(t, bits))
		s := k.conclude()
		if s.Outcome.Result != contactless.EndApplication || s.Outcome.Start != contactless.StartB ||
			s.Outcome.OnOutcome.Message != want || s.Outcome.OnRestart.Status != contactless.UIReadyToRead {
			t.Errorf("%s: %+v", bits, s.Outcome)
		}
	}
	k := begun(t, nil)
	k.card.Set(tlv.Tag9F27CryptogramInformationData, []byte{0x80})
	k.card.Set(tagDF4BPOSInteraction, []byte{0, 0x10, 0})
	if s := k.conclude(); s.Outcome.Result != contactless.OnlineRequest || !k.verifiedOnDevice() {
		t.Errorf("%+v", s.Outcome)
	}
}

func TestRelayMarksGoIntoTrack2WithoutCDA(t *testing.T) {
	k := begun(t, func(c *Config, _ *emv.Order) { c.Relay = &Relay{} })
	k.card.Set(tlv.Tag57Track2EquivalentData, unhex(t, "5413330000000001D31122010000000000000F"))
	k.card.Set(tag8FCAKeyIndex, []byte{0x06})
	k.terminal.Set(tagDF8307RelayCounter, []byte{1})
	k.takeRelay(unhex(t, "01020304003200640014"), 500)
	k.markTrack2()
	// key 6, attempt 1, 0304 = 00772, 02 = 002, 50 ms
	if got := k.card.Value(tlv.Tag57Track2EquivalentData); !bytes.Equal(got, unhex(t, "5413330000000001D3112201610077200205"+"0F")) {
		t.Errorf("%X", got)
	}
}
