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

type cardRow struct {
	Name      string
	CA        keyRow `json:"ca_key"`
	PAN       hexBytes
	Cert      hexBytes `json:"issuer_certificate_90"`
	Remainder hexBytes `json:"issuer_remainder_92"`
	Exponent  hexBytes `json:"issuer_exponent_9F32"`
	Issuer    struct {
		Modulus hexBytes
		Bits    int `json:"key_bits"`
	} `json:"expect_issuer"`
	SSAD       hexBytes `json:"ssad_93"`
	ExpectSSAD struct {
		DAC  hexBytes `json:"data_authentication_code"`
		Hash hexBytes
	} `json:"expect_ssad"`
	ICCCert      hexBytes `json:"icc_certificate_9F46"`
	ICCRemainder hexBytes `json:"icc_remainder_9F48"`
	ICCExponent  hexBytes `json:"icc_exponent_9F47"`
	ICC          struct {
		Modulus hexBytes
		Bits    int `json:"key_bits"`
	} `json:"expect_icc"`
	DDOL      hexBytes `json:"ddol_data"`
	UN        hexBytes `json:"unpredictable_number"`
	SDAD      hexBytes `json:"sdad_9F4B"`
	ExpectDDA struct {
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

type published struct {
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
func shared(t *testing.T) (dir string, v published, found bool) {
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
	if len(v.Keys) < 32 || len(v.TestOnly) < 15 || len(v.BadCheck) < 5 || len(v.Contact)+len(v.Contactless) < 8 {
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
