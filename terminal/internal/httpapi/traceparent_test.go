package httpapi

import (
	"net/http"
	"testing"

	"github.com/strongroom-pos/strongroom/terminal/sale"
)

const (
	traceID  = "4bf92f3577b34da6a3ce929d0e0e4736"
	parentID = "00f067aa0ba902b7"
)

func TestACallersTraceIsTakenInItsOnlyForm(t *testing.T) {
	for header, taken := range map[string]bool{
		"00-" + traceID + "-" + parentID + "-01":                  true,
		"00-" + traceID + "-" + parentID + "-00":                  true,
		"01-" + traceID + "-" + parentID + "-01":                  false,
		"00-" + traceID + "-" + parentID + "-1":                   false,
		"00-" + traceID + "-" + parentID:                          false,
		"00-" + traceID + "-" + parentID + "-01-x":                false,
		"00-4BF92F3577B34DA6A3CE929D0E0E4736-" + parentID + "-01": false,
		"00-00000000000000000000000000000000-" + parentID + "-01": false,
		"00-" + traceID + "-0000000000000000-01":                  false,
		"00-4761739001010119a3ce929d0e0e4736-" + parentID + "-01": false, // a card number
		"00-" + traceID + "-4761739001010119-01":                  false,
		"\n":                                                      false, "": false,
	} {
		got := traceFrom(http.Header{"Traceparent": {header}})
		if (got.ID == traceID) != taken || (got.Parent == parentID) != taken {
			t.Errorf("%q: %+v", header, got)
		}
		if !taken && (!isHex(got.ID, 32) || got.Parent != "") {
			t.Errorf("%q: began %+v", header, got)
		}
	}
	twice := "00-" + traceID + "-" + parentID + "-01"
	if traceFrom(http.Header{"Traceparent": {twice, twice}}).ID == traceID {
		t.Error("two were taken")
	}
	if !traceFrom(http.Header{"Traceparent": {twice}}).Sampled {
		t.Error("the flag is lost")
	}
}

func FuzzTraceparent(f *testing.F) {
	f.Add("00-" + traceID + "-" + parentID + "-01")
	f.Fuzz(func(t *testing.T, s string) {
		if v, ok := parseTraceparent(s); ok && (s[:53] != "00-"+v.ID+"-"+v.Parent+"-" || sale.LooksLikePAN(v.ID)) {
			t.Errorf("%q: %+v", s, v)
		}
	})
}
