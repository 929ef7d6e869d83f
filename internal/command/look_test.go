//go:build linux

package command

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// programs is a directory whose reader says how it was called.
func programs(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	text := "#!/bin/sh\nprintf '%s\\n' \"$@\"\n[ \"$2\" != broken ]\n"
	if err := os.WriteFile(filepath.Join(dir, "reader"), []byte(text), 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	return dir
}

func TestCardReadAndTraceAreTheReadersWork(t *testing.T) {
	bin, home := programs(t), t.TempDir()
	for want, args := range map[string][]string{
		"-read\n-json=false\n-reader\n\n":                       {"card", "read"},
		"-read\n-json=true\n-reader\nACS\n":                     {"card", "read", "-json", "-reader", "ACS"},
		"-trace\nout.apdu\n-contactless=false\n-reader\n\n":     {"card", "trace", "out.apdu"},
		"-trace\nout.apdu\n-contactless=true\n-reader\nfield\n": {"card", "trace", "out.apdu", "-contactless", "-reader", "field"},
	} {
		var out, diagnostics bytes.Buffer
		if err := Run(t.Context(), append(args, "-bin", bin, "-var", home), &out, &diagnostics); err != nil || out.String() != want {
			t.Errorf("%q: %v, %q", args, err, out.String())
		}
	}
}

func TestCardReadAndTraceThatCannotBe(t *testing.T) {
	bin, home := programs(t), t.TempDir()
	for _, args := range [][]string{
		{"card", "read", "more", "-bin", bin}, {"card", "trace", "-bin", bin}, {"card", "trace", "a", "b", "-bin", bin},
		{"card", "read", "-contactless", "-bin", bin}, {"card", "trace", "a", "-json", "-bin", bin},
		{"card", "read", "-bin", home}, {"card", "trace", "broken", "-bin", bin},
	} {
		var out, diagnostics bytes.Buffer
		if err := Run(t.Context(), append(args, "-var", home), &out, &diagnostics); err == nil {
			t.Errorf("%q was accepted", args)
		}
	}
}
