package parameters

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // the check value of EMV's CA keys
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/oda"
)

// key has a modulus of so many bits that is nobody's.
func key(index byte, bits int) CAKey {
	k := CAKey{RID: Hex{0xA0, 0, 0, 0, 0x03}, Index: Hex{index}, Modulus: bytes.Repeat(Hex{0xC1}, bits/8), Exponent: Hex{3}}
	k.sum()
	return k
}

func (k *CAKey) sum() {
	sum := sha1.Sum(bytes.Join([][]byte{k.RID, k.Index, k.Modulus, k.Exponent}, nil)) //nolint:gosec // EMV's own
	k.Check = sum[:]
}

func sample() Document {
	return Document{
		Version: 3, Currency: "EUR", MinBits: 1024, Reader: json.RawMessage(`{"contact":{"terminal_type":"21"}}`),
		NotBefore: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2027, 5, 1, 0, 0, 0, 0, time.UTC),
		CAKeys:  []CAKey{key(1, 1408), key(2, 1984)},
		Revoked: []Revoked{{RID: Hex{0xA0, 0, 0, 0, 0x03}, Index: Hex{1}, Serial: Hex{1, 2, 3}}, {RID: Hex{0xA0, 0, 0, 0, 0x03}, Index: Hex{1}, Serial: Hex{4, 5, 6}}},
		Policy:  Policy{Interfaces: []string{InterfaceChip, InterfaceStripe}, Keyed: true, FallbackPerHour: 20, FallbackPerCard: 3},
	}
}

