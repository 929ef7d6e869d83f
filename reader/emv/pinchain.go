package emv

import "github.com/strongroom-pos/strongroom/secureworld/tlv"

// Private tags of PINChain.
const (
	TagPINChallenge tlv.Tag = 0xDF8101 // the card's challenge, 8 bytes
	TagStaticData   tlv.Tag = 0xDF8102 // the static data to be authenticated
)

// PINChainRoom is what PINChain appends at most, for a card within the limits of
// one record each: ten elements and the static data.
const PINChainRoom = 7 << 10

// PINChain appends what a PIN pad needs to encipher a PIN for the card, in
// canonical form: the application's name (84, its first five bytes are the RID),
// 8F, 90, 92, 9F32, the card's key (9F46, 9F47, 9F48), its key for PINs (9F2D,
// 9F2E, 9F2F), each if the card has it, then the challenge and the static data
// (EMV 4.4 Book 2, clause 7). Nothing of it has been verified here, on purpose:
// who verified it here could put in a key and read the PIN. The static data
// hold account data: seal them. Give dst PINChainRoom.
func (t *Transaction) PINChain(dst []byte) []byte {
	if t.awaits != InputEnciphered {
		return dst
	}
	dst = appendFrom(dst, &t.card, []tlv.Tag{
		tlv.Tag84DedicatedFileName, tagCAKeyIndex, tagIssuerCertificate, tagIssuerRemainder, tagIssuerExponent,
		tagICCCertificate, tagICCExponent, tagICCRemainder,
		tagPINKeyCertificate, tagPINKeyExponent, tagPINKeyRemainder,
	})
	dst = tlv.Append(dst, TagPINChallenge, t.cvm.challenge[:])
	return tlv.Append(dst, TagStaticData, t.auth.static.bytes())
}
