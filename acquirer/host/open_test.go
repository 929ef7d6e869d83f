package host

import (
	"errors"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
)

// FuzzOpen sends anything to what runs before a MAC is verified: it must refuse
// with a Refusal, and what it lets through must be the terminal's.
func FuzzOpen(f *testing.F) {
	terminals, err := parseTerminals([]provisioning.Terminal{{
		TerminalID: "TERM0001", MerchantID: "SHOP", KeyID: "1111222200000000", PINKeyID: "3333444400000000", Currency: "978",
	}})
	if err != nil {
		f.Fatal(err)
	}
	h := &Host{codec: codec.New(), terminals: terminals}
	h.keys.keys = map[[8]byte]ringKey{{0x11, 0x11, 0x22, 0x22}: {"TERM0001", keyActive}}
	for _, mti := range []string{hostspec.MTIAuthorisation, hostspec.MTIRequest, hostspec.MTIAdvice, hostspec.MTIReversal,
		hostspec.MTISettlement, hostspec.MTIItems, hostspec.MTINetwork} {
		m := codec.NewMessage(mti)
		m.SetString(11, "000001")
		m.SetString(41, "TERM0001")
		m.SetString(70, hostspec.NetworkEcho)
		m.Set(48, hostspec.AppendPrivate(nil, hostspec.Element{Tag: hostspec.PrivateKSN, Value: []byte("\x11\x11\x22\x22\x00\x00\x00\x00\x00\x00\x00\x01")}))
		b, err := h.codec.Pack(m)
		if err != nil {
			f.Fatal(err)
		}
		if _, err := h.open("TERM0001", b); err != nil {
			f.Fatal("the seed is refused")
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		q, err := h.open("TERM0001", b)
		var refusal Refusal
		if err != nil && !errors.As(err, &refusal) {
			t.Error("an error that is no refusal")
		}
		if err == nil && (q.terminal.id != "TERM0001" || [8]byte(q.ksn[:8]) != q.terminal.key) {
			t.Error("another terminal's message")
		}
	})
}

func TestBadRegistrationsAreRefused(t *testing.T) {
	good := provisioning.Terminal{TerminalID: "TERM0001", MerchantID: "SHOP", KeyID: "1111222200000000", PINKeyID: "3333444400000000", Currency: "978"}
	if _, err := parseTerminals([]provisioning.Terminal{good}); err != nil {
		t.Fatal(err)
	}
	for why, change := range map[string]func(*provisioning.Terminal){
		"no id":          func(p *provisioning.Terminal) { p.TerminalID = "" },
		"a long id":      func(p *provisioning.Terminal) { p.TerminalID = "TERMINAL1" },
		"no merchant":    func(p *provisioning.Terminal) { p.MerchantID = "" },
		"a short key id": func(p *provisioning.Terminal) { p.KeyID = "11112222" },
		"no hex":         func(p *provisioning.Terminal) { p.PINKeyID = "nonsensenonsense" },
		"letters":        func(p *provisioning.Terminal) { p.Currency = "EURO" },
	} {
		bad := good
		change(&bad)
		if _, err := parseTerminals([]provisioning.Terminal{bad}); err == nil {
			t.Errorf("%s: accepted", why)
		}
	}
	if _, err := parseTerminals([]provisioning.Terminal{good, good}); err == nil {
		t.Error("one id twice: accepted")
	}
}
