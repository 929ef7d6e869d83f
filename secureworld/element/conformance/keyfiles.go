package conformance

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"fmt"
	"strings"

	"github.com/strongroom-pos/strongroom/secureworld/cmac"
	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// KeyFiles makes n key files, of which some load and most are wrong in one thing:
// an entry, a character, or a header that was authenticated all the same.
func (w *World) KeyFiles(n int) []element.KeyFile {
	out := make([]element.KeyFile, n)
	for i := range out {
		f := element.KeyFile{Keys: append([]element.KeyEntry(nil), w.File.Keys...)}
		w.spoil(&f)
		out[i] = f
	}
	return out
}

func (w *World) spoil(f *element.KeyFile) {
	s := w.random
	at := s.IntN(len(f.Keys))
	e := &f.Keys[at]
	switch s.IntN(8) {
	case 0:
		e.Slot = f.Keys[s.IntN(len(f.Keys))].Slot
	case 1:
		f.Keys = append(f.Keys, f.Keys[s.IntN(len(f.Keys))])
	case 2:
		id := []string{"", "1111222", "1111222233", "aAbBcCdD", "1111222G", terminalID}[s.IntN(6)]
		if e.Slot == element.SlotKeyExchange {
			e.KEKID = id
		} else {
			e.BDKID = id
		}
	case 3:
		e.Decimalisation = []string{"", "123456789012345", "0123456701234567", "0123450123450123", "012345678901234A"}[s.IntN(5)]
	case 4:
		e.Block = string(s.damage([]byte(e.Block)))
	case 5:
		e.Block = e.Block[:16] + strings.ToLower(e.Block[16:])
	default:
		e.Block = w.otherHeader(e.Slot)
	}
}

// otherHeader wraps the key of a slot again, with optional blocks and header
// fields of which not all are right; the MAC is.
func (w *World) otherHeader(slot element.Slot) string {
	s := w.random
	for _, h := range slots() {
		if h.slot != slot {
			continue
		}
		optional, count := w.optional(w.keys[slot], h.algorithm)
		fixed := fmt.Sprintf("%s%c%c%s%c%02d%s", h.usage, h.algorithm, h.mode, s.one("00", "00", "c1", "-1"), s.one("N", "E", "S", "X")[0], count, s.one("00", "00", "00", "01"))
		return w.wrap(fixed, optional, w.keys[slot])
	}
	return ""
}

func (s *source) one(from ...string) string { return from[s.IntN(len(from))] }

// optional lists optional blocks, mostly filled up to the cipher's block.
func (w *World) optional(key []byte, algorithm byte) (text string, count int) {
	s := w.random
	for range s.IntN(4) {
		id := s.one("KC", "KP", "KS", "IK", "TS", "10", "HM", "kc", "PB")
		text += s.optionalBlock(id, w.optionalData(id, key, algorithm))
		count++
	}
	if rest := len(text) % 16; rest != 0 && !s.oneIn(10) {
		text += s.optionalBlock("PB", strings.Repeat("0", (2*16-4-rest)%16))
		count++
	}
	if s.oneIn(20) {
		count += 1 - 2*s.IntN(2)
	}
	return text, max(count, 0)
}

func (w *World) optionalData(id string, key []byte, algorithm byte) string {
	s := w.random
	switch id {
	case "KC", "KP":
		if id == "KP" {
			key, algorithm = w.KBPK, 'A'
		}
		return s.checkValue(key, algorithm)
	case "IK":
		return s.one("0123456789ABCDEF", "0123456789ABCDE", "0123456789abcdef")
	case "KS":
		return s.one("", "00604B120F9292800000", "ABC", "ABCDEG")
	}
	return s.one("", "A", "20200818004100Z", strings.Repeat("x", 250), strings.Repeat("x", 300), "\x1f", "\x7f")
}

// checkValue is right, or wrong in method, digits or length.
func (s *source) checkValue(key []byte, algorithm byte) string {
	var method, value string
	if s.oneIn(2) {
		method, value = "00", fmt.Sprintf("%X", encipherZero(key, algorithm)[:3])
	} else {
		method, value = "01", fmt.Sprintf("%X", macOfZero(key, algorithm)[:5])
	}
	switch s.IntN(8) {
	case 0:
		method = s.one("00", "01", "02", "11")
	case 1:
		value = value[:s.IntN(len(value)+1)]
	case 2:
		value = value[:len(value)-1] + s.one("0", "F", "a")
	case 3:
		value += "00"
	}
	return method + value
}

func encipherZero(key []byte, algorithm byte) []byte {
	if algorithm == 'T' {
		return tdes(key, make([]byte, 8))
	}
	b := block(key)
	out := make([]byte, 16)
	b.Encrypt(out, out)
	return out
}

// macOfZero is the CMAC of one block of zeros: it is enciphered with a subkey.
func macOfZero(key []byte, algorithm byte) []byte {
	if algorithm == 'A' {
		return cmac.Sum(nil, block(key), make([]byte, 16))
	}
	k := tdes(key, make([]byte, 8))
	doubled := make([]byte, 8)
	for i := range k {
		doubled[i] = k[i] << 1
		if i < 7 {
			doubled[i] |= k[i+1] >> 7
		}
	}
	if k[0]&0x80 != 0 {
		doubled[7] ^= 0x1B
	}
	return tdes(key, doubled)
}

func block(key []byte) cipher.Block {
	b, err := aes.NewCipher(key)
	if err != nil {
		panic("conformance: " + err.Error())
	}
	return b
}

// optionalBlock is in the short form, in the long one, or in the wrong one.
func (s *source) optionalBlock(id, data string) string {
	if short := len(data) + 4; short < 256 && !s.oneIn(20) {
		return fmt.Sprintf("%s%02X%s", id, short, data)
	}
	return fmt.Sprintf("%s0004%04X%s", id, len(data)+10, data)
}

// wrap makes a version D block with any header.
func (w *World) wrap(fixed, optional string, key []byte) string {
	return w.wrapUnder(w.KBPK, fixed, optional, key, w.random.oneIn(12))
}

// wrapUnder makes one under any protection key, now and then with a wrong length of
// the key inside.
func (w *World) wrapUnder(kbpk []byte, fixed, optional string, key []byte, wrong bool) string {
	payload := append([]byte{byte(8 * len(key) >> 8), byte(8 * len(key))}, key...)
	payload = append(payload, w.random.bytes(16+16*w.random.IntN(3)-len(payload)%16)...)
	if wrong {
		payload[1] ^= 1 << w.random.IntN(8)
	}
	header := fmt.Sprintf("D%04d%s%s", 16+len(optional)+2*len(payload)+32, fixed, optional)
	mac := cmac.Sum(nil, block(derived(kbpk, 1)), []byte(header), payload)
	enciphered := bytes.Clone(payload)
	cipher.NewCBCEncrypter(block(derived(kbpk, 0)), mac).CryptBlocks(enciphered, payload)
	return fmt.Sprintf("%s%X%X", header, enciphered, mac)
}

// derived is a protection key for one purpose.
func derived(kbpk []byte, purpose byte) (key []byte) {
	b := block(kbpk)
	for i := range byte(2) {
		key = cmac.Sum(key, b, []byte{i + 1, 0, purpose, 0, 0, 4, 1, 0})
	}
	return key
}
