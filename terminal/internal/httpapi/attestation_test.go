package httpapi_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/attestation"
)

func TestAReportIsPassedOnWithTheNonceThatWasAskedFor(t *testing.T) {
	r := newRig(t, fast)
	nonce := strings.Repeat("5a", 32)
	a := r.call("GET", "/v1/terminal/attestation?nonce="+nonce, "")
	if a.status != 200 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	var v struct {
		Nonce    string
		Evidence []byte
		Report   attestation.Readable
	}
	check(t, json.Unmarshal(a.body, &v))
	e, err := attestation.ParseEvidence(v.Evidence)
	check(t, err)
	report, err := attestation.Parse(e.Body)
	check(t, err)
	if v.Nonce != nonce || v.Report.Nonce != nonce || v.Report.Device != report.Device || v.Report.Audience != "app_world" {
		t.Errorf("%+v", v)
	}
}

func TestANonceThatIsNoneIsRefused(t *testing.T) {
	r := newRig(t, fast)
	for _, query := range []string{"", "?nonce=", "?nonce=5a", "?nonce=" + strings.Repeat("zz", 32), "?nonce=" + strings.Repeat("5a", 33),
		"?nonce=" + strings.Repeat("5a", 32) + "&nonce=" + strings.Repeat("5b", 32), "?nonce=" + strings.Repeat("5a", 32) + "&x=1"} {
		if a := r.call("GET", "/v1/terminal/attestation"+query, ""); a.status != 400 {
			t.Errorf("%q: %d", query, a.status)
		}
	}
}
