//go:build cgo && linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/estate/pcscbox"
	"github.com/strongroom-pos/strongroom/internal/scan"
	"github.com/strongroom-pos/strongroom/internal/virtualcard"
)

// lookEnv makes this test's program the reader program: libpcsclite remembers
// its pcscd from the first call on, so each look is a process of its own.
const lookEnv = "STRONGROOM_TEST_LOOK"

func TestMain(m *testing.M) {
	pcscbox.RunIfChild()
	if os.Getenv(lookEnv) != "" {
		if err := run(context.Background(), os.Args[1:], os.Stdout, os.Stderr); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

const lookedAt = "4761739001010010"

// box is a pcscd with a card in its slot and the same in its field, or nil where
// PC/SC is not installed.
func box(t *testing.T) *pcscbox.Box {
	t.Helper()
	if missing := pcscbox.Missing(); missing != "" {
		if os.Getenv("STRONGROOM_REQUIRE") == "all" {
			t.Fatalf("%s is not installed and STRONGROOM_REQUIRE=all", missing)
		}
		t.Logf("LEFT OUT: %s is not installed", missing)
		return nil
	}
	dir, err := os.MkdirTemp("", "look") // short: a socket's name has 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	b, err := pcscbox.Start(t.Context(), dir, []string{os.Args[0]})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Stop(); _ = os.RemoveAll(dir) })
	tray, err := virtualcard.DialTray(t.Context(), b.TrayPath())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tray.Close() })
	p := virtualcard.Profile{
		PAN: lookedAt, PSN: 1, Expiry: "2812", IssuerMasterKey: bytes.Repeat([]byte{0x5A}, 16),
		Tap: &virtualcard.Tap{OnlinePIN: true},
	}
	if err := tray.Insert(p); err != nil {
		t.Fatal(err)
	}
	if err := tray.Tap(p); err != nil {
		t.Fatal(err)
	}
	return b
}

func lookAt(t *testing.T, b *pcscbox.Box, args ...string) []byte {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0], args...)
	c.Env = append(os.Environ(), lookEnv+"=1", "PCSCLITE_CSOCK_NAME="+b.SocketPath())
	var diagnostics bytes.Buffer
	c.Stderr = &diagnostics
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%q: %v: %s", args, err, diagnostics.Bytes())
	}
	return out
}

func TestACardBehindPCSCIsReadAndTracedWithoutItsNumber(t *testing.T) {
	b := box(t)
	if b == nil {
		return
	}
	traced := filepath.Join(t.TempDir(), "contact.apdu")
	tapped := filepath.Join(t.TempDir(), "tap.apdu")
	said := map[string][]byte{
		"read": lookAt(t, b, "-read", "-reader", pcscbox.ReaderName),
		"json": lookAt(t, b, "-read", "-json", "-reader", pcscbox.FieldName),
	}
	lookAt(t, b, "-trace", traced, "-reader", pcscbox.ReaderName)
	lookAt(t, b, "-trace", tapped, "-contactless", "-reader", pcscbox.FieldName)
	for name, path := range map[string]string{"trace": traced, "tap": tapped} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		said[name] = text
	}
	for name, want := range map[string]string{
		"read": "ends in 0010", "json": `"last_four": "0010"`, "trace": "# outcome: declined by host", "tap": "# outcome: online request",
	} {
		if !bytes.Contains(said[name], []byte(want)) {
			t.Errorf("%s does not say %q:\n%s", name, want, said[name])
		}
		if numbers(t, said[name]) != 0 {
			t.Errorf("%s says the number", name)
		}
	}
}

func numbers(t *testing.T, text []byte) (found int) {
	t.Helper()
	var n scan.Needles
	if err := n.AddPAN("card", []byte(lookedAt)); err != nil {
		t.Fatal(err)
	}
	m := n.Compile()
	if m.Search([]byte(">"+lookedAt), 0, func(scan.Match) { found++ }); found == 0 {
		t.Fatal("the search finds nothing at all")
	}
	found = 0
	m.Search(text, 0, func(scan.Match) { found++ })
	return found
}
