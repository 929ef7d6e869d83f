package httpapi_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
)

func TestADiagnosisIsToldAlsoWhereTheSecureWorldIsAway(t *testing.T) {
	r := newRig(t, fast)
	r.world.Set(func(d *mailbox.Description) { d.ReaderConnected = false })
	eventually(t, "the reader is found missing", func() bool { return r.diagnosed("reader") == "fail" })
	if r.diagnosed("secure_world") != "ok" || r.diagnosed("acquirer") != "ok" {
		t.Error("what is well is not told to be")
	}
	check(t, os.Remove(r.socket))
	r.world.HangUp()
	eventually(t, "the secure world is found missing", func() bool { return r.diagnosed("secure_world") == "fail" })
	if r.diagnosed("reader") != "unknown" {
		t.Error("the reader is told of although nobody could ask")
	}
	r.expect(r.raw("POST", "/v1/terminal/diagnosis", ""), 401, "unpaired")
}

// diagnosed returns the result of one check.
func (r *rig) diagnosed(name string) string {
	r.t.Helper()
	a := r.call("POST", "/v1/terminal/diagnosis", "")
	r.expect(a, 200, "")
	var v struct {
		Checks []struct{ Check, Result string }
	}
	check(r.t, json.Unmarshal(a.body, &v))
	for _, c := range v.Checks {
		if c.Check == name {
			return c.Result
		}
	}
	r.t.Fatalf("there is no check %s", name)
	return ""
}
