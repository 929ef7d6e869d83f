package virtualcard

import (
	"bytes"
	"encoding/json"
	"math/big"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/oda"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

func mustCard(t testing.TB, p Profile, m *Memory, face Interface) *Card {
	t.Helper()
	c, err := newCard(p, face, m)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestATerminalVerifiesStaticAndDynamicData(t *testing.T) {
	for _, name := range []string{"visa-sda", "visa-dda", "amex-contact", "discover-contact", "mastercard-cda"} {
		p, s := personalised(t, name)
		e := newTerminal(t, mustCard(t, p, nil, Contact))
		e.begin()
		issuer, err := e.issuerKey(s)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if dac, err := oda.StaticData(issuer, e.has[0x93], e.static); err != nil || dac != [2]byte{0xDA, 0xC0} {
			t.Errorf("%s: %X %v", name, dac, err)
		}
		if p.ODA == "sda" {
			continue
		}
		key, data := e.cardKey(s), []byte{9, 8, 7, 6}
		l := e.ask(0x00, 0x88, 0, 0, data)
		sdad, ok := l.Find(0x9F4B)
		if !ok {
			sdad = l[0].Value // format 1
		}
		if number, err := oda.DynamicData(key, sdad, data); err != nil || len(number) != 8 {
			t.Errorf("%s: %X %v", name, number, err)
		}
		data[0]++
		if _, err := oda.DynamicData(key, sdad, data); err == nil {
			t.Errorf("%s: a signature fits other data", name)
		}
	}
}

// combinedOf verifies the signature of the last GENERATE AC.
func combinedOf(t *testing.T, e *terminal, key oda.PublicKey, l tlv.List, data ...[]byte) oda.Combined {
	t.Helper()
	var rest []byte
	for _, x := range l[0].Children {
		if x.Tag != 0x9F4B {
			rest = tlv.Append(rest, x.Tag, x.Value)
		}
	}
	c, err := oda.CombinedData(key, e.has[0x9F4B], [4]byte(e.has[0x9F37]), append(data, rest)...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestBothCryptogramsAreSigned(t *testing.T) {
	p, s := personalised(t, "mastercard-cda")
	e := newTerminal(t, mustCard(t, p, nil, Contact))
	e.begin()
	key := e.cardKey(s)
	l := e.generate(acARQC|askCDA, 0x8C)
	first := combinedOf(t, e, key, l, e.pdol, e.lastData)
	if first.CID != acARQC || e.has[0x9F27][0] != acARQC || e.has[0x9F26] != nil || !bytes.Equal(first.Cryptogram[:], e.card.tx.first) {
		t.Errorf("%+v", first)
	}
	cdol1 := e.lastData
	e.has[0x91] = e.approve()
	l = e.generate(acTC|askCDA, 0x8D)
	if second := combinedOf(t, e, key, l, e.pdol, cdol1, e.lastData); second.CID != acTC {
		t.Errorf("%+v", second)
	}
	if cvr := e.has[0x9F10][2:]; cvr[0] != 0x60 || cvr[1] != 0x70 {
		t.Errorf("CVR %X", cvr)
	}
}

// approve is the issuer's tag 91 for the card's last ARQC.
func (e *terminal) approve() []byte {
	a := e.card.tx.app
	key := a.version.key(a.master, a.memory.atc, e.un[:])
	if a.version.onMaster {
		key = a.master
	}
	if a.profile.ARPCMethod == 1 {
		return append(ARPC1(key, e.card.tx.first, [2]byte{'0', '0'}), '0', '0')
	}
	csu := []byte{0, 0x80, 0, 0}
	return append(ARPC2(key, e.card.tx.first, csu), csu...)
}

func TestADeclineAndAForgedSignatureAreNoSignature(t *testing.T) {
	p, s := personalised(t, "mastercard-cda")
	e := newTerminal(t, mustCard(t, p, nil, Contact))
	e.begin()
	if e.generate(acAAC|askCDA, 0x8C); e.has[0x9F4B] != nil || e.has[0x9F26] == nil {
		t.Error("an AAC is signed")
	}
	p.Garbage = GarbageSignature
	e = newTerminal(t, mustCard(t, p, nil, Contact))
	e.begin()
	key := e.cardKey(s)
	e.generate(acARQC|askCDA, 0x8C)
	if _, err := oda.DynamicData(key, e.has[0x9F4B], e.un[:]); err == nil {
		t.Error("a forged signature verifies")
	}
}

func TestTheTapSignsAmountAndNumber(t *testing.T) {
	p, s := personalised(t, "visa-tap-fdda")
	e := newTerminal(t, mustCard(t, p, nil, Contactless))
	e.has[0x9F66] = unhex(t, "36000000")
	e.begin()
	if e.has[0x9F27][0] != acTC {
		t.Fatalf("CID %X", e.has[0x9F27])
	}
	data := bytes.Join([][]byte{e.un[:], e.has[0x9F02], e.has[0x5F2A], e.has[0x9F69]}, nil)
	number, err := oda.FastDynamic(e.cardKey(s), e.has[0x9F4B], data)
	if err != nil || !bytes.Equal(number, e.has[0x9F36]) {
		t.Errorf("%X %v", number, err)
	}
	data[9]++
	if _, err := oda.FastDynamic(e.cardKey(s), e.has[0x9F4B], data); err == nil {
		t.Error("the signature fits another amount")
	}
}

func TestRelayMeasurementsAreSigned(t *testing.T) {
	p, s := personalised(t, "mastercard-tap-relay")
	e := newTerminal(t, mustCard(t, p, nil, Contactless))
	e.begin()
	out := e.send(0x80, 0xEA, 0, 0, []byte{1, 1, 1, 1})
	if len(out) != 14 || !bytes.Equal(out[6:12], []byte{0, 1, 1, 0xF4, 0, 10}) {
		t.Fatalf("%X", out)
	}
	c := combinedOf(t, e, e.cardKey(s), e.generate(acARQC|askCDA, 0x8C), e.pdol, e.lastData)
	if !bytes.Equal(c.Tail, append([]byte{1, 1, 1, 1}, out[2:12]...)) {
		t.Errorf("%X", c.Tail)
	}
}

func TestAGeneratedSchemeSignsCards(t *testing.T) {
	s, err := GenerateScheme([]byte{0xA0, 0, 0, 0, 3}, 0xE1)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var again Scheme
	if err := json.Unmarshal(b, &again); err != nil {
		t.Fatal(err)
	}
	p := visa()
	p.ODA = "dda"
	if _, err := New(p, nil); err == nil {
		t.Error("a card without its certificates was made")
	}
	if p, err = Personalise(p, again); err != nil {
		t.Fatal(err)
	}
	if b, err = json.Marshal(p); err != nil {
		t.Fatal(err)
	}
	if p, err = ParseProfile(b); err != nil {
		t.Fatal(err)
	}
	e := newTerminal(t, mustCard(t, p, nil, Contact))
	e.begin()
	e.cardKey(s)
	if s.Public().Check == nil || len(s.CA.Modulus) != 176 || len(s.Issuer.Modulus) != 144 {
		t.Error("sizes")
	}
}

func TestThePublishedTestKeysSignAsTheirOwnersSay(t *testing.T) {
	type pair struct{ N, E, D string }
	var v struct {
		Scheme struct {
			RID, Index      string
			CA, Issuer, ICC pair
		} `json:"test_scheme"`
	}
	if !readShared(t, "emv_oda.json", &v) {
		return
	}
	key := func(p pair) RSAKey {
		return RSAKey{Modulus: unhex(t, p.N), Exponent: unhex(t, p.E), Private: unhex(t, p.D)}
	}
	s := Scheme{RID: unhex(t, v.Scheme.RID), Index: 0x92, CA: key(v.Scheme.CA), Issuer: key(v.Scheme.Issuer), Expiry: "1231"}
	p := visa()
	p.AID, p.ODA = append(bytes.Clone(s.RID), 0x12, 0x34), "cda"
	p, err := PersonaliseWith(p, s, key(v.Scheme.ICC))
	if err != nil {
		t.Fatal(err)
	}
	e := newTerminal(t, mustCard(t, p, nil, Contact))
	e.begin()
	if k := e.cardKey(s); k.Bits() != 1024 {
		t.Errorf("%d bits", k.Bits())
	}
}

func TestAPINIsVerifiedPlainAndEnciphered(t *testing.T) {
	p, _ := personalised(t, "offline-pin")
	memory := NewMemory(p)
	e := newTerminal(t, mustCard(t, p, memory, Contact))
	e.begin()
	want := func(what string, got []byte, sw string) {
		t.Helper()
		if !bytes.Equal(got, unhex(t, sw)) {
			t.Errorf("%s: %X, want %s", what, got, sw)
		}
	}
	right, wrong := unhex(t, "241234FFFFFFFFFF"), unhex(t, "244321FFFFFFFFFF")
	want("no challenge", e.send(0, 0x20, 0, 0x88, make([]byte, 128)), "6985")
	want("right", e.send(0, 0x20, 0, 0x80, right), "9000")
	challenge := e.send(0, 0x84, 0, 0, nil)
	sealed := sealPIN(t, p.Certificates.PINKey, right, challenge[:8])
	want("enciphered", e.send(0, 0x20, 0, 0x88, sealed), "9000")
	want("enciphered again", e.send(0, 0x20, 0, 0x88, sealed), "6985")
	e.send(0, 0x84, 0, 0, nil)
	want("another challenge", e.send(0, 0x20, 0, 0x88, sealed), "6984")
	want("wrong", e.send(0, 0x20, 0, 0x80, wrong), "63C2")
	want("wrong", e.send(0, 0x20, 0, 0x80, wrong), "63C1")
	want("tries", e.send(0x80, 0xCA, 0x9F, 0x17, nil), "9F1701019000")
	e.generate(acARQC, 0x8C)
	if cvr := e.has[0x9F10][2:]; cvr[0] != 0xA4 || cvr[2] != 0x01 || cvr[3] != 0x10 {
		t.Errorf("CVR %X", cvr)
	}
	e = newTerminal(t, mustCard(t, p, memory, Contact)) // it remembers
	e.begin()
	want("wrong", e.send(0, 0x20, 0, 0x80, wrong), "63C0")
	want("blocked", e.send(0, 0x20, 0, 0x80, right), "6983")
}

// sealPIN enciphers as a PIN pad does.
func sealPIN(t *testing.T, k RSAKey, block, challenge []byte) []byte {
	t.Helper()
	m := append(append([]byte{0x7F}, block...), challenge...)
	m = append(m, bytes.Repeat([]byte{0x5A}, len(k.Modulus)-len(m))...)
	c := new(big.Int).Exp(new(big.Int).SetBytes(m), new(big.Int).SetBytes(k.Exponent), new(big.Int).SetBytes(k.Modulus))
	return c.FillBytes(make([]byte, len(k.Modulus)))
}
