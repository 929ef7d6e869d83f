package oda

import (
	"bytes"
	"fmt"
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
	Number       hexBytes    `json:"icc_dynamic_number"`
	DDOL         hexBytes    `json:"ddol_data"`
	GenerateAC   []cryptoRow `json:"generate_ac"`
	FDDA         *struct {
		Version hexBytes
		OK      *bool
		Values  map[string]hexBytes
	}
	Key  *keyRow `json:"ca_key"`
	From string  `json:"ca_key_from"` // the list that holds the key; empty: whichever does
}

// cryptoRow is what an answer to GENERATE AC must give.
type cryptoRow struct {
	CDA              bool
	CID, ATC, UN, AC hexBytes
	Number           hexBytes `json:"icc_dynamic_number"`
}

// day is the first of the last month of the certificate that ends the chain.
func (r runRow) day() Date {
	end := r.ICCExpiry
	if len(end) == 0 {
		end = r.IssuerExpiry
	}
	return Date{end[1], end[0], 0x01}
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
	pdol     []byte   // the data of the PDOL, out of template 83
	internal []byte   // answer to INTERNAL AUTHENTICATE
	cdol, ac [][]byte // the data of each GENERATE AC, and its answer
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
		if number[0] <= 10 && len(record) > 0 {
			record = inTemplate(t, record, 0x70)
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
		r.pdol = inTemplate(t, x.command[5:5+int(x.command[4])], 0x83)
	case 0x88:
		r.internal = x.answer
	case 0xAE:
		r.cdol, r.ac = append(r.cdol, x.command[5:5+int(x.command[4])]), append(r.ac, x.answer)
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

// inTemplate is the value of the one element that b is, byte by byte.
func inTemplate(t *testing.T, b []byte, tag byte) []byte {
	t.Helper()
	head := 2
	if len(b) > 1 && b[1] > 0x80 {
		head += int(b[1] & 0x7F)
	}
	if len(b) < head || b[0] != tag {
		t.Fatalf("no template %X", tag)
	}
	return b[head:]
}

func (r recorded) get(tag tlv.Tag) []byte {
	value, _ := r.elements.Find(tag)
	return value
}

// key is the authority's key of a row: one that it brings, or out of the lists. The
// published test scheme has no check value of its own.
func (v published) key(row runRow) (CAKey, bool) {
	scheme := keyRow{RID: v.Scheme.RID, Index: v.Scheme.Index, Modulus: v.Scheme.CA.N, Exponent: v.Scheme.CA.E}
	lists := map[string][]keyRow{"ca_keys": v.Keys, "ca_keys_test_only": v.TestOnly, "test_scheme": {scheme}}
	if row.Key != nil && len(row.Key.Modulus) > 0 {
		return withCheck(row.Key.bare()), true
	}
	for _, from := range []string{row.From, "ca_keys", "test_scheme", "ca_keys_test_only"} {
		for _, k := range lists[from] {
			if bytes.Equal(k.RID, row.AID[:5]) && bytes.Equal(k.Index, row.Index) {
				return withCheck(k.bare()), true
			}
		}
	}
	return CAKey{}, false
}

func TestTheRecordedCardsVerify(t *testing.T) {
	dir, v, found := shared(t)
	if !found {
		return
	}
	for _, row := range append(v.Contact, v.Contactless...) {
		t.Run(filepath.Base(row.File), func(t *testing.T) {
			key, ok := v.key(row)
			if !ok {
				t.Fatal("no key of the authority")
			}
			verify(t, mustSet(t, []CAKey{key}), row, read(t, filepath.Join(dir, row.File), row))
		})
	}
}

func verify(t *testing.T, set Set, row runRow, r recorded) {
	t.Helper()
	pan := r.get(0x5A)
	if pan == nil { // only in the track 2 equivalent data, up to D
		pan = packedPAN(t, r.get(0x57))
	}
	issuer, err := set.Issuer(RID(row.AID[:5]), r.get(0x8F)[0], r.get(0x90), r.get(0x92), r.get(0x9F32), pan, row.day())
	if err != nil || issuer.Bits() != row.IssuerBits {
		t.Fatalf("issuer: %d bits, %v", issuer.Bits(), err)
	}
	verifyStatic(t, row, issuer, r)
	if row.ICCBits == 0 {
		return
	}
	card := func(static []byte) (PublicKey, error) {
		return ICC(issuer, r.get(0x9F46), r.get(0x9F48), r.get(0x9F47), pan, static, row.day())
	}
	icc, err := card(r.static)
	if err != nil || icc.Bits() != row.ICCBits {
		t.Fatalf("card: %d bits, %v", icc.Bits(), err)
	}
	if _, err := card(append(bytes.Clone(r.static), 0)); err == nil {
		t.Error("the card's certificate verifies with one more byte of static data")
	}
	verifyDynamic(t, row, icc, r)
	verifyFast(t, row, icc, r)
	for n := range row.GenerateAC {
		verifyCombined(t, row, icc, r, n)
	}
}

// packedPAN is the digits before the separator, padded with F.
func packedPAN(t *testing.T, track2 []byte) []byte {
	t.Helper()
	digits, _, ok := strings.Cut(fmt.Sprintf("%X", track2), "D")
	if !ok {
		t.Fatal("no PAN")
	}
	if len(digits)%2 == 1 {
		digits += "F"
	}
	return unhex(t, digits)
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
	sdad := r.internal[len(r.internal)-len(icc.Modulus):] // of either template
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
	want := row.FDDA.OK == nil || *row.FDDA.OK
	if n, err := FastDynamic(icc, r.get(0x9F4B), terminal); (err == nil) != want || want && len(n) < 2 {
		t.Errorf("fast dynamic data: %X, %v", n, err)
	}
	if bytes.Equal(row.FDDA.Version, []byte{0}) {
		return
	}
	if _, err := FastDynamic(icc, r.get(0x9F4B), row.FDDA.Values["9F37"]); err == nil {
		t.Error("fast dynamic data of version 01 verify as version 00")
	}
}

// verifyCombined takes the n-th GENERATE AC. The second covers the data of the
// first too.
func verifyCombined(t *testing.T, row runRow, icc PublicKey, r recorded, n int) {
	t.Helper()
	want := row.GenerateAC[n]
	if !want.CDA {
		return
	}
	before := append([][]byte{r.pdol}, r.cdol[:n+1]...)
	answer, sdad := withoutSDAD(t, r.ac[n])
	got, err := CombinedData(icc, sdad, [4]byte(want.UN), append(before, answer)...)
	if err != nil || got.CID != want.CID[0] || !bytes.Equal(got.Cryptogram[:], want.AC) ||
		!bytes.Equal(got.ICCDynamicNumber, want.Number) {
		t.Errorf("combined data: %+v, %v", got, err)
	}
	if _, err := CombinedData(icc, sdad, [4]byte{1}, append(before, answer)...); err == nil {
		t.Error("combined data verify for another unpredictable number")
	}
	answer[len(answer)-1] ^= 1
	if _, err := CombinedData(icc, sdad, [4]byte(want.UN), append(before, answer)...); err == nil {
		t.Error("combined data verify with another answer")
	}
}

// withoutSDAD cuts element 9F4B out of the template 77, byte by byte.
func withoutSDAD(t *testing.T, answer []byte) (rest, sdad []byte) {
	t.Helper()
	body := inTemplate(t, answer, 0x77)
	at := bytes.Index(body, []byte{0x9F, 0x4B})
	if at < 0 {
		t.Fatal("no signature")
	}
	length, head := int(body[at+2]), 3
	if length == 0x81 {
		length, head = int(body[at+3]), 4
	}
	return append(bytes.Clone(body[:at]), body[at+head+length:]...), body[at+head:][:length]
}
