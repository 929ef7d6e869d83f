package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// file writes a file of settings and returns the flag that names it.
func file(t *testing.T, text string) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "terminal.conf")
	must(t, os.WriteFile(path, []byte(text), 0o644))
	return []string{"-config", path}
}

// remote is a whole configuration over TLS.
const remote = "mailbox = tcp:192.0.2.1:9443\nmailbox-cert = /etc/c.pem\nmailbox-key = /etc/k.pem\nmailbox-ca = /etc/ca.pem\ndata = /d\ntls = 192.0.2.2:8443\n"

// TestA80AMisspeltKeyNeverTurnsTLSOff misspells each key in every way that is near; the
// twin is the right one.
func TestA80AMisspeltKeyNeverTurnsTLSOff(t *testing.T) {
	if s, err := parse(file(t, remote), io.Discard); err != nil || s.mailbox.CA != "/etc/ca.pem" {
		t.Fatalf("the twin: %v", err)
	}
	for line := range strings.Lines(remote) {
		key, _, _ := strings.Cut(line, " = ")
		for _, wrong := range misspelt(key) {
			text := strings.Replace(remote, key+" =", wrong+" =", 1)
			if _, err := parse(file(t, text), io.Discard); err == nil {
				t.Errorf("%s was taken for %s", wrong, key)
			}
			if _, err := parse(append(file(t, remote), "-"+wrong, "x"), io.Discard); err == nil {
				t.Errorf("-%s was taken", wrong)
			}
		}
	}
}

// misspelt are all words one letter away, and some more.
func misspelt(key string) (out []string) {
	for i := range len(key) {
		out = append(out, key[:i]+key[i+1:], key[:i]+"q"+key[i+1:], key[:i]+"q"+key[i:])
	}
	return append(out, strings.ToUpper(key), strings.ReplaceAll(key+"_", "-", "_"), key+"-")
}

func TestA80InProductionTheEnvironmentOverridesNothing(t *testing.T) {
	production := file(t, remote+"environment = production\n")
	good := func() error { _, err := parse(production, io.Discard); return err }
	for name, c := range map[string]struct {
		key, value string
		want       error
	}{
		"another mailbox":     {"STRONGROOM_TERMINAL_MAILBOX", "unix:/x", errOverridden},
		"another authority":   {"STRONGROOM_TERMINAL_MAILBOX_CA", "/x", errOverridden},
		"the same again":      {"STRONGROOM_TERMINAL_MAILBOX_CA", "/etc/ca.pem", nil},
		"what is not said":    {"STRONGROOM_TERMINAL_MERCHANT", "Shop", nil},
		"a demo":              {"STRONGROOM_TERMINAL_ENVIRONMENT", "demo", errDemoFlag},
		"the runtime":         {"GODEBUG", "fips140=off", errRuntime},
		"a core when it dies": {"GOTRACEBACK", "crash", errRuntime},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(c.key, c.value)
			if err := good(); !errors.Is(err, c.want) {
				t.Errorf("%v", err)
			}
		})
	}
	t.Setenv("STRONGROOM_TERMINAL_ENVIRONMENT", "demo")
	if _, err := parse(file(t, remote), io.Discard); !errors.Is(err, errDemoFlag) {
		t.Errorf("%v", err)
	}
}

func TestSettingsAreCheckedWithoutAStart(t *testing.T) {
	var out bytes.Buffer
	data := filepath.Join(t.TempDir(), "data")
	args := append(file(t, "mailbox = unix:/x\ndata = "+data+"\n"), "-check-config", "-merchant", "Mine")
	must(t, run(context.Background(), args, &out))
	if !strings.Contains(out.String(), "mailbox ") || !strings.Contains(out.String(), "# file") || !strings.Contains(out.String(), "# flag") {
		t.Error(out.String())
	}
	if _, err := os.Stat(data); err == nil {
		t.Error("it was started")
	}
	if run(context.Background(), append(file(t, remote), "-check-config"), &out) == nil {
		t.Error("certificates that are not there are in order")
	}
}
