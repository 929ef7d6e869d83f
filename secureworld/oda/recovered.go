package oda

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // what the standard signs with
)

// What every signature holds around its data (Book 2, annex A2.1).
const (
	header        = 0x6A
	trailer       = 0xBC
	algorithmSHA1 = 0x01
	algorithmRSA  = 0x01
	hashSize      = sha1.Size
)

// The second byte of a recovered signature: what it is.
const (
	formatIssuer  = 0x02
	formatStatic  = 0x03
	formatICC     = 0x04
	formatDynamic = 0x05
)

// recovered is what the public operation gave, with header, format and trailer
// already seen to be right.
type recovered []byte

// open recovers a signature of the given format.
func open(key PublicKey, signature []byte, format byte) (recovered, bool) {
	r, ok := key.recover(signature)
	if !ok || r[0] != header || r[1] != format || r[len(r)-1] != trailer {
		return nil, false
	}
	return r, true
}

// body is what the hash covers first: the format byte and all up to the hash.
func (r recovered) body() []byte { return r[1 : len(r)-hashSize-1] }

// holds reports whether the hash inside is that over the body and what follows.
func (r recovered) holds(behind ...[]byte) bool {
	sum, ok := hash(append([][]byte{r.body()}, behind...))
	return ok && bytes.Equal(sum[:], r[len(r)-hashSize-1:len(r)-1])
}

func hash(parts [][]byte) (sum [hashSize]byte, ok bool) {
	h, total := sha1.New(), 0 //nolint:gosec // what the standard signs with
	for _, p := range parts {
		if total += len(p); total > maxSigned {
			return sum, false
		}
		h.Write(p)
	}
	return [hashSize]byte(h.Sum(nil)), true
}
