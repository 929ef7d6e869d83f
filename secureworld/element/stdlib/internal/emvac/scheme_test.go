package emvac_test

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/stdlib/internal/emvac"
	"github.com/strongroom-pos/strongroom/secureworld/sensitive/schedule"
)

// scheme is a published case of one cryptogram version.
type scheme struct {
	Name, PAN, PSN, Padding, Session, ARQC, Data string

	Keys struct{ AC, SMI string } `json:"issuer_master_keys"`
	Tags map[string]string
	ARPC struct {
		Method         int
		ARC, ARPC, CSU string
	}
	Messaging struct{ Keys string } `json:"secure_messaging"`
	Commands  []struct {
		What, Header, Command, MAC string
		Input                      string `json:"mac_input"`
	}
}

// derivation reads the case's own words.
func (s scheme) derivation() element.Derivation {
	switch {
	case s.Session == "none":
		return element.DeriveNone
	case strings.Contains(s.Session, "UN"):
		return element.DeriveUnpredictable
	}
	return element.DeriveCommon
}

func (s scheme) messaging() element.Messaging {
	if strings.HasPrefix(s.Messaging.Keys, "visa") {
		return element.MessagingVisa
	}
	return element.MessagingCommon
}

// card derives a card's key under one of the issuer's.
func card(t *testing.T, issuer, pan, psn string) *[16]byte {
	t.Helper()
	imk, erase, err := schedule.NewTDES(unhex(t, issuer), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer erase()
	master := new([16]byte)
	if err := emvac.MasterKey(master, imk, []byte(pan), unhex(t, psn)[0]); err != nil {
		t.Fatal(err)
	}
	return master
}

func schemes(t *testing.T) (out []scheme) {
	t.Helper()
	var file struct{ Scheme []scheme }
	if !read(t, "emv_cryptograms.json", &file) {
		return nil
	}
	for _, s := range file.Scheme {
		if !strings.HasPrefix(s.Name, "Interac") { // not a scheme of this issuer
			out = append(out, s)
		}
	}
	if len(out) < 7 {
		t.Fatal("the published vectors cannot be read")
	}
	return out
}

func TestEverySchemesVersionIsVerifiedAndAnswered(t *testing.T) {
	for _, s := range schemes(t) {
		master := card(t, s.Keys.AC, s.PAN, s.PSN)
		block, erase, err := schedule.NewTDES(master[:], nil)
		if err != nil {
			t.Fatal(err)
		}
		var session [16]byte
		d, arqc := s.derivation(), [8]byte(unhex(t, s.ARQC))
		emvac.SessionKey(&session, d, master, block, [2]byte(unhex(t, s.Tags["9F36"])), [4]byte(unhex(t, s.Tags["9F37"])))
		if ok, err := emvac.Verify(&session, emvac.Pad(d, unhex(t, s.Data)), arqc); !ok || err != nil {
			t.Errorf("%s: does not verify", s.Name)
		}
		if got := s.answer(t, master, &session, arqc); !strings.EqualFold(got, s.ARPC.ARPC) {
			t.Errorf("%s: another ARPC", s.Name)
		}
		erase()
	}
}

func (s scheme) answer(t *testing.T, master, session *[16]byte, arqc [8]byte) string {
	t.Helper()
	if s.ARPC.Method == 2 {
		got, err := emvac.ARPC2(session, arqc, unhex(t, s.ARPC.CSU))
		if err != nil {
			t.Fatal(err)
		}
		return hex.EncodeToString(got[:])
	}
	key := master
	if s.derivation() == element.DeriveCommon {
		key = session
	}
	b, erase, err := schedule.NewTDES(key[:], nil)
	if err != nil {
		t.Fatal(err)
	}
	defer erase()
	got := emvac.ARPC1(b, arqc, [2]byte(unhex(t, s.ARPC.ARC)))
	return hex.EncodeToString(got[:])
}

func TestPublishedScriptCommandsAreAuthenticated(t *testing.T) {
	ran := 0
	for _, s := range schemes(t) {
		master := card(t, s.Keys.SMI, s.PAN, s.PSN)
		block, erase, err := schedule.NewTDES(master[:], nil)
		if err != nil {
			t.Fatal(err)
		}
		var session [16]byte
		atc, arqc := [2]byte(unhex(t, s.Tags["9F36"])), [8]byte(unhex(t, s.ARQC))
		emvac.MessagingKey(&session, s.messaging(), master, block, atc, arqc)
		erase()
		for _, c := range s.Commands {
			whole := unhex(t, c.Header+c.MAC+c.Command) // one of the two forms
			header, data, mac := whole[:5], whole[5:len(whole)-8], whole[len(whole)-8:]
			got, err := emvac.ScriptMAC(&session, [5]byte(header), atc, arqc, data)
			if err != nil || string(got[:]) != string(mac) {
				t.Errorf("%s, %s: another MAC", s.Name, c.What)
			}
			ran++
		}
	}
	if schemes(t) != nil && ran < 15 {
		t.Errorf("%d commands only", ran)
	}
}

func TestPublishedDynamicCodesAreComputed(t *testing.T) {
	var file struct {
		CVC3 []struct {
			Issuer     string `json:"issuer_key"`
			PAN, PSN   string
			Track2     string `json:"track2_hex"`
			Track1     string `json:"track1_ascii"`
			ATC, UN    string
			LastDigits string `json:"cvc3_last3"`
		}
	}
	if !read(t, "cvv_pvv.json", &file) {
		return
	}
	if len(file.CVC3) == 0 {
		t.Fatal("no case")
	}
	for _, v := range file.CVC3 {
		master := card(t, v.Issuer, v.PAN, v.PSN)
		b, erase, err := schedule.NewTDES(master[:], nil)
		if err != nil {
			t.Fatal(err)
		}
		track := append(unhex(t, v.Track2), v.Track1...)
		code, err := emvac.CVC3(master, b, track, [4]byte(unhex(t, v.UN)), [2]byte(unhex(t, v.ATC)))
		erase()
		digits := fmt.Sprintf("%05d", int(code[0])<<8|int(code[1]))
		if err != nil || digits[2:] != v.LastDigits {
			t.Error("another code")
		}
	}
}
