package virtualcard

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

type cryptogramVectors struct {
	Generic []struct {
		Name            string
		IssuerMasterKey string `json:"issuer_master_key"`
		PAN, PSN, R     string
		Data, ARQC      string
		ARPC            []struct {
			Method                           int
			Key, ARC, CSU, Proprietary, ARPC string
		}
	}
	CVN18 struct {
		IssuerMasterKeys struct{ AC string } `json:"issuer_master_keys"`
		PAN, PSN         string
		Tags             map[string]string
		Data, ARQC       string
		ARPC             struct{ CSU, ARPC string }
	} `json:"visa_cvn18"`
}

func readCryptograms(t *testing.T) (v cryptogramVectors) {
	t.Helper()
	raw, err := os.ReadFile("testdata/cryptograms.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &v); err != nil || len(v.Generic) == 0 {
		t.Fatal("no vectors", err)
	}
	return v
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func psnOf(s string) byte { n, _ := strconv.Atoi(s); return byte(n) }

func TestPublishedCryptograms(t *testing.T) {
	for _, c := range readCryptograms(t).Generic {
		card := CardKey(unhex(t, c.IssuerMasterKey), c.PAN, psnOf(c.PSN))
		if c.PSN == "" {
			card = CardKey(unhex(t, c.IssuerMasterKey), c.PAN, 0)
		}
		session := sessionKey(card, [8]byte(unhex(t, c.R)))
		if got := RetailMAC(session, unhex(t, c.Data)); !bytes.Equal(got, unhex(t, c.ARQC)) {
			t.Errorf("%s: ARQC %X", c.Name, got)
		}
		for _, a := range c.ARPC {
			key := session
			if a.Key == "icc_master_key" {
				key = card
			}
			var got []byte
			if a.Method == 1 {
				got = ARPC1(key, unhex(t, c.ARQC), [2]byte(unhex(t, a.ARC)))
			} else {
				got = ARPC2(key, unhex(t, c.ARQC), unhex(t, a.CSU+a.Proprietary))
			}
			if !bytes.Equal(got, unhex(t, a.ARPC)) {
				t.Errorf("%s: ARPC method %d is %X", c.Name, a.Method, got)
			}
		}
	}
}

func TestTheCardsOwnLayoutIsVisaCVN18(t *testing.T) {
	c := readCryptograms(t).CVN18
	card := CardKey(unhex(t, c.IssuerMasterKeys.AC), c.PAN, psnOf(c.PSN))
	session := SessionKey(card, uint16(unhex(t, c.Tags["9F36"])[1]))
	if got := RetailMAC(session, unhex(t, c.Data)); !bytes.Equal(got, unhex(t, c.ARQC)) {
		t.Errorf("ARQC %X", got)
	}
	if got := ARPC2(session, unhex(t, c.ARQC), unhex(t, c.ARPC.CSU)); !bytes.Equal(got, unhex(t, c.ARPC.ARPC)) {
		t.Errorf("ARPC %X", got)
	}
}

func TestRandomPANsAreValid(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	seen := map[string]bool{}
	for range 200 {
		pan := RandomPAN("476173", r)
		if len(pan) != 16 || pan[:6] != "476173" || !luhnValid(pan) {
			t.Fatal(pan)
		}
		seen[pan] = true
	}
	if len(seen) < 190 {
		t.Errorf("only %d of 200 differ", len(seen))
	}
}

func TestBadProfilesAreRefused(t *testing.T) {
	good := `{"pan":"4761739001010010","expiry":"3112","imk_ac":"0123456789ABCDEFFEDCBA9876543210"}`
	if p, err := ParseProfile([]byte(good)); err != nil || p.ServiceCode != "201" || p.ARPCMethod != 2 {
		t.Fatal(p, err)
	}
	for _, bad := range []string{
		`{"pan":"4761739001010011","expiry":"3112","imk_ac":"0123456789ABCDEFFEDCBA9876543210"}`,
		`{"pan":"4761739001010010","expiry":"3113","imk_ac":"0123456789ABCDEFFEDCBA9876543210"}`,
		`{"pan":"4761739001010010","expiry":"3112"}`, `{}`, `[`,
	} {
		if _, err := ParseProfile([]byte(bad)); err == nil {
			t.Errorf("accepted %s", bad)
		}
	}
}
