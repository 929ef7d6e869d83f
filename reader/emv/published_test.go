package emv

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // as the standard has it
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

type publishedKey struct{ RID, Index, Modulus, Exponent Hex }

// published is what the transcripts beside the project must give.
type published struct {
	Keys     []publishedKey `json:"ca_keys"`
	TestOnly []publishedKey `json:"ca_keys_test_only"`
	Rows     []publishedRow `json:"transcripts"`
	Scheme   struct {
		RID, Index Hex
		CA         struct{ N, E Hex }
	} `json:"test_scheme"`
}

type publishedRow struct {
	File       string
	AID, AIP   Hex
	Index      Hex                              `json:"ca_index"`
	Number     Hex                              `json:"icc_dynamic_number"`
	DDOL       Hex                              `json:"ddol_data"`
	GenerateAC []struct{ P1, CID, ATC, AC Hex } `json:"generate_ac"`
}

func (p published) key(t *testing.T, row publishedRow) *ODA {
	t.Helper()
	all := append(slices.Clone(p.Keys), publishedKey{p.Scheme.RID, p.Scheme.Index, p.Scheme.CA.N, p.Scheme.CA.E})
	for _, k := range append(all, p.TestOnly...) {
		if bytes.Equal(k.RID, row.AID[:5]) && bytes.Equal(k.Index, row.Index) {
			sum := sha1.Sum(slices.Concat(k.RID, k.Index, k.Modulus, k.Exponent)) //nolint:gosec // as the standard has it
			return &ODA{MinBits: 512, Keys: []CAKey{{RID: k.RID, Index: k.Index, Modulus: k.Modulus, Exponent: k.Exponent, Check: sum[:]}}}
		}
	}
	t.Fatal("no key of the authority")
	return nil
}

// recordedOrder takes the order out of the data of the first GENERATE AC.
func recordedOrder(t *testing.T, list [][2]string, row publishedRow) (o Order) {
	t.Helper()
	o = testOrder()
	data := firstCDOLData(t, list)
	number := func(tag tlv.Tag) (n uint64) {
		if _, err := fmt.Sscanf(fmt.Sprintf("%X", data[tag]), "%d", &n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for tag, set := range map[tlv.Tag]func(){
		0x9F02: func() { o.Amount = number(0x9F02) },
		0x9F03: func() { o.AmountOther = number(0x9F03) },
		0x9F1A: func() { o.Country = uint16(number(0x9F1A)) },
		0x5F2A: func() { o.Currency = uint16(number(0x5F2A)) },
		0x9A:   func() { o.Date = [3]byte(data[0x9A]) },
		0x9C:   func() { o.TransactionType = data[0x9C][0] },
		0x9F37: func() { o.UnpredictableNumber = [4]byte(data[0x9F37]) },
	} {
		if _, ok := data[tag]; ok {
			set()
		}
	}
	if len(row.DDOL) == 4 {
		o.UnpredictableNumber = [4]byte(row.DDOL)
	}
	return o
}

func firstCDOLData(t *testing.T, list [][2]string) map[tlv.Tag][]byte {
	t.Helper()
	var cdol tlv.DOL
	for _, e := range list {
		command, answer := unhex(t, e[0]), unhex(t, e[1])
		if l, err := tlv.ParseCard(answer[:len(answer)-2]); err == nil && command[1] == 0xB2 {
			if v, ok := l.Find(tlv.Tag8CCDOL1); ok {
				cdol, _ = tlv.ParseDOL(v)
			}
		}
		if command[1] != 0xAE {
			continue
		}
		out, at := map[tlv.Tag][]byte{}, 5
		for _, d := range cdol {
			out[d.Tag] = command[at : at+d.Length]
			at += d.Length
		}
		return out
	}
	t.Fatal("no cryptogram was asked for")
	return nil
}

// TestEveryPublishedContactTranscriptIsPlayed: data authentication must succeed
// by the best method of the AIP, and each cryptogram be the recorded one.
func TestEveryPublishedContactTranscriptIsPlayed(t *testing.T) {
	dir, ok := transcripts(t)
	if !ok {
		return
	}
	raw, err := os.ReadFile(filepath.Join(filepath.Dir(dir), "emv_oda.json"))
	if err != nil {
		t.Fatal(err)
	}
	var p published
	if err := json.Unmarshal(raw, &p); err != nil {
		t.Fatal(err)
	}
	played := 0
	for _, row := range p.Rows {
		if !strings.Contains(row.File, "/contact/") {
			continue
		}
		played++
		t.Run(filepath.Base(row.File), func(t *testing.T) {
			row.play(t, readTranscript(t, filepath.Join(filepath.Dir(dir), row.File)), p.key(t, row))
		})
	}
	if played == 0 {
		t.Fatal("no transcripts")
	}
}

func (row publishedRow) play(t *testing.T, list [][2]string, keys *ODA) {
	t.Helper()
	cfg := testConfig(t, fmt.Sprintf("%X", []byte(row.AID)))
	cfg.AcceptAnyCheckDigit, cfg.Capabilities[2], cfg.ODA = true, 0xC8, keys
	if row.GenerateAC[0].P1[0]&acMask == acTC {
		cfg = offline(cfg)
	}
	tx := New(cfg, recordedOrder(t, list, row))
	card := &recorded{t: t, list: list}
	a := run(tx, tx.Next(Start()), card)
	for a.Kind == ActionAskPIN || a.Kind == ActionEncipherPIN {
		a = run(tx, tx.Next(PIN(PINEntered)), card)
	}
	row.compare(t, tx, 0)
	checkAuthentication(t, tx, row.bits(), row.performed())
	if got := tx.terminal.Value(tagICCDynamicNumber); !bytes.Equal(got, row.Number) {
		t.Errorf("ICC dynamic number %X", got)
	}
	if a.Kind != ActionGoOnline || len(row.GenerateAC) < 2 {
		return
	}
	a = run(tx, tx.Next(Host(HostAnswer{Result: HostApproved, ResponseCode: [2]byte{'0', '0'}})), card)
	row.compare(t, tx, 1)
	if (a.Outcome == OutcomeApproved) != (row.GenerateAC[1].CID[0]&acMask == acTC) {
		t.Errorf("%v: %s", a.Outcome, a.Reason)
	}
}

func (row publishedRow) compare(t *testing.T, tx *Transaction, n int) {
	t.Helper()
	want := row.GenerateAC[n]
	for tag, v := range map[tlv.Tag]Hex{
		tlv.Tag9F27CryptogramInformationData: want.CID, tlv.Tag9F36ApplicationTransactionCounter: want.ATC,
		tlv.Tag9F26ApplicationCryptogram: want.AC,
	} {
		if got := tx.card.Value(tag); !bytes.Equal(got, v) {
			t.Errorf("cryptogram %d: %X is %X, want %X", n+1, tag, got, []byte(v))
		}
	}
}

// bits is the first byte of the TVR where everything succeeds.
func (row publishedRow) bits() byte {
	switch aip := row.AIP[0]; {
	case aip&(aipCDA|aipDDA) != 0:
		return 0
	case aip&aipSDA != 0:
		return byte(tvrSDASelected)
	}
	return byte(tvrODANotPerformed)
}

func (row publishedRow) performed() byte { return 0x80 &^ (row.bits() & 0x80) }
