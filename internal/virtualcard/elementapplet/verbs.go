package elementapplet

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// Verbs are those that the card offers: bit n is verb n.
const Verbs uint32 = 1<<element.KindStatus | 1<<element.KindOpenAccount | 1<<element.KindMACVerify |
	1<<element.KindMACGenerate | 1<<element.KindTranslatePIN | 1<<element.KindPANReference |
	1<<element.KindLoadKeyBlock | 1<<element.KindDerive | 1<<element.KindTranslatePINUnder | 1<<element.KindOpenAccountUnder

// verbs does them with the card's keys. What it does not do is nil, and the
// applet does not offer it.
type verbs struct {
	element.Operations
	card *Card
}

// Status counts the keys.
func (e verbs) Status(element.Status) (element.Health, error) {
	n := len(e.card.keys)
	return element.Health{Ready: n > 0, Keys: uint16(n)}, nil
}

// OpenAccount opens what a terminal sealed, with a nonce of zeros: the key seals
// one message.
func (e verbs) OpenAccount(r element.OpenAccount) (a element.Account, err error) {
	time.Sleep(e.card.pace.Walk)
	err = e.card.derived(element.SlotTerminalBDK, r.KSN, usageData, func(k *key) error {
		a.Data, err = openSealed(k, r.KSN, r.Sealed)
		return err
	})
	return a, err
}

// MACVerify verifies what a terminal authenticated.
func (e verbs) MACVerify(r element.MACVerify) (v element.Verified, err error) {
	time.Sleep(e.card.pace.Walk)
	err = e.card.derived(element.SlotTerminalBDK, r.KSN, usageMACThere, func(k *key) error {
		tag := cmac(k, r.Data)
		if subtle.ConstantTimeCompare(tag[:macSize], r.MAC[:]) != 1 {
			return element.CodeSeal
		}
		return nil
	})
	return v, err
}

// MACGenerate authenticates an answer to a terminal.
func (e verbs) MACGenerate(r element.MACGenerate) (m element.MAC, err error) {
	time.Sleep(e.card.pace.Walk)
	err = e.card.derived(element.SlotTerminalBDK, r.KSN, usageMACHere, func(k *key) error {
		tag := cmac(k, r.Data)
		copy(m.MAC[:], tag[:])
		return nil
	})
	return m, err
}

// TranslatePIN takes a PIN pad's block into the zone. The fill is the first bytes
// of chance.
func (e verbs) TranslatePIN(r element.TranslatePIN, chance *element.Chance) (t element.Translated, err error) {
	time.Sleep(e.card.pace.Walk)
	zone := e.card.keys[name{slot: element.SlotZonePIN}]
	if zone == nil {
		return t, element.CodeKey
	}
	err = e.card.derived(element.SlotPINBDK, r.KSN, usagePIN, func(k *key) error {
		t.Block, err = translateUnder(k, zone, r.Block, r.PAN, chance)
		return err
	})
	return t, err
}

// PANReference is a MAC over a label and the account number.
func (e verbs) PANReference(r element.PANReference) (ref element.Reference, err error) {
	time.Sleep(e.card.pace.Plain)
	k := e.card.keys[name{slot: element.SlotPANReference}]
	if k == nil {
		return ref, element.CodeKey
	}
	if len(r.PAN) < minAccount || len(r.PAN) > maxPAN || !isNumber(r.PAN) {
		return ref, element.CodeMalformed
	}
	ref.Reference = cmac(k, append([]byte("strongroom card 1"), r.PAN...))
	return ref, nil
}

func openSealed(k *key, ksn element.KSN, sealed []byte) ([]byte, error) {
	b, err := aes.NewCipher(k[:])
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(b)
	if err != nil {
		return nil, err
	}
	data, err := gcm.Open(nil, make([]byte, gcm.NonceSize()), sealed, ksn[:])
	if err != nil {
		return nil, element.CodeSeal
	}
	return data, nil
}

func translateUnder(k, zone *key, block element.PINBlock, pan []byte, chance *element.Chance) (out element.PINBlock, err error) {
	from, err := aes.NewCipher(k[:])
	if err != nil {
		return out, err
	}
	to, err := aes.NewCipher(zone[:])
	if err != nil {
		return out, err
	}
	out, ok := translate(from, to, block, pan, chance[:blockSize/2])
	if !ok {
		return element.PINBlock{}, element.CodePIN
	}
	return out, nil
}
