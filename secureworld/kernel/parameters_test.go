//go:build linux

package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha1" //nolint:gosec // the check value of EMV's CA keys
	"crypto/sha256"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/internal/certificate"
	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/oda"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/parameters"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

func document() parameters.Document {
	rid, modulus := []byte{0xA0, 0, 0, 0, 0x03}, bytes.Repeat([]byte{0xC1}, 248)
	check := sha1.Sum(bytes.Join([][]byte{rid, {0xD0}, modulus, {1, 0, 1}}, nil)) //nolint:gosec // EMV's own
	d := parameters.Document{Version: 7, Currency: "EUR", MinBits: 1024, Reader: json.RawMessage(`{"contact":{}}`),
		CAKeys: []parameters.CAKey{{RID: rid, Index: []byte{0xD0}, Modulus: modulus, Exponent: []byte{1, 0, 1}, Check: check[:], Expiry: []byte{0x31, 0x12, 0x31}}},
		Policy: parameters.Policy{Interfaces: []string{parameters.InterfaceChip, parameters.InterfaceStripe},
			Keyed: true, FallbackPerHour: 9, FallbackPerCard: 2, RefundLimit: 50, RefundPerDay: 60}}
	for i := range byte(parameters.MaxRevokedPerKey) {
		d.Revoked = append(d.Revoked, parameters.Revoked{RID: rid, Index: []byte{0xD0}, Serial: []byte{1, 2, i}})
	}
	return d
}

// handed is what boot hands over. The kernel verifies no signature.
func handed(t *testing.T, d parameters.Document) *handover.Provisions {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := certificate.Seal(parameters.Purpose, d, key, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &handover.Provisions{Parameters: raw}
}

func taken(t *testing.T, d parameters.Document) (*kernel, error) {
	t.Helper()
	k := &kernel{}
	k.cfg.Currency = "EUR"
	return k, k.takeParameters(handed(t, d))
}

func TestTheCoreObeysThePolicyOfTheParameters(t *testing.T) {
	k, err := taken(t, document())
	if err != nil {
		t.Fatal(err)
	}
	c := k.core
	if c.Parameters != 7 || c.Interfaces != sred.InterfaceChip|sred.InterfaceStripe || !c.Keyed || c.FallbackPerHour != 9 || c.FallbackPerCard != 2 || c.RefundLimit != 50 || c.RefundPerDay != 60 {
		t.Errorf("%+v", c)
	}
	body, err := document().Encode()
	if err != nil {
		t.Fatal(err)
	}
	if o := k.parameters.order(); o.Version != 7 || !bytes.Equal(o.Document, body) || k.parameters.digest != sha256.Sum256(body) {
		t.Errorf("%+v", o)
	}
}

func TestThePaymentApplicationIsToldOfAKeyAndWhatIsRevokedUnderIt(t *testing.T) {
	k, err := taken(t, document())
	if err != nil {
		t.Fatal(err)
	}
	want := document().CAKeys[0]
	a, found := k.parameters.authority(call.CAKeyQuestion{RID: [5]byte(want.RID), Index: 0xD0})
	if !found || !bytes.Equal(a.Modulus, want.Modulus) || !bytes.Equal(a.Exponent, want.Exponent) || !bytes.Equal(a.Check[:], want.Check) ||
		!bytes.Equal(a.Expiry[:], want.Expiry) || len(a.Revoked) != 3*parameters.MaxRevokedPerKey {
		t.Errorf("%+v", a)
	}
	if b, err := frame.Append(nil, a); err != nil || len(b) > call.MaxCAKeyAnswer {
		t.Errorf("the longest answer has %d bytes, %v", len(b), err)
	}
	for _, q := range []call.CAKeyQuestion{{RID: [5]byte(want.RID), Index: 0xD1}, {RID: [5]byte{1}, Index: 0xD0}} {
		if _, found := k.parameters.authority(q); found {
			t.Errorf("%+v", q)
		}
	}
}

func TestParametersThatTheKernelCannotObeyEndItsStart(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*parameters.Document)
		want  error
	}{
		"another currency": {func(d *parameters.Document) { d.Currency = "USD" }, nil},
		"expired":          {func(d *parameters.Document) { d.NotAfter = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC) }, parameters.ErrExpired},
		"a false key":      {func(d *parameters.Document) { d.CAKeys[0].Check[0]++ }, oda.ErrCheck},
		"a short key":      {func(d *parameters.Document) { d.CAKeys[0].Modulus = d.CAKeys[0].Modulus[:100] }, parameters.ErrKeys},
		"a test key":       {func(d *parameters.Document) { d.CAKeys[0].Check = testKey(t) }, parameters.ErrTestKey},
		"version zero":     {func(d *parameters.Document) { d.Version = 0 }, parameters.ErrValue},
	} {
		d := document()
		c.spoil(&d)
		if _, err := taken(t, d); err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	k := &kernel{}
	if err := k.takeParameters(&handover.Provisions{}); err == nil || !strings.Contains(err.Error(), "parameters") {
		t.Errorf("none: %v", err)
	}
}

// testKey is the check value of a published test key: A000000003/92.
func testKey(t *testing.T) (check parameters.Hex) {
	t.Helper()
	if err := check.UnmarshalText([]byte("429C954A3859CEF91295F663C963E582ED6EB253")); err != nil {
		t.Fatal(err)
	}
	return check
}
