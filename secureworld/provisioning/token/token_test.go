//go:build linux

package token_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"io"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/token"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/token/tokentest"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/token/wire"
)

func open(t *testing.T, p token.Place) *token.Token {
	t.Helper()
	k, err := token.Open(p, []byte(tokentest.PIN))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.Close() })
	return k
}

func verifies(t *testing.T, k *token.Key) {
	t.Helper()
	message := []byte("a manifest")
	digest := sha256.Sum256(message)
	switch public := k.Public().(type) {
	case ed25519.PublicKey:
		s, err := k.Sign(rand.Reader, message, crypto.Hash(0))
		if err != nil || !ed25519.Verify(public, message, s) {
			t.Errorf("Ed25519: %v", err)
		}
	case *ecdsa.PublicKey:
		s, err := k.Sign(rand.Reader, digest[:], crypto.SHA256)
		if err != nil || !ecdsa.VerifyASN1(public, digest[:], s) {
			t.Errorf("P-256: %v", err)
		}
	}
}

func TestKeysOfATokenSign(t *testing.T) {
	p := tokentest.New(t, "manufacturer", "customer")
	one := open(t, p)
	for label, a := range map[string]token.Algorithm{"root": token.Ed25519, "device-ca": token.P256} {
		k, err := one.Generate(a, label)
		if err != nil {
			t.Fatalf("%s: %v", label, err)
		}
		verifies(t, k)
		if _, err := one.Generate(a, label); !errors.Is(err, token.ErrExists) {
			t.Errorf("a second %s: %v", label, err)
		}
	}
	if _, err := one.Find("image"); !errors.Is(err, token.ErrNoKey) {
		t.Errorf("a key that there is not: %v", err)
	}
	first, err := one.Find("root")
	if err != nil {
		t.Fatal(err)
	}
	again, err := open(t, p).Find("root") // another process, another session
	if err != nil || !first.Public().(ed25519.PublicKey).Equal(again.Public()) {
		t.Fatalf("found again: %v", err)
	}
	verifies(t, again)
	p.Label = "customer"
	if _, err := open(t, p).Find("root"); !errors.Is(err, token.ErrNoKey) {
		t.Errorf("one token shows another's key: %v", err)
	}
}

func TestAWrongPINATokenAndALibraryThatThereAreNotAreRefused(t *testing.T) {
	p := tokentest.New(t, "manufacturer")
	if _, err := token.Open(p, []byte("000000")); !errors.Is(err, token.ErrPIN) {
		t.Errorf("wrong PIN: %v", err)
	}
	other := p
	other.Label = "nobody"
	if _, err := token.Open(other, []byte(tokentest.PIN)); err == nil || !strings.Contains(err.Error(), "no token") {
		t.Errorf("no such token: %v", err)
	}
	p.Library = "/nonexistent.so"
	if _, err := token.Open(p, []byte(tokentest.PIN)); err == nil {
		t.Error("no such library")
	}
}

func TestThePINIsWipedAndAKeySignsOnlyItsWay(t *testing.T) {
	pin := []byte(tokentest.PIN)
	o, err := token.Open(tokentest.New(t, "x"), pin)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Trim(string(pin), "\x00") != "" {
		t.Error("the PIN is still there")
	}
	k, err := o.Generate(token.Ed25519, "root")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Sign(nil, make([]byte, 32), crypto.SHA256); err == nil {
		t.Error("signed a digest as if it were a message")
	}
	if err := o.Close(); err != nil {
		t.Error(err)
	}
	if _, err := k.Sign(nil, []byte("m"), crypto.Hash(0)); err == nil {
		t.Error("a closed token signed")
	}
}

func TestASecretIsSealedUnderATokensKeyForItsNameAlone(t *testing.T) {
	p := tokentest.New(t, "x", "y")
	o, secret := open(t, p), bytes.Repeat([]byte{7}, 32)
	sealed, err := o.Seal("firmware.root", secret)
	if err != nil || bytes.Contains(sealed, secret) {
		t.Fatalf("%x, %v", sealed, err)
	}
	again := open(t, p)
	if got, err := again.Unseal("firmware.root", sealed); err != nil || !bytes.Equal(got, secret) {
		t.Fatalf("%x, %v", got, err)
	}
	if _, err := again.Unseal("other", sealed); err == nil {
		t.Error("opened under another name")
	}
	sealed[len(sealed)-1] ^= 1
	if _, err := again.Unseal("firmware.root", sealed); err == nil {
		t.Error("opened though it was changed")
	}
	if _, err := o.Seal("x", make([]byte, token.MaxSecret+1)); err == nil {
		t.Error("sealed what is too long")
	}
	p.Label = "y"
	sealed[len(sealed)-1] ^= 1
	if _, err := open(t, p).Unseal("firmware.root", sealed); !errors.Is(err, token.ErrNoKey) {
		t.Errorf("another token: %v", err)
	}
	if got, err := again.Unseal("firmware.root", sealed); err != nil || !bytes.Equal(got, secret) {
		t.Errorf("after refusals: %v", err)
	}
}

func TestOperationsOfSeveralGoroutinesTakeTurns(t *testing.T) {
	k, err := open(t, tokentest.New(t, "x")).Generate(token.Ed25519, "root")
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 8 {
				verifies(t, k)
			}
		})
	}
	wait.Wait()
}

// Every question in the wrong state, malformed or unknown gets a refusal, and the
// program goes on.
func TestTheProgramRefusesWhatItDoesNotUnderstand(t *testing.T) {
	p := tokentest.New(t, "x")
	cmd := exec.Command(p.Program, p.Library)
	in, _ := cmd.StdinPipe()
	out, _ := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	question := func(kind byte, body []byte) byte {
		t.Helper()
		if err := frame.Write(in, kind, body); err != nil {
			t.Fatal(err)
		}
		got, _, err := frame.Read(out, wire.MaxBody)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	sign, _ := frame.Append(nil, wire.Sign{Number: 7, Message: []byte("m")})
	find, _ := frame.Append(nil, wire.Find{Label: []byte("root")})
	generate, _ := frame.Append(nil, wire.Generate{Algorithm: 9, Label: []byte("root")})
	for kind, body := range map[byte][]byte{wire.KindSign: sign, wire.KindFind: find, wire.KindGenerate: generate, wire.KindOpen: {1}, 0x55: nil} {
		if got := question(kind, body); got != wire.KindRefused {
			t.Errorf("%#x was answered %#x", kind, got)
		}
	}
	login, _ := frame.Append(nil, wire.Open{Label: []byte("x"), PIN: []byte(tokentest.PIN)})
	if got := question(wire.KindOpen, login); got != wire.KindOpen|wire.Answer {
		t.Errorf("the positive control was answered %#x", got)
	}
	_ = in.Close()
	_, _ = io.Copy(io.Discard, out)
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