func encoded(t testing.TB, d Document) []byte {
	t.Helper()
	b, err := d.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestADocumentIsReadAsItWasWritten(t *testing.T) {
	b := encoded(t, sample())
	d, err := Parse(b)
	if err != nil || !reflect.DeepEqual(d, sample()) {
		t.Fatalf("%+v, %v", d, err)
	}
	set, err := d.Set()
	if err != nil {
		t.Fatal(err)
	}
	if _, found := set.Find(oda.RID(d.CAKeys[1].RID), 2); !found {
		t.Error("a key is missing")
	}
	if got := Serials(d.Revoked, d.CAKeys[0].RID, []byte{1}); !bytes.Equal(got, []byte{1, 2, 3, 4, 5, 6}) {
		t.Errorf("revoked: %x", got)
	}
	if got := Serials(d.Revoked, d.CAKeys[0].RID, []byte{2}); got != nil {
		t.Errorf("revoked under another key: %x", got)
	}
	if !d.Policy.Opens(InterfaceStripe) || d.Policy.Opens(InterfaceContactless) {
		t.Error("interfaces")
	}
}

func TestDocumentsThatAreNotCanonicalAreRefused(t *testing.T) {
	good := string(encoded(t, sample()))
	for name, b := range map[string]string{
		"nothing":               "",
		"an array":              "[]",
		"null":                  "null",
		"a space":               strings.Replace(good, `:3,`, `: 3,`, 1),
		"a line behind":         good + "\n",
		"a second object":       good + "{}",
		"an unknown name":       strings.Replace(good, `"min_bits"`, `"max_bits"`, 1),
		"a name twice":          strings.Replace(good, `{"version":3`, `{"version":3,"version":3`, 1),
		"names in upper case":   strings.Replace(good, `"currency"`, `"Currency"`, 1),
		"digits in lower case":  strings.Replace(good, `"A000000003"`, `"a000000003"`, 1),
		"an odd digit":          strings.Replace(good, `"A000000003"`, `"A00000003"`, 1),
		"spaces for the reader": strings.Replace(good, `{"contact"`, `{ "contact"`, 1),
		"an empty list":         strings.Replace(good, `"ca_keys":[`, `"ca_keys":[],"x":[`, 1),
	} {
		if b == good {
			t.Fatalf("%s: changed nothing", name)
		}
		if _, err := Parse([]byte(b)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Parse(make([]byte, MaxBody+1)); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
}

func TestValuesOutOfTheirRangeAreRefused(t *testing.T) {
	test := time.Date(2026, 5, 1, 0, 0, 0, 1, time.UTC)
	for name, c := range map[string]struct {
		spoil func(*Document)
		want  error
	}{
		"version zero":              {func(d *Document) { d.Version = 0 }, ErrValue},
		"no currency":               {func(d *Document) { d.Currency = "" }, ErrValue},
		"a currency in lower case":  {func(d *Document) { d.Currency = "eur" }, ErrValue},
		"no interface":              {func(d *Document) { d.Policy.Interfaces = nil }, ErrValue},
		"an unknown interface":      {func(d *Document) { d.Policy.Interfaces = []string{"air"} }, ErrValue},
		"an interface twice":        {func(d *Document) { d.Policy.Interfaces = []string{"chip", "chip"} }, ErrValue},
		"interfaces in disorder":    {func(d *Document) { d.Policy.Interfaces = []string{"stripe", "chip"} }, ErrValue},
		"fallbacks below zero":      {func(d *Document) { d.Policy.FallbackPerCard = -1 }, ErrValue},
		"more for one than for all": {func(d *Document) { d.Policy.FallbackPerCard = 21 }, ErrValue},
		"refunds without a day":     {func(d *Document) { d.Policy.RefundLimit = 5 }, ErrValue},
		"a day without refunds":     {func(d *Document) { d.Policy.RefundPerDay = 5 }, ErrValue},
		"a refund above its day":    {func(d *Document) { d.Policy.RefundLimit, d.Policy.RefundPerDay = 5, 4 }, ErrValue},
		"refunds below zero":        {func(d *Document) { d.Policy.RefundLimit, d.Policy.RefundPerDay = -5, 4 }, ErrValue},
		"offline without a count":   {func(d *Document) { p := &d.Policy; p.OfflineLimit, p.OfflineSum, p.OfflineHours = 1, 1, 1 }, ErrValue},
		"offline without an age":    {func(d *Document) { p := &d.Policy; p.OfflineLimit, p.OfflineSum, p.OfflineCount = 1, 1, 1 }, ErrValue},
		"too many fallbacks":        {func(d *Document) { d.Policy.FallbackPerHour = 1001 }, ErrValue},
		"nothing for the reader":    {func(d *Document) { d.Reader = json.RawMessage(`{}`) }, ErrValue},
		"a list for the reader":     {func(d *Document) { d.Reader = json.RawMessage(`["contact"]`) }, ErrValue},
		"no JSON for the reader":    {func(d *Document) { d.Reader = json.RawMessage(`{"contact"}`) }, ErrValue},
		"short keys":                {func(d *Document) { d.MinBits = 1023 }, ErrValue},
		"shorter keys in a test":    {func(d *Document) { d.Test, d.MinBits = true, 511 }, ErrValue},
		"impossible keys":           {func(d *Document) { d.MinBits = 1985 }, ErrValue},
		"an end before its begin":   {func(d *Document) { d.NotAfter = d.NotBefore }, ErrValue},
		"parts of a second":         {func(d *Document) { d.NotBefore = test }, ErrValue},
		"a local time":              {func(d *Document) { d.NotAfter = d.NotAfter.In(time.FixedZone("x", 3600)) }, ErrValue},
		"a key below the floor":     {func(d *Document) { d.MinBits = 1409 }, oda.ErrKey},
		"a false check value":       {func(d *Document) { d.CAKeys[0].Check[0]++ }, oda.ErrCheck},
		"a key twice":               {func(d *Document) { d.CAKeys = append(d.CAKeys, d.CAKeys[0]) }, oda.ErrDuplicate},
		"a short RID":               {func(d *Document) { d.CAKeys[0].RID = d.CAKeys[0].RID[:4] }, ErrKeys},
		"no index":                  {func(d *Document) { d.CAKeys[0].Index = nil }, ErrKeys},
		"an expiry that is no day":  {func(d *Document) { d.CAKeys[0].Expiry = Hex{0x31, 0x13, 0x31} }, oda.ErrKey},
		"a short serial number":     {func(d *Document) { d.Revoked[0].Serial = Hex{1, 2} }, ErrKeys},
		"too many revoked": {func(d *Document) {
			for range MaxRevokedPerKey {
				d.Revoked = append(d.Revoked, d.Revoked[0])
			}
		}, ErrKeys},
	} {
		d := sample()
		c.spoil(&d)
		if _, err := d.Encode(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestADocumentIsInForceInItsTime(t *testing.T) {
	d := sample()
	for _, c := range []struct {
		now  time.Time
		want error
	}{
		{d.NotBefore.Add(-time.Second), ErrNotYet}, {d.NotBefore, nil}, {d.NotAfter, nil}, {d.NotAfter.Add(time.Second), ErrExpired},
	} {
		if err := d.InForce(c.now); !errors.Is(err, c.want) {
			t.Errorf("%v: %v", c.now, err)
		}
	}
	if err := (Document{}).InForce(time.Now()); err != nil {
		t.Errorf("without limits: %v", err)
	}
}

func TestALongDocumentIsNotEncoded(t *testing.T) {
	d := sample()
	d.Reader = json.RawMessage(`{"contact":"` + strings.Repeat("A", MaxBody) + `"}`)
	if _, err := d.Encode(); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
}

// Every published test key is refused in a document that is not one for tests.
func TestPublishedTestKeysAreForTestsAlone(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "shared", "vectors", "emv_oda.json"))
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("the shared vectors are missing and this is CI")
		}
		t.Log("LEFT OUT: ../shared/vectors is not here")
		return
	}
	var v struct {
		Keys []struct {
			CAKey
			Check       Hex    `json:"check_sha1"`
			Environment string `json:"environment"`
		} `json:"ca_keys"`
		TestOnly []struct {
			CAKey
			Check Hex `json:"check_sha1"`
		} `json:"ca_keys_test_only"`
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	tests, live := 0, 0
	check := func(k CAKey, check Hex, isTest bool) {
		d := sample()
		k.Check = check
		d.CAKeys, d.Revoked = []CAKey{k}, nil
		err := d.Check()
		if isTest != errors.Is(err, ErrTestKey) {
			t.Errorf("%X %X: %v", []byte(k.RID), []byte(k.Index), err)
		}
		if d.Test, d.MinBits = true, minTestBits; d.Check() != nil {
			t.Errorf("%X %X in a test: %v", []byte(k.RID), []byte(k.Index), d.Check())
		}
	}
	for _, k := range v.Keys {
		check(k.CAKey, k.Check, k.Environment == "test")
		if k.Environment == "test" {
			tests++
		} else {
			live++
		}
	}
	for _, k := range v.TestOnly {
		check(k.CAKey, k.Check, true)
		tests++
	}
	if tests < 30 || live < 10 {
		t.Errorf("%d and %d keys: the file is another", tests, live)
	}
}

func FuzzCanonicalDocument(f *testing.F) {
	f.Add(encoded(f, sample()))
	d := sample()
	d.Test, d.NotBefore, d.NotAfter, d.CAKeys, d.Revoked = true, time.Time{}, time.Time{}, nil, nil
	f.Add(encoded(f, d))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := Parse(b)
		if err != nil {
			return
		}
		if again, err := d.Encode(); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%s became %s, %v", b, again, err)
		}
	})
}
