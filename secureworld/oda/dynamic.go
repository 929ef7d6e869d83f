package oda

import "bytes"

// A dynamic signature holds, behind header, format byte and hash algorithm, the
// length of the card's dynamic data, these, and padding.
const dynamicAt = 4

// DynamicData verifies the answer to INTERNAL AUTHENTICATE (9F4B) under the
// card's key (Book 2, clause 6.5.2) and returns the ICC dynamic number, 2 to 8
// bytes. ddolData is what the command held. It returns ErrSignature.
func DynamicData(icc PublicKey, sdad9F4B, ddolData []byte) (iccDynamicNumber []byte, err error) {
	data, ok := dynamic(icc, sdad9F4B, ddolData)
	if !ok {
		return nil, ErrSignature
	}
	number, _, ok := dynamicNumber(data)
	if !ok {
		return nil, ErrSignature
	}
	return number, nil
}

// FastDynamic is DynamicData for Visa's fDDA. terminalDynamicData is what the
// kernel put together: the unpredictable number for version 00; for version 01
// unpredictable number, amount (9F02), currency (5F2A) and 9F69 as it came.
func FastDynamic(icc PublicKey, sdad, terminalDynamicData []byte) (iccDynamicNumber []byte, err error) {
	return DynamicData(icc, sdad, terminalDynamicData)
}

// dynamic returns the card's dynamic data out of a signature that verifies.
func dynamic(icc PublicKey, sdad, terminal []byte) ([]byte, bool) {
	r, ok := open(icc, sdad, formatDynamic)
	if !ok || r[2] != algorithmSHA1 || !r.holds(terminal) {
		return nil, false
	}
	length, room := int(r[3]), len(r)-dynamicAt-hashSize-1
	if length > room {
		return nil, false
	}
	return bytes.Clone(r[dynamicAt:][:length]), true
}

// dynamicNumber cuts the number, its length in front, off the dynamic data.
func dynamicNumber(data []byte) (number, rest []byte, ok bool) {
	if len(data) == 0 {
		return nil, nil, false
	}
	n := int(data[0])
	if n < minDynamicNumber || n > maxDynamicNumber || len(data) < 1+n {
		return nil, nil, false
	}
	return data[1 : 1+n : 1+n], data[1+n:], true
}
