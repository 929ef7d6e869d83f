package cvv_test

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element/cvv"
)

type file struct {
	CVV []struct {
		CVK, PAN, Expiry, CVV string
		Service               string `json:"service_code"`
	}
	Reject []struct {
		Bytes       int     `json:"cvk_bytes"`
		PAN, Expiry *string //
		Service     *string `json:"service_code"`
		Why         string
	} `json:"cvv_reject"`
}

func load(t *testing.T) (f file) {
	t.Helper()
	dir, _ := os.Getwd()
	for ; dir != "/"; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
	}
	b, err := os.ReadFile(filepath.Join(dir, "..", "shared", "vectors", "cvv_pvv.json"))
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("the published vectors are missing")
		}
		t.Log("LEFT OUT: the published vectors are not on this machine")
		return f
	}
	if json.Unmarshal(b, &f) != nil || len(f.CVV) == 0 || len(f.Reject) == 0 {
		t.Fatal("the published vectors cannot be read")
	}
	return f
}

func open(t *testing.T, key []byte) *cvv.Key {
	t.Helper()
	k, erase, err := cvv.Open(key)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(erase)
	return k
}

func TestPublishedValuesAreComputed(t *testing.T) {
	for _, v := range load(t).CVV {
		key, _ := hex.DecodeString(v.CVK)
		k := open(t, key)
		ok, err := k.Verify([]byte(v.PAN), []byte(v.Expiry), []byte(v.Service), []byte(v.CVV))
		if err != nil || !ok {
			t.Error("another value")
		}
		for i := range v.CVV {
			wrong := []byte(v.CVV)
			wrong[i] = '0' + (wrong[i]-'0'+1)%10
			if ok, _ := k.Verify([]byte(v.PAN), []byte(v.Expiry), []byte(v.Service), wrong); ok {
				t.Error("a changed value verifies")
			}
		}
	}
}

func TestWhatIsNoInputIsRefused(t *testing.T) {
	k := open(t, make([]byte, 16))
	for _, r := range load(t).Reject {
		pan, expiry, service := "4761739001010010", "3112", "201"
		for from, to := range map[*string]*string{r.PAN: &pan, r.Expiry: &expiry, r.Service: &service} {
			if from != nil {
				*to = *from
			}
		}
		if r.Bytes != 0 {
			if _, _, err := cvv.Open(make([]byte, r.Bytes)); err == nil {
				t.Errorf("%s: accepted", r.Why)
			}
			continue
		}
		if _, err := k.Value([]byte(pan), []byte(expiry), []byte(service)); err == nil {
			t.Errorf("%s: accepted", r.Why)
		}
	}
}

func TestAStripeACardAndAChipHaveThreeValues(t *testing.T) {
	k := open(t, []byte("0123456789abcdef"))
	seen := map[[cvv.Size]byte]bool{}
	for _, service := range []string{"201", "000", "999"} {
		v, err := k.Value([]byte("4761739001010010"), []byte("3112"), []byte(service))
		if err != nil || seen[v] {
			t.Errorf("service code %s: %v", service, err)
		}
		seen[v] = true
	}
}
