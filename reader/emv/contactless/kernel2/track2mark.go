package kernel2

import (
	"encoding/binary"

	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// markTrack2 writes the result of relay resistance into the discretionary data
// of 57 where no signature covers it (Book C-2): key index, attempt, the card's
// entropy and the measured time in milliseconds, so that the issuer can compare
// them with what its card computed into the cryptogram.
func (k *Kernel) markTrack2() {
	track := k.card.Value(tlv.Tag57Track2EquivalentData)
	n := objects.Digits(track)
	if len(track) == 0 || n+8 > 2*len(track) {
		return
	}
	marks := k.relayMarks(n)
	out := make([]byte, (n+8+len(marks)+1)/2)
	if len(out) > 19 {
		return
	}
	for i := range 2 * len(out) {
		d := byte(0x0F)
		if i < n+8 {
			d = objects.Nibble(track, i)
		} else if i-n-8 < len(marks) {
			d = marks[i-n-8]
		}
		setNibble(out, i, d)
	}
	k.card.Set(tlv.Tag57Track2EquivalentData, out)
	clear(out)
}

// relayMarks is 13 digits, or 10 behind a PAN of more than 16.
func (k *Kernel) relayMarks(panDigits int) []byte {
	s := &k.terminal
	entropy, index := s.Value(tagDF8302DeviceEntropy), k.card.Value(tag8FCAKeyIndex)
	marks := []byte{0, s.Value(tagDF8307RelayCounter)[0]}
	if len(index) == 1 && index[0] < 10 {
		marks[0] = index[0]
	}
	marks = appendDigits(marks, int(binary.BigEndian.Uint16(entropy[2:])), 5)
	if panDigits <= 16 {
		marks = appendDigits(marks, int(entropy[1]), 3)
	}
	ms := int(binary.BigEndian.Uint16(s.Value(tagDF8306MeasuredTime))) / 10
	return appendDigits(marks, min(ms, 999), 3)
}

// appendDigits adds the n least significant decimal digits of v, one a byte.
func appendDigits(dst []byte, v, n int) []byte {
	at := len(dst)
	for range n {
		dst = append(dst, 0)
	}
	for i := at + n - 1; i >= at; i-- {
		dst[i], v = byte(v%10), v/10
	}
	return dst
}

func setNibble(b []byte, i int, d byte) {
	if i%2 == 0 {
		b[i/2] = b[i/2]&0x0F | d<<4
		return
	}
	b[i/2] = b[i/2]&0xF0 | d
}
