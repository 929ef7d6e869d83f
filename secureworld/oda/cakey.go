package oda

import "bytes"

// RID is the registered application provider: the first five bytes of an AID.
type RID [5]byte

// CAKey is the public key of a certification authority. RID and index name it;
// neither does so alone.
type CAKey struct {
	RID      RID
	Index    byte
	Modulus  []byte   // 64 to 248 bytes
	Exponent []byte   // 03 or 010001
	Check    [20]byte // SHA-1 over RID, index, modulus and exponent
	Expiry   [3]byte  // last day as YYMMDD in BCD; zero: none
}

// Verify returns ErrKey for a key of a shape that EMV does not allow and ErrCheck
// for a wrong check value. How short a key may be is for the policy of a Set.
func (k CAKey) Verify() error {
	if err := k.public().Check(); err != nil {
		return err
	}
	if k.Expiry != [3]byte{} && !Date(k.Expiry).valid() {
		return ErrKey
	}
	sum, _ := hash([][]byte{k.RID[:], {k.Index}, k.Modulus, k.Exponent})
	if sum != k.Check {
		return ErrCheck
	}
	return nil
}

func (k CAKey) public() PublicKey { return PublicKey{k.Modulus, k.Exponent} }

// usable reports whether the key may still verify on that day.
func (k CAKey) usable(today Date) bool {
	return k.Expiry == [3]byte{} || !today.after(Date(k.Expiry))
}

func (k CAKey) clone() CAKey {
	k.Modulus, k.Exponent = bytes.Clone(k.Modulus), bytes.Clone(k.Exponent)
	return k
}
