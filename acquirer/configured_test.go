package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/internal/testlane"
)

// whole is a configuration that asks terminals for everything that can be asked for.
const whole = "tls-cert = /c\ntls-key = /k\nca = /ca\nrevoked = /crl\nattestation = /policy\ndb = /db\nterminals = /t\n" +
	"star = tls://hub\nstar-ca = /star\nstar-seed = /seed\npool-client = /pool\n"

func config(t *testing.T, text string) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "acquirer.conf")
	write(t, path, []byte(text))
	return []string{"-config", path}
}

// TestA80AMisspeltKeyNeverTurnsACheckOff misspells each key in every way that is near:
// without star-ca there would be no TLS, without revoked nobody revoked, without
// attestation no evidence. The twin is the right one.
func TestA80AMisspeltKeyNeverTurnsACheckOff(t *testing.T) {
	o, err := parse(config(t, whole), io.Discard)
	if err != nil || o.groups.Authority != "/star" || o.revoked != "/crl" || o.attestation != "/policy" {
		t.Fatalf("the twin: %v", err)
	}
	for line := range strings.Lines(whole) {
		key, _, _ := strings.Cut(line, " = ")
		for i := range len(key) {
			for _, wrong := range []string{key[:i] + "q" + key[i+1:], key[:i] + "q" + key[i:], strings.ToUpper(key), key + "-", key + "_"} {
				if _, err := parse(config(t, strings.Replace("\n"+whole, "\n"+key+" =", "\n"+wrong+" =", 1)), io.Discard); err == nil {
					t.Errorf("%s was taken for %s", wrong, key)
				}
			}
		}
	}
}

func TestA80WhatSpoilsAnswersIsForFlagsAlone(t *testing.T) {
	for _, key := range []string{"fault", "misbehave"} {
		if _, err := parse(config(t, whole+"control = /s\n"+key+" = []\n"), io.Discard); err == nil {
			t.Errorf("the file may set %s", key)
		}
		t.Setenv("STRONGROOM_ACQUIRER_"+strings.ToUpper(key), "[]")
		if _, err := parse(config(t, whole+"control = /s\n"), io.Discard); err == nil {
			t.Errorf("the environment may set %s", key)
		}
		if err := os.Unsetenv("STRONGROOM_ACQUIRER_" + strings.ToUpper(key)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSettingsAreCheckedWithoutAStart(t *testing.T) {
	lane := testlane.Start(t)
	dir, args := files(t, lane)
	var out bytes.Buffer
	if err := run(context.Background(), append(args, "-check-config"), &out); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "host.db")); err == nil || !strings.Contains(out.String(), "# flag") {
		t.Error("it was started, or nothing was said")
	}
	if run(context.Background(), append(config(t, whole), "-check-config"), &out) == nil {
		t.Error("certificates that are not there are in order")
	}
}

// lines is a log that is written and read at the same time.
type lines struct {
	mu sync.Mutex
	bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Buffer.Write(b)
}
func (l *lines) all() string { l.mu.Lock(); defer l.mu.Unlock(); return l.String() }

func TestTheProgramSaysMetricsAndLogsInOneForm(t *testing.T) {
	lane := testlane.Start(t)
	dir, args := files(t, lane)
	ctx, cancel := context.WithCancel(context.Background())
	ended, log := make(chan error, 1), &lines{}
	go func() { ended <- run(ctx, append(args, "-metrics", "127.0.0.1:0"), log) }()
	answer, err := http.Get(published(t, filepath.Join(dir, "addresses.json"))["metrics"])
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(answer.Body)
	if err != nil || !strings.Contains(string(b), "strongroom_acquirer_elements_ready 1\n") {
		t.Errorf("%v: %s", err, b)
	}
	_ = answer.Body.Close()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	for line := range strings.Lines(log.all()) {
		var m map[string]any
		if json.Unmarshal([]byte(line), &m) != nil || m["time"] == nil || m["level"] == nil || m["msg"] == nil || m["program"] != "acquirer" {
			t.Errorf("a line of another form: %s", line)
		}
	}
}
