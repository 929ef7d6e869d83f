package oda

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// hexBytes reads a hex string of a vector file.
type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

type keyRow struct {
	RID, Index, Exponent, Modulus hexBytes
	Check                         hexBytes `json:"check_sha1"`
}

func (k keyRow) key() CAKey {
	return CAKey{RID: RID(k.RID), Index: k.Index[0], Modulus: k.Modulus, Exponent: k.Exponent, Check: [20]byte(k.Check)}
}

// bare is the key without a check value.
func (k keyRow) bare() CAKey {
	return CAKey{RID: RID(k.RID), Index: k.Index[0], Modulus: k.Modulus, Exponent: k.Exponent}
}

type cardRow struct {
	Name       string
	CA         keyRow `json:"ca_key"`
	PAN        hexBytes
	Cert       hexBytes    `json:"issuer_certificate_90"`
	Remainder  hexBytes    `json:"issuer_remainder_92"`
	Exponent   hexBytes    `json:"issuer_exponent_9F32"`
	Issuer     expectedKey `json:"expect_issuer"`
	SSAD       hexBytes    `json:"ssad_93"`
	ExpectSSAD struct {
		DAC  hexBytes `json:"data_authentication_code"`
		Hash hexBytes
	} `json:"expect_ssad"`
	ICCCert      hexBytes    `json:"icc_certificate_9F46"`
	ICCRemainder hexBytes    `json:"icc_remainder_9F48"`
	ICCExponent  hexBytes    `json:"icc_exponent_9F47"`
	ICC          expectedKey `json:"expect_icc"`
	DDOL         hexBytes    `json:"ddol_data"`
	UN           hexBytes    `json:"unpredictable_number"`
	SDAD         hexBytes    `json:"sdad_9F4B"`
	ExpectDDA    struct {
		Number hexBytes `json:"icc_dynamic_number"`
	} `json:"expect_dda"`
	ExpectCDA struct {
		Number      hexBytes `json:"icc_dynamic_number"`
		CID         hexBytes
		Cryptogram  hexBytes
		Transaction hexBytes `json:"transaction_data_hash"`
	} `json:"expect_cda"`
	Dates []struct {
		Date        hexBytes `json:"transaction_date"`
		Issuer, ICC string
	}
	Reject []json.RawMessage
	Today  hexBytes `json:"transaction_date"` // of a rejection
}

// expectedKey is what a certificate must show; what is absent is not compared.
type expectedKey struct {
	Identifier, Serial, Modulus hexBytes
	Name                        hexBytes `json:"pan_field"`
	Expiry                      hexBytes `json:"expiry_mmyy"`
	Bits                        int      `json:"key_bits"`
}

// day is the first day that the row names, or the first of the month in which
// its certificate ends.
func (c cardRow) day() Date {
	switch {
	case len(c.Today) == 3:
		return Date(c.Today)
	case len(c.Dates) > 0:
		return Date(c.Dates[0].Date)
	case len(c.ICC.Expiry) == 2:
		return Date{c.ICC.Expiry[1], c.ICC.Expiry[0], 0x01}
	}
	return Date{c.Issuer.Expiry[1], c.Issuer.Expiry[0], 0x01}
}

type cardVectors struct {
	Keys  []keyRow `json:"ca_keys"`
	Cards []cardRow
}

func loadCards(t testing.TB) (v cardVectors) {
	t.Helper()
	readJSON(t, "testdata/cards.json", &v)
	if len(v.Keys) != 2 || len(v.Cards) != 2 {
		t.Fatal("a part of the vectors is missing")
	}
	return v
}

// everyCard is the cards of the project and all that are beside it.
func everyCard(t testing.TB) (sets []cardVectors) {
	t.Helper()
	sets = append(sets, loadCards(t))
	if _, v, found := shared(t); found {
		sets = append(sets, cardVectors{v.Keys, v.Cards})
	}
	return sets
}

type published struct {
	Cards       []cardRow
	Keys        []keyRow `json:"ca_keys"`
	TestOnly    []keyRow `json:"ca_keys_test_only"`
	BadCheck    []keyRow `json:"ca_keys_bad_check_value"`
	Contact     []runRow `json:"transcripts"`
	Contactless []runRow `json:"contactless_transcripts"`
	Scheme      struct {
		RID, Index hexBytes
		CA         struct{ N, E hexBytes }
	} `json:"test_scheme"`
}

// shared reads the bulk vectors beside the project. Where they are not, the test
// says so; in CI that is a failure.
func shared(t testing.TB) (dir string, v published, found bool) {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", "..")) // of the repository
	if err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(root, "..", "shared", "vectors")
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("the shared vectors are missing and this is CI")
		}
		t.Log("LEFT OUT: ../shared/vectors is not here")
		return "", v, false
	}
	readJSON(t, filepath.Join(dir, "emv_oda.json"), &v)
	if len(v.Keys) == 0 || len(v.TestOnly) == 0 || len(v.BadCheck) == 0 || len(v.Cards) == 0 ||
		len(v.Contact)+len(v.Contactless) == 0 {
		t.Fatal("a part of the vectors is missing")
	}
	return dir, v, true
}

func readJSON(t testing.TB, path string, v any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatal(err)
	}
}

func keysOf(rows ...keyRow) (keys []CAKey) {
	for _, r := range rows {
		keys = append(keys, r.key())
	}
	return keys
}

func mustSet(t testing.TB, keys []CAKey, revoked ...Revoked) Set {
	t.Helper()
	s, err := NewSet(keys, revoked, 0)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
