package main

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/host"
)

func TestTheSettleCommandNeedsTheBooksAloneAndOverwritesNothing(t *testing.T) {
	dir := t.TempDir()
	db, out := filepath.Join(dir, "host.db"), filepath.Join(dir, "payout.csv")
	if err := settle(t.Context(), []string{"settle", "-db", db, "-out", out}, &bytes.Buffer{}); !errors.Is(err, host.ErrNothingToSettle) {
		t.Errorf("with nothing to settle: %v", err)
	}
	write(t, out, []byte("of another day"))
	if err := settle(t.Context(), []string{"settle", "-db", db, "-out", out}, &bytes.Buffer{}); err == nil || errors.Is(err, host.ErrNothingToSettle) {
		t.Errorf("a file was overwritten: %v", err)
	}
	if settle(t.Context(), []string{"settle", "-db", db}, &bytes.Buffer{}) == nil {
		t.Error("no file was named")
	}
}
