//go:build cgo && linux

package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate/configuration"
	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/device/devicetest"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

// Without a pcscd the reader still serves its door, and says that it is not
// ready: an order fails for want of parameters first, then for want of a slot.
// What it does with cards behind pcscd is tested in internal/pcsc and, over the
// real binaries, in tests.
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
	if code := refusal(t, peer, 1); code != sred.CodeNoParameters {
		t.Errorf("code %d before it is configured", code)
	}
	var configured sred.Configured
	peer.Order(sred.KindConfigure, sred.Configure{Version: 1, Document: document(t)})
	if next(t, peer, sred.KindConfigured, &configured); configured.Refused {
		t.Fatal("the parameters are refused")
	}
	if code := refusal(t, peer, 2); code != sred.CodeReaderLost {
		t.Errorf("code %d without a slot", code)
	}
	for range 300 {
		if b, err := os.ReadFile(health); err == nil && string(b) == `{"connected":true,"reader":false,"card":false}`+"\n" {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("the health file does not say so")
}

// refusal is why an order fails at once.
func refusal(t *testing.T, peer *devicetest.Peer, order byte) sred.Code {
	t.Helper()
	peer.Order(sred.KindTake, sred.Take{Order: sred.OrderID{order}, Attempt: 1, Amount: 1, Currency: 978, Exponent: 2,
		TimeoutSeconds: 1, Interfaces: sred.InterfaceChip})
	var failed sred.Failed
	next(t, peer, sred.KindFailed, &failed)
	return failed.Code
}

// next reads the next message that is no Progress.
func next(t *testing.T, peer *devicetest.Peer, kind byte, message any) {
	t.Helper()
	got, body := peer.Read()
	for got == sred.KindProgress {
		got, body = peer.Read()
	}
	if err := frame.Parse(body, message); got != kind || err != nil {
		t.Fatalf("kind %02x instead of %02x, %v", got, kind, err)
	}
}

// document is a demo's parameters under one authority of this test's.
func document(t *testing.T) []byte {
	t.Helper()
	s, err := virtualcard.GenerateScheme(virtualcard.DemoRIDs()[0], 0xD0)
	if err != nil {
		t.Fatal(err)
	}
	d := configuration.Document([]virtualcard.Scheme{s})
	d.Version = 1
	b, err := d.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAWrongCommandLineIsRefused(t *testing.T) {
	for _, args := range [][]string{{}, {"-config", "x", "more"}, {"-unknown"}, {"-config", t.TempDir()}} {
		if run(t.Context(), args, io.Discard, io.Discard) == nil {
			t.Errorf("%q was accepted", args)
		}
	}
}
