package virtualcard

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/oda"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// testScheme has keys made for these tests: CA 1408 bits, issuer 1152, card 1024.
func testScheme(t testing.TB, rid []byte) (Scheme, RSAKey) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "scheme.json"))
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Scheme
		Card RSAKey `json:"card"`
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	v.RID = rid
	return v.Scheme, v.Card
}

// personalised makes a card of a personality, with fixed keys.
func personalised(t testing.TB, name string) (Profile, Scheme) {
	t.Helper()
	who, ok := FindPersonality(name)
	if !ok {
		t.Fatalf("no personality %s", name)
	}
	p := who.Profile
	p.PAN, p.PSN, p.Expiry = panOf(who), 1, "3112"
	p.IssuerMasterKey, p.IssuerSMIKey = bytes.Repeat([]byte{0x11}, 16), bytes.Repeat([]byte{0x23}, 16)
	p.setDefaults()
	s, key := testScheme(t, p.AID[:5])
	p, err := PersonaliseWith(p, s, key)
	if err != nil {
		t.Fatal(err)
	}
	return p, s
}

func panOf(who Personality) string {
	for d := byte('0'); d <= '9'; d++ {
		if pan := (who.BIN + "00000000000")[:who.Digits-1] + string(d); luhnValid(pan) {
			return pan
		}
	}
	return ""
}

// A terminal asks one card what its lists want and remembers what came.
type terminal struct {
	t        testing.TB
	card     *Card
	has      map[tlv.Tag][]byte // of terminal and card
	pdol     []byte             // data sent
	static   []byte
	came     map[tlv.Tag]bool // of the card
	once     bool             // no element may come twice now
	un       [4]byte
	lastData []byte // data of the last GENERATE AC
}

func newTerminal(t testing.TB, card *Card) *terminal {
	e := &terminal{t: t, card: card, un: [4]byte{1, 2, 3, 4}, has: map[tlv.Tag][]byte{}, came: map[tlv.Tag]bool{}}
	for tag, v := range map[tlv.Tag]string{
		0x9F02: "000000001234", 0x9F03: "000000000000", 0x9F1A: "0276", 0x95: "0000000000", 0x5F2A: "0978", 0x9A: "261121", 0x9C: "00",
		0x9F37: "01020304", 0x9F35: "22", 0x9F66: "36400000", 0x9F33: "E0F8C8", 0x8A: "3030",
	} {
		e.has[tag] = unhex(t, v)
	}
	return e
}

func (e *terminal) send(cla, ins, p1, p2 byte, data []byte) []byte {
	q := []byte{cla, ins, p1, p2}
	if len(data) > 0 {
		q = append(append(q, byte(len(data))), data...)
	}
	return e.card.Process(append(q, 0))
}

// ask wants 9000 and remembers every element of the answer.
func (e *terminal) ask(cla, ins, p1, p2 byte, data []byte) tlv.List {
	e.t.Helper()
	out := e.send(cla, ins, p1, p2, data)
	if n := len(out) - 2; n < 0 || out[n] != 0x90 {
		e.t.Fatalf("%02X %02X is answered %X", cla, ins, out)
	}
	l, err := tlv.Parse(out[:len(out)-2])
	if err != nil {
		e.t.Fatalf("%02X is answered %X: %v", ins, out, err)
	}
	l.Primitives(func(x tlv.Element) bool {
		if e.came[x.Tag] && e.once {
			e.t.Errorf("%X comes twice", uint32(x.Tag))
		}
		e.came[x.Tag], e.has[x.Tag] = true, x.Value
		return true
	})
	return l
}

func (e *terminal) fill(list []byte) []byte {
	d, err := tlv.ParseDOL(list)
	if err != nil {
		e.t.Fatal(err)
	}
	b, err := d.Build(nil, func(tag tlv.Tag) ([]byte, bool) { v, ok := e.has[tag]; return v, ok })
	if err != nil {
		e.t.Fatal(err)
	}
	return b
}

// begin selects, gets the processing options and reads all records.
func (e *terminal) begin() {
	e.t.Helper()
	e.ask(0x00, 0xA4, 0x04, 0x00, e.card.profile.AID)
	e.pdol = e.fill(e.has[0x9F38])
	e.came, e.once = map[tlv.Tag]bool{}, true
	defer func() { e.once = false }()
	l := e.ask(0x80, 0xA8, 0, 0, tlv.Append(nil, 0x83, e.pdol))
	if l[0].Tag == 0x80 {
		e.has[0x82], e.has[0x94] = l[0].Value[:2], l[0].Value[2:]
	}
	for afl := e.has[0x94]; len(afl) > 0; afl = afl[4:] {
		for n := afl[1]; n <= afl[2]; n++ {
			l := e.ask(0x00, 0xB2, n, afl[0]|0x04, nil)
			if n-afl[1] < afl[3] {
				e.static = append(e.static, l[0].Value...)
			}
		}
	}
	if bytes.Equal(e.has[0x9F4A], []byte{0x82}) {
		e.static = append(e.static, e.has[0x82]...)
	}
}

func (e *terminal) generate(p1 byte, list tlv.Tag) tlv.List {
	e.t.Helper()
	e.lastData = e.fill(e.has[list])
	delete(e.has, 0x9F26)
	delete(e.has, 0x9F4B)
	l := e.ask(0x80, 0xAE, p1, 0, e.lastData)
	if b := l[0].Value; l[0].Tag == 0x80 {
		e.has[0x9F27], e.has[0x9F36], e.has[0x9F26], e.has[0x9F10] = b[:1], b[1:3], b[3:11], b[11:]
	}
	return l
}

var today = oda.Date{0x26, 0x11, 0x21}

func caKeys(t testing.TB, schemes ...Scheme) oda.Set {
	var keys []oda.CAKey
	for _, s := range schemes {
		k := s.Public()
		keys = append(keys, oda.CAKey{RID: oda.RID(k.RID), Index: k.Index[0], Modulus: k.Modulus, Exponent: k.Exponent, Check: [20]byte(k.Check)})
	}
	set, err := oda.NewSet(keys, nil, 1024)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// issuerKey verifies the issuer's certificate, cardKey the card's as well.
func (e *terminal) issuerKey(s Scheme) (oda.PublicKey, error) {
	if len(e.has[0x8F]) != 1 {
		return oda.PublicKey{}, errors.New("no CA index")
	}
	return caKeys(e.t, s).Issuer(oda.RID(s.RID), e.has[0x8F][0], e.has[0x90], e.has[0x92], e.has[0x9F32], e.has[0x5A], today)
}

func (e *terminal) cardKey(s Scheme) oda.PublicKey {
	e.t.Helper()
	issuer, err := e.issuerKey(s)
	if err != nil {
		e.t.Fatal(err)
	}
	k, err := oda.ICC(issuer, e.has[0x9F46], e.has[0x9F48], e.has[0x9F47], e.has[0x5A], e.static, today)
	if err != nil {
		e.t.Fatal(err)
	}
	return k
}
