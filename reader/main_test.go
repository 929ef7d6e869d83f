//go:build cgo && linux

package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/device/devicetest"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

// Without a pcscd the reader still serves its door, and says that it is not
// ready. What it does with cards behind pcscd is tested in internal/pcsc and,
// over the real binaries, in tests.
func TestTheProgramServesItsDoorWithoutASlot(t *testing.T) {
	t.Setenv("PCSCLITE_CSOCK_NAME", filepath.Join(t.TempDir(), "nothing.comm"))
	w := devicetest.New(t, orderauth.DoorSRED)
	health := filepath.Join(t.TempDir(), "health")
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run(ctx, []string{"-config", w.Dir, "-health", health}, io.Discard, io.Discard) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	peer := w.Session()
	var hello sred.Hello
	if err := frame.Parse(peer.Hello, &hello); err != nil || hello.Ready {
		t.Fatalf("%+v, %v", hello, err)
	}
	peer.Order(sred.KindTake, sred.Take{Amount: 1, Currency: 978, Exponent: 2, TimeoutSeconds: 1})
	var failed sred.Failed
	peer.Expect(sred.KindFailed, &failed)
	if failed.Code != sred.CodeReaderLost {
		t.Errorf("%+v", failed)
	}
	for range 300 {
		if b, err := os.ReadFile(health); err == nil && string(b) == `{"connected":true,"reader":false,"card":false}`+"\n" {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("the health file does not say so")
}

func TestAWrongCommandLineIsRefused(t *testing.T) {
	for _, args := range [][]string{{}, {"-config", "x", "more"}, {"-unknown"}, {"-config", t.TempDir()}} {
		if run(t.Context(), args, io.Discard, io.Discard) == nil {
			t.Errorf("%q was accepted", args)
		}
	}
}
