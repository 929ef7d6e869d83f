package conformance

import (
	"crypto/des" //nolint:gosec // what cards compute with
	"math/bits"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/cvv"
)

// tdes enciphers one block under a double-length key.
func tdes(key, block []byte) []byte {
	c, err := des.NewTripleDESCipher(append(append([]byte(nil), key...), key[:8]...)) //nolint:gosec // as above
	if err != nil {
		panic("conformance: " + err.Error())
	}
	out := make([]byte, 8)
	c.Encrypt(out, block)
	return out
}

// retailMAC over data that are padded already.
func retailMAC(key, data []byte) []byte {
	single := append(append([]byte(nil), key[:8]...), key[:8]...)
	mac := make([]byte, 8)
	for ; len(data) > 0; data = data[8:] {
		for i := range mac {
			mac[i] ^= data[i]
		}
		if len(data) == 8 {
			return tdes(key, mac)
		}
		mac = tdes(single, mac)
	}
	return tdes(key, mac)
}

func pad(data []byte, mark bool) []byte {
	out := append([]byte(nil), data...)
	if mark {
		out = append(out, 0x80)
	}
	for len(out)%8 != 0 {
		out = append(out, 0)
	}
	return out
}

func odd(key []byte) []byte {
	for i := range key {
		if bits.OnesCount8(key[i])%2 == 0 {
			key[i] ^= 1
		}
	}
	return key
}

// cardKey is the card's by option A. What is no account number has any.
func cardKey(issuer, pan []byte, psn byte) []byte {
	digits := append([]byte("0000000000000000"), pan...)
	digits = append(digits, '0'+psn>>4, '0'+psn&15)
	digits = digits[len(digits)-16:]
	var y [8]byte
	for i := range y {
		y[i] = (digits[2*i]-'0')<<4 | (digits[2*i+1]-'0')&15
	}
	left := tdes(issuer, y[:])
	for i := range y {
		y[i] = ^y[i]
	}
	return odd(append(left, tdes(issuer, y[:])...))
}

func common(master []byte, r [8]byte) []byte {
	left, right := r, r
	left[2], right[2] = 0xF0, 0x0F
	return odd(append(tdes(master, left[:]), tdes(master, right[:])...))
}

func (s *source) psn() uint8 {
	if s.oneIn(12) {
		return byte(s.IntN(256))
	}
	return byte(s.IntN(10))<<4 | byte(s.IntN(10))
}

func (w *World) verifyARQC() any {
	s := w.random
	r := element.VerifyARQC{
		PAN: s.pan(), PSN: s.psn(), ATC: [2]byte(s.bytes(2)), UN: [4]byte(s.bytes(4)), Data: s.bytes(s.IntN(60)),
		Derivation: element.Derivation(s.IntN(3)), Method: element.Method(s.IntN(3)),
		ARC: [2]byte(s.bytes(2)), CSU: [4]byte(s.bytes(4)),
	}
	if r.Method == element.Method2 && !s.oneIn(8) {
		r.Derivation = element.DeriveCommon
	}
	if s.oneIn(20) {
		r.Data = s.bytes(s.IntN(element.MaxCryptogramInput + 1))
	}
	session := cardKey(w.keys[element.SlotIssuerAC], r.PAN, r.PSN)
	diversifier := [8]byte{r.ATC[0], r.ATC[1]}
	if r.Derivation == element.DeriveUnpredictable {
		copy(diversifier[4:], r.UN[:])
	}
	if r.Derivation != element.DeriveNone {
		session = common(session, diversifier)
	}
	copy(r.ARQC[:], retailMAC(session, pad(r.Data, r.Derivation != element.DeriveNone)))
	return r
}

func (w *World) verifyCVV() any {
	s := w.random
	r := element.VerifyCVV{PAN: s.pan(), Expiry: [4]byte(s.digits(4)), Service: [3]byte(s.digits(3)), Place: element.Place(s.IntN(3))}
	if s.oneIn(12) {
		copy(r.Service[:], []string{"000", "999", "2A1"}[s.IntN(3)])
	}
	service := map[element.Place]string{element.PlaceStripe: string(r.Service[:]), element.PlacePrint: "000", element.PlaceChip: "999"}[r.Place]
	k, erase, err := cvv.Open(w.keys[element.SlotCVK])
	if err != nil {
		panic("conformance: " + err.Error())
	}
	defer erase()
	if r.Value, err = k.Value(r.PAN, r.Expiry[:], []byte(service)); err != nil {
		r.Value = [3]byte(s.digits(3))
	}
	return r
}

func (w *World) verifyCVC3() any {
	s := w.random
	r := element.VerifyCVC3{PAN: s.pan(), PSN: s.psn(), Track: s.bytes(s.IntN(20)), UN: [4]byte(s.bytes(4)), ATC: [2]byte(s.bytes(2))}
	master := cardKey(w.keys[element.SlotIssuerCVC3], r.PAN, r.PSN)
	block := append(append(retailMAC(master, pad(r.Track, true))[6:], r.UN[:]...), r.ATC[:]...)
	copy(r.Code[:], tdes(master, block)[6:])
	return r
}

// scriptMAC asks for one of the commands that there are, or for any.
func (w *World) scriptMAC() any {
	s := w.random
	r := element.ScriptMAC{PAN: s.pan(), PSN: s.psn(), ATC: [2]byte(s.bytes(2)), ARQC: element.Cryptogram(s.bytes(8)), Messaging: element.Messaging(s.IntN(2))}
	heads := [][5]byte{{0x84, 0x16}, {0x84, 0x18}, {0x84, 0x1E}, {0x84, 0x24}, {0x04, 0xDA, 0x9F, 0x79}, {0x04, 0xDC, 1, 0x14}, {0x84, 0x24, 0, 2}, {byte(s.IntN(256)), byte(s.IntN(256))}}
	r.Header = heads[s.IntN(len(heads))]
	if r.Header[0] == 0x04 || s.oneIn(12) {
		r.Data = s.bytes(s.IntN(element.MaxScriptData + 1))
	}
	r.Header[4] = byte(len(r.Data) + element.MACSize)
	if s.oneIn(16) {
		r.Header[4]++
	}
	return r
}
