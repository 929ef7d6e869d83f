package command

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/applet"
)

func TestAnAppletIsCertifiedAndSigned(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	module := at("reference.wasm")
	if err := os.WriteFile(module, []byte("module"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	do := func(args ...string) error { return applets(t.Context(), args, &out, &out) }
	sign := []string{"sign", module, "-developer", at("dev"), "-names", "acme,reference", "-functions", "cmac,hmac", "-version", "3"}
	for _, args := range [][]string{
		{"key", at("authority")},
		{"key", at("dev")},
		{"certify", at("authority"), "-developer", "acme", "-names", "reference,other", "-key", at("dev/applet.pem"), "-out", at("dev/applet.certificate")},
		sign,
	} {
		if err := do(args...); err != nil {
			t.Fatalf("%s: %v: %s", args[0], err, &out)
		}
	}
	pkg, err := os.ReadFile(at("reference.applet"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(at("authority/applet.pem"))
	if err != nil {
		t.Fatal(err)
	}
	authority, err := applet.ParseAuthority(text)
	if err != nil {
		t.Fatal(err)
	}
	a, err := applet.Open(pkg, authority, time.Now())
	if err != nil || a.Name != "reference" || a.Developer != "acme" || a.Version != 3 || a.Functions != applet.CMAC|applet.HMAC || string(a.Module) != "module" {
		t.Errorf("%+v, %v", a, err)
	}
	for name, args := range map[string][]string{
		"a key over another":     {"key", at("dev")},
		"an unknown function":    append(append([]string{}, sign...), "-functions", "key"),
		"no name":                append(append([]string{}, sign...), "-names", "acme"),
		"an element that is not": {"load", at("reference.applet"), "-element", at("nobody")},
		"nothing to do":          {"certify"},
	} {
		if do(args...) == nil {
			t.Error(name)
		}
	}
}
