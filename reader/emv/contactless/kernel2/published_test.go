package kernel2

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/secureworld/oda"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// tapRow is a transcript of the index beside the project.
type tapRow struct {
	File   string
	Kernel int
	UN     emv.Hex `json:"unpredictable_number"`
	Date   emv.Hex
	Data   emv.Hex `json:"transaction_data"`
}

type publishedKey struct{ RID, Index, Modulus, Exponent emv.Hex }

type verified struct {
	Keys     []publishedKey `json:"ca_keys"`
	TestOnly []publishedKey `json:"ca_keys_test_only"`
	Rows     []cardRow      `json:"contactless_transcripts"`
}

type cardRow struct {
	File       string
	GenerateAC []struct{ CID, AC emv.Hex } `json:"generate_ac"`
}

// sharedFolder is that of the vectors beside the project. Where it is not, the
// test says so; in CI that is a failure.
func sharedFolder(t *testing.T) (string, bool) {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", "..", "..", "..")) // of the repository
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root, "..", "shared", "vectors")
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("the shared vectors are missing and this is CI")
		}
		t.Log("LEFT OUT: ../shared/vectors is not here")
		return "", false
	}
	return dir, true
}

func readJSON(t *testing.T, path string, v any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatal(err)
	}
}

// keys has every key once: the first of two with one index counts.
func (v verified) keys(t *testing.T) oda.Set {
	t.Helper()
	var keys []oda.CAKey
	for _, k := range append(slices.Clone(v.Keys), v.TestOnly...) {
		one := oda.CAKey{RID: oda.RID(k.RID), Index: k.Index[0], Modulus: k.Modulus, Exponent: k.Exponent,
			Check: sha1.Sum(slices.Concat(k.RID, k.Index, k.Modulus, k.Exponent))}
		if !slices.ContainsFunc(keys, func(o oda.CAKey) bool { return o.RID == one.RID && o.Index == one.Index }) {
			keys = append(keys, one)
		}
	}
	set, err := oda.NewSet(keys, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// TestEveryPublishedTapOfThisKernelIsPlayed: whatever the recorded reader was,
// the signature covers what it sent, and the outcome follows the cryptogram.
func TestEveryPublishedTapOfThisKernelIsPlayed(t *testing.T) {
	dir, found := sharedFolder(t)
	if !found {
		return
	}
	var index struct{ Transcripts []tapRow }
	var v verified
	readJSON(t, filepath.Join(dir, "apdu_transcripts", "index.json"), &index)
	readJSON(t, filepath.Join(dir, "emv_oda.json"), &v)
	played := 0
	for _, row := range index.Transcripts {
		if row.Kernel != 2 {
			continue
		}
		played++
		var want cardRow
		for _, r := range v.Rows {
			if strings.HasSuffix(r.File, row.File) {
				want = r
			}
		}
		t.Run(row.File, func(t *testing.T) {
			row.play(t, readExchanges(t, filepath.Join(dir, "apdu_transcripts", row.File)), v.keys(t), want)
		})
	}
	if played == 0 {
		t.Fatal("no taps")
	}
}

func (row tapRow) play(t *testing.T, list []exchange, keys oda.Set, want cardRow) {
	t.Helper()
	k := row.kernel(t, list, keys)
	s := k.Next(emv.Start())
	for s.Outcome == nil {
		e := find(list, s.Command)
		k.pretend(e)
		s = k.Next(emv.Response(bytes.Clone(e.answer)))
	}
	if len(want.GenerateAC) == 0 {
		if s.Outcome.Result != contactless.OnlineRequest || !s.Outcome.Stripe {
			t.Errorf("%+v, %+v", *s.Outcome, k.Indication())
		}
		return
	}
	ac := want.GenerateAC[0]
	result := map[byte]contactless.Result{
		acTC: contactless.Approved, acARQC: contactless.OnlineRequest, acAAC: contactless.Declined,
	}[ac.CID[0]&acMask]
	if got := k.card.Value(tlv.Tag9F26ApplicationCryptogram); s.Outcome.Result != result || !bytes.Equal(got, ac.AC) {
		t.Errorf("%+v, %+v, cryptogram %X", *s.Outcome, k.Indication(), got)
	}
}

// find takes the recorded exchange: by command and reference, GENERATE AC and
// the checksum by the command alone, since another reader may ask otherwise. A
// record that was not recorded is empty.
func find(list []exchange, command []byte) exchange {
	for _, e := range list {
		if e.command[1] == command[1] && (command[1] != 0xB2 || bytes.Equal(e.command[2:4], command[2:4])) && command[1] != 0xA4 {
			return e
		}
	}
	return exchange{command, []byte{0x70, 0x00, 0x90, 0x00}}
}

// pretend makes the kernel the reader that was recorded.
func (k *Kernel) pretend(e exchange) {
	sent := func() []byte { return e.command[5 : 5+int(e.command[4])] }
	switch e.command[1] {
	case 0xA8:
		k.terminal.Set(tagDF8111PDOLData, sent()[2:])
	case 0xAE:
		k.terminal.Set(tagDF8107CDOL1Data, sent())
		k.terminal.Set(tagDF8114ReferenceControl, e.command[2:3])
	}
}

func (row tapRow) kernel(t *testing.T, list []exchange, keys oda.Set) *Kernel {
	t.Helper()
	cfg, order := testConfig(t), row.order(t)
	cfg.Stripe = &Stripe{Version: emv.Hex{0, 1}, CVMRequired: contactless.CVMSignature}
	cfg.OfflineApproval, cfg.AcceptAnyCheckDigit = true, true
	for _, e := range list {
		if e.command[1] != 0xA4 || bytes.Contains(e.command, []byte("2PAY")) || len(e.answer) < 4 {
			continue
		}
		aid := e.command[5 : 5+int(e.command[4])]
		cfg.Applications[0].AID = aid
		k, err := Activate(cfg, keys, contactless.Activation{Order: order, AID: aid, FCI: e.answer[:len(e.answer)-2]})
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	t.Fatal("no application is selected")
	return nil
}

func (row tapRow) order(t *testing.T) emv.Order {
	t.Helper()
	o := testOrder()
	o.Date, o.UnpredictableNumber = [3]byte(row.Date), [4]byte(row.UN)
	l, err := tlv.ParseCard(row.Data)
	if err != nil {
		t.Fatal(err)
	}
	number := func(tag tlv.Tag) (n uint64) {
		v, _ := l.Find(tag)
		for _, b := range v {
			n = n*100 + uint64(decimal(b))
		}
		return n
	}
	o.Amount, o.Currency, o.TransactionType = number(0x9F02), uint16(number(0x5F2A)), 0
	if v, ok := l.Find(tlv.Tag9CTransactionType); ok {
		o.TransactionType = v[0]
	}
	return o
}

func readExchanges(t *testing.T, path string) (list []exchange) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		b, err := hex.DecodeString(strings.TrimSpace(strings.TrimLeft(line, "<> ")))
		switch {
		case strings.HasPrefix(line, "> ") && err == nil:
			list = append(list, exchange{command: b})
		case strings.HasPrefix(line, "< ") && err == nil:
			list[len(list)-1].answer = b
		case strings.HasPrefix(line, "> "), strings.HasPrefix(line, "< "):
			t.Fatal(err)
		}
	}
	return list
}
