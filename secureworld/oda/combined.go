package oda

// Combined is what a card signed together with its cryptogram. The caller must
// still compare CID with 9F27 and use this cryptogram, not one from beside it.
type Combined struct {
	ICCDynamicNumber    []byte // 2 to 8 bytes
	CID                 byte
	Cryptogram          [8]byte
	TransactionDataHash [20]byte
	Tail                []byte // what follows: relay resistance and data storage of kernel 2
	ICCDynamicData      []byte // all of it
}

const combinedFixed = 1 + 8 + hashSize // CID, cryptogram, transaction data hash

// CombinedData verifies the signature in the answer to GENERATE AC (9F4B) under
// the card's key (Book 2, clause 6.6.2). un is 9F37 as the card got it.
// transactionData is hashed in its order: the values for the PDOL, CDOL1 and, at
// the second command, CDOL2, then tag, length and value of every element of the
// answer but 9F4B, as they came. It returns ErrSignature.
func CombinedData(icc PublicKey, sdad []byte, un [4]byte, transactionData ...[]byte) (Combined, error) {
	c, ok := combined(icc, sdad, un)
	if !ok {
		return Combined{}, ErrSignature
	}
	sum, ok := hash(transactionData)
	if !ok || sum != c.TransactionDataHash {
		return Combined{}, ErrSignature
	}
	return c, nil
}

// combined opens the signature, before the transaction data are compared.
func combined(icc PublicKey, sdad []byte, un [4]byte) (Combined, bool) {
	data, ok := dynamic(icc, sdad, un[:])
	if !ok {
		return Combined{}, false
	}
	number, rest, ok := dynamicNumber(data)
	if !ok || len(rest) < combinedFixed {
		return Combined{}, false
	}
	return Combined{
		ICCDynamicNumber:    number,
		CID:                 rest[0],
		Cryptogram:          [8]byte(rest[1:9]),
		TransactionDataHash: [20]byte(rest[9:combinedFixed]),
		Tail:                rest[combinedFixed:],
		ICCDynamicData:      data,
	}, true
}
