package conformance

import (
	"bytes"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// scheme is a published case of one cryptogram version, with its scripts.
type scheme struct {
	Name, PAN, PSN, Session, ARQC, Data string

	Keys struct{ AC, SMI string } `json:"issuer_master_keys"`
	Tags map[string]string
	ARPC struct {
		Method         int
		ARC, ARPC, CSU string
	}
	Messaging struct{ Keys string } `json:"secure_messaging"`
	Commands  []struct{ What, Header, Command, MAC string }
}

// Schemes asks for every scheme's cryptograms, answers and script commands.
func Schemes(t *testing.T, open Opener) {
	t.Helper()
	var file struct{ Scheme []scheme }
	if !ReadVectors(t, "emv_cryptograms.json", &file) {
		return
	}
	ran := 0
	for _, s := range file.Scheme {
		if strings.HasPrefix(s.Name, "Interac") { // not a scheme of this issuer
			continue
		}
		ran++
		given := map[element.Slot][]byte{element.SlotIssuerAC: Hex(t, s.Keys.AC), element.SlotIssuerSMI: Hex(t, s.Keys.SMI)}
		with(t, open, given, func(_ *World, ops element.Operations) {
			s.cryptogram(t, ops)
			s.scripts(t, ops)
		})
	}
	if ran < 7 {
		t.Errorf("%d schemes only", ran)
	}
}

func (s scheme) derivation() element.Derivation {
	switch {
	case s.Session == "none":
		return element.DeriveNone
	case strings.Contains(s.Session, "UN"):
		return element.DeriveUnpredictable
	}
	return element.DeriveCommon
}

func (s scheme) cryptogram(t *testing.T, ops element.Operations) {
	t.Helper()
	r := element.VerifyARQC{
		PAN: []byte(s.PAN), PSN: Hex(t, s.PSN)[0], Derivation: s.derivation(), Method: element.Method(s.ARPC.Method), //nolint:gosec // 1 or 2
		ATC: [2]byte(Hex(t, s.Tags["9F36"])), UN: [4]byte(Hex(t, s.Tags["9F37"])), Data: Hex(t, s.Data), ARQC: element.Cryptogram(Hex(t, s.ARQC)),
	}
	want := Hex(t, s.ARPC.ARPC)
	if r.Method == element.Method2 {
		r.CSU = [4]byte(Hex(t, s.ARPC.CSU))
		want = append(want, r.CSU[:]...)
	} else {
		r.ARC = [2]byte(Hex(t, s.ARPC.ARC))
		want = append(want, r.ARC[:]...)
	}
	if a, err := ops.VerifyARQC(r); err != nil || !bytes.Equal(a.Data, want) {
		t.Errorf("%s: the cryptogram is not answered as published", s.Name)
	}
	refusesFlips(t, s.Name, r.ARQC[:], func() error { _, err := ops.VerifyARQC(r); return err })
}

func (s scheme) scripts(t *testing.T, ops element.Operations) {
	t.Helper()
	messaging := element.MessagingCommon
	if strings.HasPrefix(s.Messaging.Keys, "visa") {
		messaging = element.MessagingVisa
	}
	for _, c := range s.Commands {
		whole := Hex(t, c.Header+c.MAC+c.Command) // one of the two forms
		data, mac := whole[5:len(whole)-8], whole[len(whole)-8:]
		m, err := ops.ScriptMAC(element.ScriptMAC{
			PAN: []byte(s.PAN), PSN: Hex(t, s.PSN)[0], ATC: [2]byte(Hex(t, s.Tags["9F36"])),
			ARQC: element.Cryptogram(Hex(t, s.ARQC)), Header: [5]byte(whole[:5]), Data: data, Messaging: messaging,
		})
		switch {
		case strings.Contains(strings.ToLower(c.What), "pin change"):
			if err == nil {
				t.Errorf("%s, %s: a PIN change is authenticated", s.Name, c.What)
			}
		case err != nil || !bytes.Equal(m.MAC[:], mac):
			t.Errorf("%s, %s: not authenticated as published: %v", s.Name, c.What, err)
		}
	}
}

// generic is a published case that belongs to no scheme.
type generic struct {
	Name, Option, PAN, PSN, Session, R, Data, Padding, ARQC string
	IssuerMasterKey                                         string `json:"issuer_master_key"`
	ARPC                                                    []struct {
		Method                           int
		Key, ARC, ARPC, CSU, Proprietary string
	}
}

// Generic asks for those cases whose diversifier is an ATC, or ATC and
// unpredictable number, and for those without a session key.
func Generic(t *testing.T, open Opener) {
	t.Helper()
	var file struct{ Generic []generic }
	if !ReadVectors(t, "emv_cryptograms.json", &file) {
		return
	}
	ran := 0
	for _, g := range file.Generic {
		if r, ok := g.question(t); ok {
			ran++
			with(t, open, map[element.Slot][]byte{element.SlotIssuerAC: Hex(t, g.IssuerMasterKey)}, func(_ *World, ops element.Operations) { g.ask(t, ops, r) })
		}
	}
	if ran < 3 {
		t.Errorf("%d generic cases only", ran)
	}
}

// question is the case as this language has it, if it does.
func (g generic) question(t *testing.T) (r element.VerifyARQC, ok bool) {
	t.Helper()
	r = element.VerifyARQC{PAN: []byte(g.PAN), Data: Hex(t, g.Data), ARQC: element.Cryptogram(Hex(t, g.ARQC))}
	if g.PSN != "" {
		r.PSN = Hex(t, g.PSN)[0]
	}
	if g.Session == "none" {
		return r, g.Option == "A" && g.Padding == "00"
	}
	d := [8]byte(Hex(t, g.R))
	r.Derivation, r.ATC, r.UN = element.DeriveUnpredictable, [2]byte(d[:2]), [4]byte(d[4:])
	if r.UN == [4]byte{} {
		r.Derivation = element.DeriveCommon
	}
	return r, g.Option == "A" && g.Padding == "80" && d[3] == 0
}

func (g generic) ask(t *testing.T, ops element.Operations, r element.VerifyARQC) {
	t.Helper()
	if _, err := ops.VerifyARQC(r); err != nil {
		t.Errorf("%s: does not verify", g.Name)
	}
	for _, a := range g.ARPC {
		q, want := r, Hex(t, a.ARPC)
		if q.Method = element.Method1; a.Method == 2 {
			q.Method, q.CSU = element.Method2, [4]byte(Hex(t, a.CSU))
			want = append(want, q.CSU[:]...)
		} else {
			q.ARC = [2]byte(Hex(t, a.ARC))
			want = append(want, q.ARC[:]...)
		}
		if got, err := ops.VerifyARQC(q); a.Proprietary == "" && (err != nil || !bytes.Equal(got.Data, want)) {
			t.Errorf("%s: not answered as published by method %d", g.Name, a.Method)
		}
	}
}
