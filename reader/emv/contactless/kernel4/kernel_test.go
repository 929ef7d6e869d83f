package kernel4

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless/kernel2"
	"github.com/strongroom-pos/strongroom/secureworld/oda"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func schemeKey(t *testing.T) oda.Set {
	t.Helper()
	raw, err := os.ReadFile("testdata/cakey.json")
	if err != nil {
		t.Fatal(err)
	}
	var k struct {
		RID, Index, Exponent, Modulus string
		Check                         string `json:"check_sha1"`
	}
	if err := json.Unmarshal(raw, &k); err != nil {
		t.Fatal(err)
	}
	set, err := oda.NewSet([]oda.CAKey{{
		RID: oda.RID(unhex(t, k.RID)), Index: unhex(t, k.Index)[0], Modulus: unhex(t, k.Modulus),
		Exponent: unhex(t, k.Exponent), Check: [20]byte(unhex(t, k.Check)),
	}}, nil, 1024)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func testConfig(t *testing.T) Config {
	none := make(emv.Hex, 5)
	return Config{
		Capabilities: emv.Hex{0xC0}, EnhancedCapabilities: unhex(t, "D8E00003"),
		EMV: kernel2.Config{
			TerminalType:  emv.Hex{0xE2}, // as the recorded reader gave it
			CardDataInput: emv.Hex{0}, Security: emv.Hex{8}, CVMRequired: emv.Hex{0x60}, CVMNotRequired: emv.Hex{8},
			Additional: none, OfflineApproval: true, AcceptAnyCheckDigit: true,
			Applications: []kernel2.Application{{
				AID: unhex(t, "A00000002501"), Version: emv.Hex{0, 1}, FloorLimit: 10000, CVMLimit: 5000, TransactionLimit: 100000,
				TACDefault: none, TACDenial: none, TACOnline: none,
			}},
		},
	}
}

// play runs the recorded card; its signature has flip added to one byte.
func play(t *testing.T, flip byte) (contactless.Kernel, contactless.Outcome) {
	t.Helper()
	text, err := os.ReadFile("testdata/amex-mobile-cda.apdu")
	if err != nil {
		t.Fatal(err)
	}
	answers, command := map[string]string{}, ""
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "> ") {
			command = line[2:]
		} else if strings.HasPrefix(line, "< ") {
			answers[command] = line[2:]
		}
	}
	make4, err := New(testConfig(t), schemeKey(t))
	if err != nil {
		t.Fatal(err)
	}
	fci := unhex(t, answers["00A4040008A00000002501090100"])
	k, err := make4(contactless.Activation{
		Order: emv.Order{Amount: 100, Currency: 36, Country: 36, Date: [3]byte{0x13, 0x06, 0x01}, UnpredictableNumber: [4]byte{0, 0, 0x10, 0x11}},
		AID:   unhex(t, "A000000025010901"), FCI: fci[:len(fci)-2],
	})
	if err != nil {
		t.Fatal(err)
	}
	s := k.Next(emv.Start())
	for s.Outcome == nil {
		known, ok := answers[strings.ToUpper(hex.EncodeToString(s.Command))]
		if !ok {
			t.Fatalf("not recorded: %X", s.Command)
		}
		b := unhex(t, known)
		if at := bytes.Index(b, []byte{0x9F, 0x4B, 0x70}); at > 0 {
			b[at+40] += flip
		}
		s = k.Next(emv.Response(b))
	}
	return k, *s.Outcome
}

func TestTheRecordedCardGoesOnline(t *testing.T) {
	k, o := play(t, 0)
	l, err := tlv.Parse(k.HostTLV(nil))
	if err != nil {
		t.Fatal(err)
	}
	ac, _ := l.Find(tlv.Tag9F26ApplicationCryptogram)
	if o.Result != contactless.OnlineRequest || o.CVM != contactless.CVMNone || !bytes.Equal(ac, unhex(t, "34008DDE8A57918A")) {
		t.Errorf("%+v, %X", o, ac)
	}
}

func TestItsAlteredTwinDoesNot(t *testing.T) {
	k, o := play(t, 1)
	if o.Result != contactless.EndApplication || k.(*kernel2.Kernel).Indication().L2 != kernel2.ErrorCAMFailed {
		t.Errorf("%+v", o)
	}
}

func TestWhatIsKernel2sAloneIsRefused(t *testing.T) {
	for why, change := range map[string]func(*Config){
		"mag-stripe mode":          func(c *Config) { c.EMV.Stripe = &kernel2.Stripe{Version: emv.Hex{0, 1}} },
		"relay resistance":         func(c *Config) { c.EMV.Relay = &kernel2.Relay{} },
		"torn transactions":        func(c *Config) { c.EMV.TornDepth, c.EMV.TornLifetime = 1, 60 },
		"on-device CVM":            func(c *Config) { c.EMV.OnDeviceCVM = true },
		"capabilities of no bytes": func(c *Config) { c.Capabilities = nil },
	} {
		c := testConfig(t)
		change(&c)
		if _, err := New(c, oda.Set{}); err == nil {
			t.Errorf("%s was accepted", why)
		}
	}
}
