//go:build linux

package attestation

import (
	"debug/buildinfo"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/attestation"
)

// TestTheFIPSModuleIsTheVersionThatTheMakefileNames holds the programs of this test,
// the report and the description to it.
func TestTheFIPSModuleIsTheVersionThatTheMakefileNames(t *testing.T) {
	w := start(t)
	if w == nil {
		return
	}
	version := moduleOfTheMakefile(t)
	for _, program := range []string{"terminal", "reader", "pinpad", "secureworld", "kernel", "guest", "acquirer", "element-stdlib"} {
		if got := moduleOf(t, filepath.Join(w.cfg.Bin, program)); got != version && !strings.HasPrefix(got, version+"-") {
			t.Errorf("%s was built with module %q, the Makefile says %q", program, got, version)
		}
	}
	if got := moduleOf(t, "/proc/self/exe"); got != "" { // the control: this test is built without
		t.Errorf("this test was built with module %q, so it would not see a program without one", got)
	}
	app, nonce := w.connect(), [32]byte{4}
	q := attestation.Question{Authority: w.authority(), Audience: attestation.AudienceAppWorld, Nonce: nonce, Now: time.Now()}
	report, err := q.Verify(w.evidence(app.Attest(nonce)))
	w.must(err)
	d, err := app.Describe()
	w.must(err)
	if report.Module != version || !report.FIPS || report.FIPSEnforced {
		t.Errorf("the report says module %q, in force %v, enforced %v", report.Module, report.FIPS, report.FIPSEnforced)
	}
	if d.FIPSModule.String() != version || !d.FIPS || d.FIPSEnforced {
		t.Errorf("the description says module %v, in force %v, enforced %v", d.FIPSModule, d.FIPS, d.FIPSEnforced)
	}
}

func moduleOfTheMakefile(t *testing.T) string {
	t.Helper()
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^FIPS := GOFIPS140=(v[0-9.]+)$`).FindSubmatch(makefile)
	if m == nil {
		t.Fatal("the Makefile names no module")
	}
	return string(m[1])
}

// moduleOf is what a program was built with, "" without a frozen module.
func moduleOf(t *testing.T, program string) string {
	t.Helper()
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range info.Settings {
		if s.Key == "GOFIPS140" && s.Value != "off" {
			return s.Value
		}
	}
	return ""
}
