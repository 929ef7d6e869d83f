package host

import (
	"slices"

	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// version is how a scheme's cards make their cryptograms: the cryptogram version
// number in 9F10 says which.
type version struct {
	derivation element.Derivation
	messaging  element.Messaging
	mchip      bool
	short      bool     // over amount, number, counter and one byte of 9F10 alone
	covers     [][2]int // parts of 9F10 that the cryptogram covers
	cvr        []byte   // card verification results
}

// Layouts of 9F10, by what is known of the schemes. Visa's begin with the length
// 06, key index and version, or with 1F, version and key index; M/Chip's with
// key index and version.
const (
	visaLength      = 0x06
	visaResults     = 0x03 // length of the results behind it
	visaLongLength  = 0x1F
	visaLongSize    = 32
	visaLongVersion = 0x22
)

func mchipSizes() []int { return []int{18, 20, 26, 28} }

// readVersion reads 9F10.
func readVersion(iad []byte) (version, bool) {
	switch {
	case len(iad) == visaLongSize && iad[0] == visaLongLength && iad[1] == visaLongVersion:
		return version{derivation: element.DeriveCommon, messaging: element.MessagingCommon, covers: [][2]int{{0, visaLongSize}}, cvr: iad[3:8]}, true
	case len(iad) >= 7 && iad[0] == visaLength && iad[3] == visaResults && (len(iad) == 7 || len(iad) == 8+int(iad[7])):
		return visaVersion(iad)
	case slices.Contains(mchipSizes(), len(iad)):
		return mchipVersion(iad)
	}
	return version{}, false
}

func visaVersion(iad []byte) (version, bool) {
	v := version{cvr: iad[4:7]}
	switch iad[2] {
	case 0x0A:
		v.covers = [][2]int{{3, 7}}
	case 0x11:
		v.short, v.covers = true, [][2]int{{4, 5}}
	case 0x12:
		v.derivation, v.covers = element.DeriveCommon, [][2]int{{0, len(iad)}}
	case 0x16, visaLongVersion:
		v.derivation, v.messaging, v.covers = element.DeriveCommon, element.MessagingCommon, [][2]int{{0, len(iad)}}
	default:
		return version{}, false
	}
	return v, true
}

func mchipVersion(iad []byte) (version, bool) {
	v := version{mchip: true, messaging: element.MessagingCommon, cvr: iad[2:8], covers: [][2]int{{2, 8}}}
	switch iad[1] {
	case 0x10, 0x11:
		v.derivation = element.DeriveUnpredictable
	case 0x14, 0x15:
		v.derivation = element.DeriveCommon
	default:
		return version{}, false
	}
	if iad[1]&1 == 1 { // the counters too
		v.covers = append(v.covers, [2]int{10, 18})
	}
	return v, true
}

// method is how the issuer answers: most versions have one way, Visa's common
// ones that of the card.
func (v version) method(card uint8) element.Method {
	if v.mchip || v.derivation != element.DeriveCommon {
		return element.Method1
	}
	return element.Method(card)
}

// offlinePIN reports whether the card itself found a PIN right.
func (v version) offlinePIN() bool {
	if v.mchip {
		return v.cvr[0]&0x05 == 0x05 // verified offline, and right
	}
	return v.cvr[0]&0x06 == 0x04 // verified offline, and not failed
}
