package main

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/device/devicetest"
)

// started runs the program on a provisioned directory until the test ends.
func started(t *testing.T, w *devicetest.World, args ...string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run(ctx, append([]string{"-config", w.Dir}, args...), io.Discard) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// written waits for a file that the program writes.
func written(t *testing.T, path, part string) string {
	t.Helper()
	for range 500 {
		if b, err := os.ReadFile(path); err == nil && strings.Contains(string(b), part) {
			return string(b)
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%s was not written with %q", filepath.Base(path), part)
	return ""
}

func press(t *testing.T, page, key, name string) {
	t.Helper()
	for range 500 {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, page+"/v1/keys", strings.NewReader(`{"key":"`+name+`"}`))
		r.Header.Set("Authorization", "Bearer "+key)
		r.Header.Set("Content-Type", "application/json")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode == http.StatusNoContent {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the key was never taken")
}

func TestAPINIsEnteredOnThePageOfTheRunningProgram(t *testing.T) {
	w := devicetest.New(t, orderauth.DoorPINEntry)
	addresses, health := filepath.Join(t.TempDir(), "addresses.json"), filepath.Join(t.TempDir(), "health")
	started(t, w, "-page", "127.0.0.1:0", "-addresses", addresses, "-health", health)
	peer := w.Session()
	peer.Send(pinentry.KindLoadKey, pinentry.LoadKey{Block: []byte(w.Block(w.KBPK, "B1", 'X', devicetest.Random(32), devicetest.Random(8)))})
	peer.Expect(pinentry.KindKeyLoaded, &pinentry.KeyLoaded{})
	written(t, health, `{"connected":true,"key":true}`)

	var where struct{ Page string }
	if err := json.Unmarshal([]byte(written(t, addresses, "http")), &where); err != nil {
		t.Fatal(err)
	}
	page, key, ok := strings.Cut(strings.TrimSpace(written(t, filepath.Join(w.Dir, pageFile), "#")), "/#")
	if !ok || page != where.Page {
		t.Fatalf("%q and %q", page, where.Page)
	}
	o := pinentry.EnterPIN{Attempt: 1, Amount: 1, Currency: 978, Exponent: 2, TimeoutSeconds: 10, Counter: 1}
	sealPAN(t, w, &o)
	peer.Order(pinentry.KindEnterPIN, o)
	for _, name := range []string{"1", "2", "3", "4", "ok"} {
		press(t, page, key, name)
	}
	var e pinentry.Entered
	peer.Expect(pinentry.KindEntered, &e)
	if e.Block == [16]byte{} {
		t.Fatal("no PIN block")
	}
}

func TestACardIsKeyedInOnThePageOfTheRunningProgram(t *testing.T) {
	w := devicetest.New(t, orderauth.DoorPINEntry)
	started(t, w, "-page", "127.0.0.1:0")
	peer := w.Session()
	page, key, _ := strings.Cut(strings.TrimSpace(written(t, filepath.Join(w.Dir, pageFile), "#")), "/#")
	peer.Order(pinentry.KindChoose, pinentry.Choose{Currency: 978, Exponent: 2, TimeoutSeconds: 10, Count: 1,
		Confirm: true, Labels: [pinentry.Choices * pinentry.LabelSize]byte{'V', 'I', 'S', 'A'}})
	press(t, page, key, "ok")
	var c pinentry.Chosen
	if peer.Expect(pinentry.KindChosen, &c); c.Choice != 1 {
		t.Errorf("%+v", c)
	}
	peer.Order(pinentry.KindKeyCard, pinentry.KeyCard{Currency: 978, Exponent: 2, TimeoutSeconds: 10, Counter: 1})
	for _, field := range []string{"4761739001010010", "1230", "123"} { // published test PAN
		for _, digit := range field {
			press(t, page, key, string(digit))
		}
		press(t, page, key, "ok")
	}
	var k pinentry.Keyed
	if peer.Expect(pinentry.KindKeyed, &k); k.Sealed == [pinentry.KeyedSize + 16]byte{} {
		t.Fatal("no card")
	}
}

func sealPAN(t *testing.T, w *devicetest.World, o *pinentry.EnterPIN) {
	t.Helper()
	block, err := aes.NewCipher(w.PAN)
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	var plain [pinentry.MaxPAN]byte
	copy(plain[:], "4761739001010010") // published test PAN
	copy(o.SealedPAN[:], gcm.Seal(nil, pinentry.PANNonce(o.Counter), plain[:], pinentry.PANAAD(o.Order, w.ID)))
}

func TestAWrongCommandLineIsRefused(t *testing.T) {
	for _, args := range [][]string{{}, {"-config", "x", "more"}, {"-unknown"}, {"-config", t.TempDir()}} {
		if run(t.Context(), args, io.Discard) == nil {
			t.Errorf("%q was accepted", args)
		}
	}
}
