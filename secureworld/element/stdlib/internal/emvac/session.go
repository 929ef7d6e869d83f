package emvac

import (
	"crypto/cipher"

	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// SessionKey is the key that a card of this derivation makes a cryptogram with.
// master is the card's master key.
func SessionKey(dst *[KeySize]byte, d element.Derivation, master *[KeySize]byte, card cipher.Block, atc [2]byte, un [4]byte) {
	r := [blockSize]byte{atc[0], atc[1]}
	switch d {
	case element.DeriveNone:
		*dst = *master
		return
	case element.DeriveUnpredictable:
		copy(r[4:], un[:])
	}
	CommonSessionKey(dst, card, r)
}

// Pad is the padding of this derivation's cryptograms: method 1 without a
// session key, else method 2.
func Pad(d element.Derivation, data []byte) []byte {
	if d != element.DeriveNone {
		return Pad80(data)
	}
	return append(append([]byte(nil), data...), make([]byte, (blockSize-len(data)%blockSize)%blockSize)...)
}

// MessagingKey derives the key of a script's MAC from a card's master key for
// that. counter is the ATC and arqc the cryptogram of the transaction.
func MessagingKey(dst *[KeySize]byte, m element.Messaging, master *[KeySize]byte, card cipher.Block, counter [2]byte, arqc [blockSize]byte) {
	if m == element.MessagingCommon {
		CommonSessionKey(dst, card, arqc)
		return
	}
	*dst = *master
	for i, c := range counter {
		dst[blockSize-2+i] ^= c
		dst[KeySize-2+i] ^= ^c
	}
	oddParity(dst[:])
}

// ScriptMAC is the MAC of the first command of a script: over its header, ATC,
// cryptogram and data.
func ScriptMAC(key *[KeySize]byte, header [5]byte, counter [2]byte, arqc [blockSize]byte, data []byte) ([blockSize]byte, error) {
	input := append(header[:], counter[:]...)
	input = append(input, arqc[:]...)
	return MAC(key, Pad80(append(input, data...)))
}

// CVC3 is the dynamic card verification code of a contactless stripe, under the
// card's key for it: the end of TDES over the end of the track's MAC, the
// unpredictable number and the ATC.
func CVC3(key *[KeySize]byte, card cipher.Block, track []byte, un [4]byte, atc [2]byte) (code [2]byte, err error) {
	mac, err := MAC(key, Pad80(track))
	if err != nil {
		return code, err
	}
	var block [blockSize]byte
	copy(block[:], mac[blockSize-2:])
	copy(block[2:], un[:])
	copy(block[6:], atc[:])
	card.Encrypt(block[:], block[:])
	copy(code[:], block[blockSize-2:])
	return code, nil
}
