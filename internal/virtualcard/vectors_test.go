package virtualcard

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// shared is the folder of the bulk vectors beside the project. Where they are
// not, the test says so; in CI that is a failure.
func shared(t testing.TB) (dir string, found bool) {
	t.Helper()
	dir = filepath.Join("..", "..", "..", "shared", "vectors")
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("the shared vectors are missing and this is CI")
		}
		t.Log("LEFT OUT: ../shared/vectors is not here")
		return "", false
	}
	return dir, true
}

func readShared(t testing.TB, name string, v any) bool {
	t.Helper()
	dir, found := shared(t)
	if !found {
		return false
	}
	raw, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, v); err != nil {
		t.Fatal(err)
	}
	return true
}

type schemeVector struct {
	Name             string
	IssuerMasterKeys struct{ AC, SMI, SMC string } `json:"issuer_master_keys"`
	PAN, PSN         string
	Tags, Appended   map[string]string
	ARQC             string
	ARPC             struct {
		Method    int
		ARC, ARPC string
		CSU       string
	}
	Commands []struct{ What, Header, MAC, Command string }
}

func versionOf(name string) string {
	return map[string]string{
		"Visa CVN 10": "visa10", "Visa CVN 18": "visa18", "Visa CVN 22": "visa22",
		"Mastercard CVN 16": "mchip10", "Mastercard CVN 17": "mchip11",
		"Mastercard CVN 20": "mchip14", "Mastercard CVN 21": "mchip15",
	}[name]
}

func schemeVectors(t *testing.T) []schemeVector {
	var v struct{ Scheme []schemeVector }
	if !readShared(t, "emv_cryptograms.json", &v) {
		return nil
	}
	var out []schemeVector
	for _, s := range v.Scheme {
		if versionOf(s.Name) != "" {
			out = append(out, s)
		}
	}
	if len(out) != 7 {
		t.Fatalf("%d scheme versions", len(out))
	}
	return out
}

// inTransaction is an application of the vector's card with the vector's
// terminal data, after its first cryptogram.
func (v schemeVector) inTransaction(t *testing.T) *Card {
	t.Helper()
	atc, err := strconv.ParseUint(v.Tags["9F36"], 16, 16)
	if err != nil {
		t.Fatal(err)
	}
	key := func(issuer string) []byte { return CardKey(unhex(t, issuer), v.PAN, psnOf(v.PSN)) }
	p := Profile{CVN: versionOf(v.Name), PIN: "8888"}
	p.setDefaults()
	a := &application{
		profile: p, version: versions()[p.CVN], aip: unhex(t, v.Tags["82"]), memory: &applicationMemory{atc: uint16(atc)},
		master: key(v.IssuerMasterKeys.AC), smi: key(v.IssuerMasterKeys.SMI), smc: key(v.IssuerMasterKeys.SMC),
	}
	a.cdol1 = cdol1()
	c := &Card{profile: p, face: Contact, memory: NewMemory(p)}
	c.tx = transaction{app: a, stage: stageRequested, firstKind: acARQC, first: unhex(t, v.ARQC), values: map[tlv.Tag][]byte{}}
	for _, e := range cdol1() {
		c.tx.values[e.Tag] = unhex(t, v.Tags[fmt.Sprintf("%X", uint32(e.Tag))])
	}
	return c
}

// issuerData is 9F10 as the vector covers it.
func (v schemeVector) issuerData(t *testing.T) []byte {
	if whole := v.Appended["9F10"]; whole != "" {
		return unhex(t, whole)
	}
	cvr := unhex(t, v.Appended["cvr"])
	if len(cvr) == 4 {
		return append([]byte{0x06, 0x01, 0x0A}, cvr...)
	}
	counters := v.Appended["counters"]
	if counters == "" {
		counters = "0000000000000000"
	}
	return append(append(append([]byte{0x01, 0x10}, cvr...), 0, 0), unhex(t, counters)...)
}

func TestEachCryptogramVersionGivesThePublishedARQC(t *testing.T) {
	for _, v := range schemeVectors(t) {
		c := v.inTransaction(t)
		if got := c.mac(v.issuerData(t)); !bytes.Equal(got, unhex(t, v.ARQC)) {
			t.Errorf("%s: %X", v.Name, got)
		}
	}
}

func TestEachCryptogramVersionTakesThePublishedARPCAndNoOther(t *testing.T) {
	for _, v := range schemeVectors(t) {
		good := unhex(t, v.ARPC.ARPC+v.ARPC.ARC+v.ARPC.CSU)
		for i := range good {
			c := v.inTransaction(t)
			if c.authenticate(good); c.tx.issuer < issuerDeclined {
				t.Fatalf("%s: refused", v.Name)
			}
			bad := bytes.Clone(good)
			bad[i] ^= 0x01
			if c.authenticate(bad); c.tx.issuer != issuerFailed {
				t.Errorf("%s: byte %d may change", v.Name, i)
			}
		}
	}
}

func TestPublishedScriptsAreDoneAndChangedOnesAreNot(t *testing.T) {
	for _, v := range schemeVectors(t) {
		for _, s := range v.Commands {
			whole := unhex(t, s.Header+s.MAC+s.Command)
			c := v.inTransaction(t)
			c.memory.tries, c.tx.app.memory.blocked = 0, true
			if got := c.process(whole); !bytes.Equal(got, []byte{0x90, 0x00}) {
				t.Errorf("%s, %s: %X", v.Name, s.What, got)
				continue
			}
			unlocked := strings.HasPrefix(s.What, "application") && !c.tx.app.memory.blocked
			changed := strings.HasPrefix(s.What, "PIN") && c.memory.tries == 3 && (!strings.Contains(s.What, "9999") || c.memory.pin == "9999")
			if !unlocked && !changed {
				t.Errorf("%s, %s: had no effect", v.Name, s.What)
			}
			whole[len(whole)-1] ^= 0x01
			if got := v.inTransaction(t).process(whole); !bytes.Equal(got, []byte{0x69, 0x88}) {
				t.Errorf("%s, %s, changed: %X", v.Name, s.What, got)
			}
		}
	}
}

func TestPublishedDynamicCodes(t *testing.T) {
	var v struct {
		CVC3 []struct {
			IssuerKey string `json:"issuer_key"`
			PAN, PSN  string
			Track2    string `json:"track2_hex"`
			Track1    string `json:"track1_ascii"`
			ATC, UN   string
			Last      string `json:"cvc3_last3"`
		}
	}
	if !readShared(t, "cvv_pvv.json", &v) {
		return
	}
	if len(v.CVC3) == 0 {
		t.Fatal("no vectors")
	}
	for _, c := range v.CVC3 {
		track := []byte(c.Track1)
		if c.Track2 != "" {
			track = unhex(t, c.Track2)
		}
		atc := unhex(t, c.ATC)
		got := CVC3(CardKey(unhex(t, c.IssuerKey), c.PAN, psnOf(c.PSN)), track, [4]byte(unhex(t, c.UN)), uint16(atc[0])<<8|uint16(atc[1]))
		if last := fmt.Sprintf("%03d", (int(got[0])<<8|int(got[1]))%1000); last != c.Last {
			t.Errorf("%s, want %s", last, c.Last)
		}
	}
}
