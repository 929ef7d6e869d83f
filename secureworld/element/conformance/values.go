package conformance

import (
	"fmt"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// Values asks for card verification values, dynamic codes and PIN references.
func Values(t *testing.T, open Opener) {
	t.Helper()
	var file struct {
		CVV  []cvvCase
		CVC3 []cvc3Case
		IBM  []ibmCase `json:"ibm3624"`
	}
	if !ReadVectors(t, "cvv_pvv.json", &file) {
		return
	}
	if len(file.CVV) == 0 || len(file.CVC3) == 0 || len(file.IBM) == 0 {
		t.Fatal("the published values are empty")
	}
	for _, v := range file.CVV {
		with(t, open, map[element.Slot][]byte{element.SlotCVK: Hex(t, v.CVK)}, func(_ *World, ops element.Operations) { v.ask(t, ops) })
	}
	for _, v := range file.CVC3 {
		with(t, open, map[element.Slot][]byte{element.SlotIssuerCVC3: Hex(t, v.Issuer)}, func(_ *World, ops element.Operations) { v.ask(t, ops) })
	}
	ran := 0
	for _, v := range file.IBM {
		if v.From != 0 || v.Length != len(v.PAN) || v.Table != table { // other validation data than ours
			continue
		}
		ran++
		with(t, open, map[element.Slot][]byte{element.SlotPVK: Hex(t, v.PVK)}, func(w *World, ops element.Operations) { v.ask(t, w, ops) })
	}
	if ran == 0 {
		t.Error("no PIN reference was asked for")
	}
}

type cvvCase struct {
	CVK, PAN, Expiry, CVV string
	Service               string `json:"service_code"`
}

func (v cvvCase) ask(t *testing.T, ops element.Operations) {
	t.Helper()
	r := element.VerifyCVV{PAN: []byte(v.PAN), Expiry: [4]byte([]byte(v.Expiry)), Service: [3]byte([]byte(v.Service)), Value: [3]byte([]byte(v.CVV))}
	if _, err := ops.VerifyCVV(r); err != nil {
		t.Error("a published card verification value does not verify")
	}
	refusesFlips(t, "card verification value", r.Value[:], func() error { _, err := ops.VerifyCVV(r); return err })
}

type cvc3Case struct {
	Issuer     string `json:"issuer_key"`
	PAN, PSN   string
	Track2     string `json:"track2_hex"`
	ATC, UN    string
	LastDigits string `json:"cvc3_last3"`
}

// ask tries the codes that end as published: exactly one verifies. Track 1 does
// not fit the language.
func (v cvc3Case) ask(t *testing.T, ops element.Operations) {
	t.Helper()
	if v.Track2 == "" {
		return
	}
	r := element.VerifyCVC3{PAN: []byte(v.PAN), PSN: Hex(t, v.PSN)[0], Track: Hex(t, v.Track2), UN: [4]byte(Hex(t, v.UN)), ATC: [2]byte(Hex(t, v.ATC))}
	verified := 0
	for code := range 1 << 16 {
		if fmt.Sprintf("%03d", code%1000) != v.LastDigits {
			continue
		}
		r.Code = [2]byte{byte(code >> 8), byte(code)}
		if _, err := ops.VerifyCVC3(r); err == nil {
			verified++
		}
	}
	if verified != 1 {
		t.Errorf("%d codes verify that end as the published one", verified)
	}
}

type ibmCase struct {
	PVK, PAN, Offset, PIN string
	Table                 string `json:"decimalisation_table"`
	From                  int    `json:"pan_offset"`
	Length                int    `json:"pan_length"`
}

func (v ibmCase) ask(t *testing.T, w *World, ops element.Operations) {
	t.Helper()
	block := w.seal4(w.zone(), []byte(v.PIN), []byte(v.PAN))
	if o, err := ops.PINOffset(element.PINOffset{Block: block, PAN: []byte(v.PAN)}); err != nil || string(o.Offset) != v.Offset {
		t.Error("a PIN has another reference than published")
	}
	r := element.VerifyPIN{Block: block, PAN: []byte(v.PAN), Offset: []byte(v.Offset)}
	if _, err := ops.VerifyPIN(r); err != nil {
		t.Error("a published PIN does not verify")
	}
	refusesFlips(t, "PIN reference", r.Offset, func() error { _, err := ops.VerifyPIN(r); return err })
}
