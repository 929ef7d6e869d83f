package door

import "encoding/binary"

// What a member or a client signs. Each begins with a label of its own, so that no
// signature can stand for another.

// IdentityInput is what the signature of an Identity covers. Who puts identities into
// a Transcript checks it with the nonce; the members need not, since each of them
// signs the transcript only if it finds itself in it as it is.
func IdentityInput(dst []byte, nonce *[32]byte, i *Identity) []byte {
	dst = append(dst, "strongroom identity 1"...)
	dst = append(dst, nonce[:]...)
	dst = append(dst, byte(len(i.Make)))
	dst = append(dst, i.Make...)
	dst = binary.BigEndian.AppendUint16(dst, i.Version)
	dst = binary.BigEndian.AppendUint32(dst, i.Verbs)
	return append(dst, i.Agreement[:]...)
}

// CommitmentInput is what the signature in a Commitment covers: the hash of the
// transcript and the commitment.
func CommitmentInput(dst []byte, transcript *[32]byte, commitment []byte) []byte {
	dst = append(dst, "strongroom commitment 1"...)
	dst = append(dst, transcript[:]...)
	return append(dst, commitment...)
}

// ConfirmationInput is what the signature in a Confirmation covers: the hash of the
// transcript, the MAC, and the group's key.
func ConfirmationInput(dst []byte, transcript *[32]byte, mac, key []byte) []byte {
	dst = append(dst, "strongroom confirmation 1"...)
	dst = append(dst, transcript[:]...)
	dst = append(dst, mac...)
	return append(dst, key...)
}

// OpenInput is what the signature of an Open covers: label and all before it.
func OpenInput(dst []byte, o *Open) []byte {
	dst = append(dst, "strongroom open 1"...)
	dst = append(dst, o.Group[:]...)
	dst = binary.BigEndian.AppendUint32(dst, o.Epoch)
	dst = append(dst, o.Session[:]...)
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(o.Client)))
	dst = append(dst, o.Client...)
	dst = append(dst, o.Group32[:]...)
	return append(dst, o.Votes...)
}
