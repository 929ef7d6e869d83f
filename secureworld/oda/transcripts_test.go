package oda

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// runRow is what a recorded transaction must give.
type runRow struct {
	File, Note   string
	AID, AIP     hexBytes
	AFL          hexBytes
	Index        hexBytes `json:"ca_index"`
	IssuerBits   int      `json:"issuer_key_bits"`
	IssuerExpiry hexBytes `json:"issuer_expiry"`
	ICCBits      int      `json:"icc_key_bits"`
	ICCExpiry    hexBytes `json:"icc_expiry"`
	SSAD, DDA    bool
	DAC          hexBytes
	Number       hexBytes `json:"icc_dynamic_number"`
	DDOL         hexBytes `json:"ddol_data"`
	GenerateAC   []struct {
		CDA    bool
		CID    hexBytes
		UN     hexBytes
		AC     hexBytes
		Number hexBytes `json:"icc_dynamic_number"`
	} `json:"generate_ac"`
	FDDA *struct{ Values map[string]hexBytes }
}

// exchange is a command and its answer, GET RESPONSE already joined.
type exchange struct{ command, answer []byte }

func exchanges(t *testing.T, path string) (list []exchange) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var command []byte
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "> 00C0"):
		case strings.HasPrefix(line, "> "):
			command = unhex(t, line[2:])
		case strings.HasPrefix(line, "< "):
			answer := unhex(t, line[2:])
			list = append(list, exchange{command, answer[:len(answer)-2]})
		}
	}
	return list
}

// recorded is a card read back out of its transcript.
type recorded struct {
	records  map[[2]byte][]byte // by SFI and number
	elements tlv.List           // of all answers
	static   []byte
	pdol     []byte // the data of the PDOL, out of template 83
	internal []byte // answer to INTERNAL AUTHENTICATE
	cdol     []byte // the data of the first GENERATE AC
	ac       []byte // its answer
}

func read(t *testing.T, path string, row runRow) recorded {
	t.Helper()
	r := recorded{records: map[[2]byte][]byte{}}
	for _, x := range exchanges(t, path) {
		if len(x.answer) > 0 {
			r.take(t, x)
		}
	}
	for _, number := range authenticated(row.AFL) {
		record := r.records[number] // those that were not recorded take no part
		if number[0] <= 10 {
			record = inTemplate(t, record)
		}
		r.static = append(r.static, record...)
	}
	if list, ok := r.elements.Find(0x9F4A); ok && bytes.Equal(list, []byte{0x82}) {
		r.static = append(r.static, row.AIP...)
	}
	return r
}

func (r *recorded) take(t *testing.T, x exchange) {
	t.Helper()
	switch x.command[1] {
	case 0xB2:
		r.records[[2]byte{x.command[3] >> 3, x.command[2]}] = x.answer
	case 0xA8:
		r.pdol = x.command[7 : 5+x.command[4]]
	case 0x88:
		r.internal = x.answer
	case 0xAE:
		if r.ac == nil {
			r.cdol, r.ac = x.command[5:5+x.command[4]], x.answer
		}
	}
	if x.command[1] == 0x84 { // a challenge has no tags
		return
	}
	list, err := tlv.ParseCard(x.answer)
	if err != nil {
		t.Fatalf("%X: %v", x.command, err)
	}
	r.elements = append(r.elements, list...)
}

func authenticated(afl []byte) (numbers [][2]byte) {
	for ; len(afl) >= 4; afl = afl[4:] {
		for i := range afl[3] {
			numbers = append(numbers, [2]byte{afl[0] >> 3, afl[1] + i})
		}
	}
	return numbers
}

// inTemplate is a record without its tag 70 and the length, byte by byte.
func inTemplate(t *testing.T, record []byte) []byte {
	t.Helper()
	switch {
	case len(record) == 0:
		return nil
	case record[0] != 0x70 || record[1] > 0x81:
		t.Fatalf("not a record: %X", record)
	case record[1] == 0x81:
		return record[3:]
	}
	return record[2:]
}

func (r recorded) get(tag tlv.Tag) []byte {
	value, _ := r.elements.Find(tag)
	return value
}

// withSchemeKey adds the key of the published test scheme, which has no check
// value of its own.
func withSchemeKey(t *testing.T, v published) Set {
	t.Helper()
	scheme := CAKey{
		RID: RID(v.Scheme.RID), Index: v.Scheme.Index[0], Modulus: v.Scheme.CA.N, Exponent: v.Scheme.CA.E,
	}
	return mustSet(t, append(keysOf(v.Keys...), withCheck(scheme)))
}

func TestTheRecordedCardsVerify(t *testing.T) {
	dir, v, found := shared(t)
	if !found {
		return
	}
	set := withSchemeKey(t, v)
	for _, row := range append(v.Contact, v.Contactless...) {
		t.Run(filepath.Base(row.File), func(t *testing.T) {
			verify(t, set, row, read(t, filepath.Join(dir, row.File), row))
		})
	}
}

