package parameters

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // the check value of EMV's CA keys
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/estate/configuration"
	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless/entrypoint"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless/kernel2"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless/kernel3"
	"github.com/strongroom-pos/strongroom/secureworld/oda"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/parameters"
)

// demo is a demo's document with one authority, whose modulus is nobody's.
func demo() parameters.Document {
	d := configuration.Document(nil)
	rid, modulus := []byte(virtualcard.DemoRIDs()[0]), bytes.Repeat([]byte{0xC1}, 176)
	check := sha1.Sum(append(append(append(bytes.Clone(rid), 0xD0), modulus...), 3)) //nolint:gosec // EMV's own
	d.Version = 9
	d.CAKeys = []parameters.CAKey{{RID: rid, Index: parameters.Hex{0xD0}, Modulus: modulus, Exponent: parameters.Hex{3}, Check: check[:]}}
	d.Revoked = []parameters.Revoked{{RID: rid, Index: parameters.Hex{0xD0}, Serial: parameters.Hex{1, 2, 3}}}
	return d
}

func body(t testing.TB, d parameters.Document) []byte {
	t.Helper()
	b, err := d.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTheDemosParametersAreTakenWhole(t *testing.T) {
	d := demo()
	p, err := Parse(body(t, d))
	if err != nil {
		t.Fatal(err)
	}
	if p.Version != 9 || len(p.EntryPoint.Sets) != 2 || len(p.Kernel2.Applications) != 2 || p.Kernel3.Version == nil ||
		p.Kernel4 != nil || p.Stripe.ChipFailures != 3 || len(p.Whitelist.AIDs)+len(p.Whitelist.Prefixes) != 0 {
		t.Errorf("%+v", p)
	}
	for _, a := range p.Contact.Applications {
		if payment.BrandOfRID([5]byte(a.AID[:5])) == payment.BrandUnknown || a.OfflineApproval {
			t.Errorf("%X is of no scheme that a receipt can name, or approves offline", []byte(a.AID))
		}
	}
	if p.Contact.Capabilities[1]&0x80 != 0 {
		t.Error("a plaintext PIN is announced")
	}
	if _, found := p.Keys.Find(oda.RID(d.CAKeys[0].RID), 0xD0); !found || len(p.Contact.ODA.Keys) != 1 || len(p.Contact.ODA.Revoked) != 1 {
		t.Error("the authority is missing")
	}
}

func TestWithoutAuthoritiesNoDataAuthenticationMayBeAnnounced(t *testing.T) {
	d := demo()
	d.CAKeys, d.Revoked = nil, nil
	if _, err := Parse(body(t, d)); !errors.Is(err, emv.ErrConfig) {
		t.Error(err)
	}
	d.Reader = changed(t, d.Reader, `"E058C8"`, `"E04800"`)
	if p, err := Parse(body(t, d)); err != nil || p.Contact.ODA != nil {
		t.Error(err)
	}
}

func TestReadersPartsThatSlippedAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		old, new string
		want     error
	}{
		"an unknown part":         {`"stripe":`, `"strip":{},"stripe":`, ErrReader},
		"no contact part":         {`"contact":`, `"kernel4":{},"contac":`, ErrReader},
		"an unknown name inside":  {`"additional":`, `"additonal":"","additional":`, ErrReader},
		"keys in it":              {`"cardholder_selection":true`, `"oda":{"keys":[],"min_bits":1024}`, ErrReader},
		"an entry point's length": {`"34004000"`, `"340040"`, entrypoint.ErrConfig},
		"an offline PIN to tap":   {`"cvm_required":"40"`, `"cvm_required":"50"`, kernel2.ErrConfig},
		"kernel 3's length":       {`"version":"0096"}`, `"version":"96"}`, kernel3.ErrConfig},
		"a plaintext PIN":         {`"E058C8"`, `"E0D8C8"`, emv.ErrConfig},
		"no chip failure":         {`"chip_failures":3`, `"chip_failures":0`, ErrReader},
		"a list of its own":       {`"stripe":`, `"whitelist":[],"stripe":`, ErrReader},
		"an empty kernel 4":       {`"stripe":`, `"kernel4":{},"stripe":`, kernel2.ErrConfig},
	} {
		d := demo()
		d.Reader = changed(t, d.Reader, c.old, c.new)
		if _, err := Parse(body(t, d)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func changed(t testing.TB, raw json.RawMessage, old, new string) json.RawMessage {
	t.Helper()
	out := strings.Replace(string(raw), old, new, 1)
	if out == string(raw) {
		t.Fatalf("%s changed nothing", old)
	}
	return json.RawMessage(out)
}

func TestAWhitelistOfOtherCardsIsTaken(t *testing.T) {
	d := demo()
	d.Whitelist = parameters.Whitelist{AIDs: []parameters.Hex{{0xF0, 1, 2, 3, 4}}, Prefixes: []string{"970012"}}
	if p, err := Parse(body(t, d)); err != nil || len(p.Whitelist.AIDs) != 1 || len(p.Whitelist.Prefixes) != 1 {
		t.Error(err)
	}
}

func TestWhatAKernelTakesIsOnNoWhitelist(t *testing.T) {
	d := demo()
	d.Whitelist = parameters.Whitelist{AIDs: []parameters.Hex{{0xF0, 1, 2, 3, 4, 5}}}
	for _, aid := range []string{"F00102030409", "F001020304"} {
		taken := d
		taken.Reader = changed(t, d.Reader, `"A000000333010102"`, `"`+aid+`"`)
		if _, err := Parse(body(t, taken)); !errors.Is(err, ErrReader) {
			t.Errorf("%s: %v", aid, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(body(f, demo()))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Parse(b)
		if err == nil && (p.Version == 0 || len(p.Contact.Applications) == 0) {
			t.Fatalf("%+v", p)
		}
	})
}
