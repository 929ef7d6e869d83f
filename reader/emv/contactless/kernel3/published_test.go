package kernel3

import (
	"bytes"
	"crypto/sha1"
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
	Rows     []struct {
		File string
		FDDA *struct{ OK bool }
	} `json:"contactless_transcripts"`
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

// TestEveryPublishedTapOfThisKernelIsPlayed: the outcome follows the card's
// cryptogram, and fDDA succeeds where that is published.
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
		if row.Kernel != 3 {
			continue
		}
		played++
		fdda := false
		for _, r := range v.Rows {
			fdda = fdda || strings.HasSuffix(r.File, row.File) && r.FDDA != nil && r.FDDA.OK
		}
		t.Run(row.File, func(t *testing.T) {
			row.play(t, readExchanges(t, filepath.Join(dir, "apdu_transcripts", row.File)), v.keys(t), fdda)
		})
	}
	if played == 0 {
		t.Fatal("no taps")
	}
}

func (row tapRow) play(t *testing.T, list []exchange, keys oda.Set, fdda bool) {
	t.Helper()
	at := slices.IndexFunc(list, func(e exchange) bool { return e.command[1] == 0xA8 })
	k := newKernel(t, offline(), keys, row.activation(t, list[at-1], list[at]))
	s := k.Next(emv.Start())
	for s.Outcome == nil {
		same := func(e exchange) bool { return bytes.Equal(e.command[:4], s.Command[:4]) }
		i := slices.IndexFunc(list[at:], same)
		if i < 0 {
			t.Fatalf("not recorded: %X", s.Command)
		}
		s = k.Next(emv.Response(list[at+i].answer))
	}
	want := map[Cryptogram]contactless.Result{
		AAC: contactless.Declined, TC: contactless.Approved, ARQC: contactless.OnlineRequest,
	}
	if s.Outcome.Result != want[k.Report().Cryptogram] || (k.Report().ODA == ODAPassed) != fdda {
		t.Errorf("%+v, %+v", *s.Outcome, k.Report())
	}
}

// activation is the reader's as recorded: the data for the PDOL tell its TTQ.
func (row tapRow) activation(t *testing.T, selected, options exchange) contactless.Activation {
	t.Helper()
	a := anActivation(t, everyReader)
	a.AID = selected.command[5 : 5+int(selected.command[4])]
	a.FCI = selected.answer[:len(selected.answer)-2]
	a.Order.Date, a.Order.UnpredictableNumber = [3]byte(row.Date), [4]byte(row.UN)
	for tag, v := range asked(t, a.FCI, options.command[7:]) {
		switch tag {
		case tag9F66TerminalQualifiers:
			a.TTQ = [4]byte(v)
		case tlv.Tag9F02AmountAuthorised:
			a.Order.Amount = decimal(v)
		case tlv.Tag5F2ATransactionCurrencyCode:
			a.Order.Currency = uint16(decimal(v))
		case tlv.Tag9CTransactionType:
			a.Order.TransactionType = v[0]
		}
	}
	return a
}

func asked(t *testing.T, fci, data []byte) map[tlv.Tag][]byte {
	t.Helper()
	l, err := tlv.ParseCard(fci)
	if err != nil {
		t.Fatal(err)
	}
	list, _ := l.Find(tlv.Tag9F38PDOL)
	d, err := tlv.ParseDOL(list)
	if err != nil {
		t.Fatal(err)
	}
	out := map[tlv.Tag][]byte{}
	for _, e := range d {
		out[e.Tag], data = data[:e.Length], data[e.Length:]
	}
	return out
}

func decimal(packed []byte) (n uint64) {
	for _, b := range packed {
		n = n*100 + uint64(b>>4)*10 + uint64(b&0x0F)
	}
	return n
}