func verify(t *testing.T, set Set, row runRow, r recorded) {
	t.Helper()
	today := Date{row.ICCExpiry[1], row.ICCExpiry[0], 0x01}
	pan := r.get(0x5A)
	if pan == nil { // only in the track 2 equivalent data, up to D
		pan = packedPAN(t, r.get(0x57))
	}
	issuer, err := set.Issuer(RID(row.AID[:5]), r.get(0x8F)[0], r.get(0x90), r.get(0x92), r.get(0x9F32), pan, today)
	if err != nil || issuer.Bits() != row.IssuerBits {
		t.Fatalf("issuer: %d bits, %v", issuer.Bits(), err)
	}
	card := func(static []byte) (PublicKey, error) {
		return ICC(issuer, r.get(0x9F46), r.get(0x9F48), r.get(0x9F47), pan, static, today)
	}
	icc, err := card(r.static)
	if err != nil || icc.Bits() != row.ICCBits {
		t.Fatalf("card: %d bits, %v", icc.Bits(), err)
	}
	if _, err := card(append(bytes.Clone(r.static), 0)); err == nil {
		t.Error("the card's certificate verifies with one more byte of static data")
	}
	verifyStatic(t, row, issuer, r)
	verifyDynamic(t, row, icc, r)
	verifyFast(t, row, icc, r)
	verifyCombined(t, row, icc, r)
}

func packedPAN(t *testing.T, track2 []byte) []byte {
	t.Helper()
	i := bytes.IndexFunc(track2, func(c rune) bool { return c>>4 == 0xD })
	if i != 8 {
		t.Fatal("no PAN")
	}
	return track2[:8]
}

func verifyStatic(t *testing.T, row runRow, issuer PublicKey, r recorded) {
	t.Helper()
	if !row.SSAD {
		return
	}
	if dac, err := StaticData(issuer, r.get(0x93), r.static); err != nil || !bytes.Equal(dac[:], row.DAC) {
		t.Errorf("static data: %X, %v", dac, err)
	}
	for i := range r.static {
		altered := bytes.Clone(r.static)
		altered[i] ^= 0x10
		if _, err := StaticData(issuer, r.get(0x93), altered); err == nil {
			t.Errorf("static data verify with byte %d altered", i)
		}
	}
}

func verifyDynamic(t *testing.T, row runRow, icc PublicKey, r recorded) {
	t.Helper()
	if !row.DDA {
		return
	}
	sdad := r.internal[len(r.internal)-len(icc.Modulus):] // template 80
	if n, err := DynamicData(icc, sdad, row.DDOL); err != nil || !bytes.Equal(n, row.Number) {
		t.Errorf("dynamic data: %X, %v", n, err)
	}
	if _, err := DynamicData(icc, sdad, []byte{1, 2, 3, 4}); err == nil {
		t.Error("dynamic data verify for other terminal data")
	}
}

func verifyFast(t *testing.T, row runRow, icc PublicKey, r recorded) {
	t.Helper()
	if row.FDDA == nil {
		return
	}
	var terminal []byte
	for _, tag := range []string{"9F37", "9F02", "5F2A", "9F69"} {
		terminal = append(terminal, row.FDDA.Values[tag]...)
	}
	if n, err := FastDynamic(icc, r.get(0x9F4B), terminal); err != nil || len(n) < 2 {
		t.Errorf("fast dynamic data: %X, %v", n, err)
	}
	if _, err := FastDynamic(icc, r.get(0x9F4B), row.FDDA.Values["9F37"]); err == nil {
		t.Error("fast dynamic data of version 01 verify as version 00")
	}
}

func verifyCombined(t *testing.T, row runRow, icc PublicKey, r recorded) {
	t.Helper()
	if len(row.GenerateAC) == 0 || !row.GenerateAC[0].CDA {
		return
	}
	want := row.GenerateAC[0]
	answer := withoutSDAD(t, r.ac)
	got, err := CombinedData(icc, r.get(0x9F4B), [4]byte(want.UN), r.pdol, r.cdol, answer)
	if err != nil || got.CID != want.CID[0] || !bytes.Equal(got.Cryptogram[:], want.AC) ||
		!bytes.Equal(got.ICCDynamicNumber, want.Number) {
		t.Errorf("combined data: %+v, %v", got, err)
	}
	answer[len(answer)-1] ^= 1
	if _, err := CombinedData(icc, r.get(0x9F4B), [4]byte(want.UN), r.pdol, r.cdol, answer); err == nil {
		t.Error("combined data verify with another answer")
	}
	if _, err := CombinedData(icc, r.get(0x9F4B), [4]byte{1}, r.pdol, r.cdol, withoutSDAD(t, r.ac)); err == nil {
		t.Error("combined data verify for another unpredictable number")
	}
}

// withoutSDAD cuts element 9F4B out of the template 77, byte by byte.
func withoutSDAD(t *testing.T, answer []byte) []byte {
	t.Helper()
	at := bytes.Index(answer, []byte{0x9F, 0x4B})
	if answer[0] != 0x77 || answer[1] != 0x81 || at < 0 {
		t.Fatalf("another form: %X", answer)
	}
	length, head := int(answer[at+2]), 3
	if length == 0x81 {
		length, head = int(answer[at+3]), 4
	}
	return append(bytes.Clone(answer[3:at]), answer[at+head+length:]...)
}
