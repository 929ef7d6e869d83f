package element

// Kind is the number of a frame.
type Kind = byte

// Kinds of requests. The answer's kind is the request's with the first bit set.
const (
	KindStatus       Kind = 0x01
	KindOpenAccount  Kind = 0x02
	KindMACVerify    Kind = 0x03
	KindMACGenerate  Kind = 0x04
	KindTranslatePIN Kind = 0x05
	KindVerifyPIN    Kind = 0x06
	KindVerifyARQC   Kind = 0x07
	KindPINOffset    Kind = 0x08
	KindPANReference Kind = 0x09
	KindVerifyCVV    Kind = 0x0A
	KindVerifyCVC3   Kind = 0x0B
	KindScriptMAC    Kind = 0x0C

	KindLoadKeyBlock      Kind = 0x0D
	KindDerive            Kind = 0x0E
	KindTranslatePINUnder Kind = 0x0F
	KindOpenAccountUnder  Kind = 0x10

	KindAnswer  Kind = 0x80 // set in every answer
	KindRefusal Kind = 0xFF
)

// LanguageVersion is that of these operations: the members of a group speak one.
const LanguageVersion uint16 = 1

// KSN is an AES DUKPT key serial number (ANSI X9.24-3).
type KSN [12]byte

// PINBlock is an enciphered ISO 9564-1 format 4 block.
type PINBlock [16]byte

// Cryptogram is an application cryptogram (EMV 4.4 Book 2, 8.1).
type Cryptogram [8]byte

// MACSize is the length of a message's MAC: the first bytes of an AES-256 CMAC.
const MACSize = 8

// Status asks whether the element works.
type Status struct{}

// Health answers Status.
type Health struct {
	Ready bool
	Keys  uint16
}

// OpenAccount opens the account data that a terminal sealed (see hostspec).
type OpenAccount struct {
	KSN    KSN
	Sealed []byte `max:"192"`
}

// Account answers OpenAccount: BER-TLV, tags in hostspec.
type Account struct {
	Data []byte `max:"192"`
}

// MACVerify verifies a terminal's MAC over a message.
type MACVerify struct {
	KSN  KSN
	Data []byte `max:"4096"`
	MAC  [MACSize]byte
}

// Verified says that something is right; if it is not, the answer is a Refusal.
type Verified struct{}

// MACGenerate makes the MAC of an answer to a terminal.
type MACGenerate struct {
	KSN  KSN
	Data []byte `max:"4096"`
}

// MAC answers MACGenerate.
type MAC struct {
	MAC [MACSize]byte
}

// TranslatePIN re-enciphers a PIN pad's block under the issuer's zone key. PAN
// and format stay.
type TranslatePIN struct {
	KSN   KSN
	Block PINBlock
	PAN   []byte `max:"19"` // ASCII digits
}

// Translated answers TranslatePIN.
type Translated struct {
	Block PINBlock
}

// VerifyPIN compares a PIN under the zone key with the card's reference: the IBM
// 3624 offset over the whole PIN, so its length counts too.
type VerifyPIN struct {
	Block  PINBlock
	PAN    []byte `max:"19"` // ASCII digits
	Offset []byte `max:"12"` // ASCII digits, as many as the PIN has
}

// PINOffset makes the reference of a new PIN, at most 12 digits.
type PINOffset struct {
	Block PINBlock
	PAN   []byte `max:"19"` // ASCII digits
}

// Offset answers PINOffset.
type Offset struct {
	Offset []byte `max:"12"` // ASCII digits
}

// PANReference makes the keyed reference under which a host may store what
// belongs to a card: the PAN space is small enough to try out every hash that
// has no key.
type PANReference struct {
	PAN []byte `max:"19"` // ASCII digits
}

// Reference answers PANReference.
type Reference struct {
	Reference [16]byte
}
