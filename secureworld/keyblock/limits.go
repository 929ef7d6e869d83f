package keyblock

const (
	headerSize = 16 // characters of the fixed header; X9.143

	maxBlock    = 9999 // characters: the length field has four decimal digits
	maxOptional = 99   // blocks: the count has two decimal digits
	maxShort    = 255  // characters of an optional block with a two-digit length
	maxLong     = 9999 // characters of one with a four-digit length: it must fit in the block

	// maxPayload bounds the enciphered key in bytes: an RSA-4096 private key in
	// DER (about 2,350) is the largest that payment systems exchange.
	maxPayload = 2560
)
