// Package card is how a trusted application learns of payments. It needs the
// permission "card-identifier". After an approved payment the kernel calls
// operation OpPaid, which nobody else can call:
//
//	 0                16            32          40          48            50       51
//	+----------------+-------------+-----------+-----------+-------------+--------+
//	| identifier(16) | payment(16) | number(8) | amount(8) | currency(2) | type(1)|
//	+----------------+-------------+-----------+-----------+-------------+--------+
//
// big endian. The identifier stands for the card: the same for one card at one
// merchant, as long as the merchant's key is, another one for every application,
// and without any way back to the card's number. The payment application makes it:
//
//	key        = HMAC-SHA-256(merchant's token key, "strongroom card identifier 1" ‖ name)
//	identifier = first 16 bytes of HMAC-SHA-256(key, merchant id ‖ PAN)
//
// with each part behind its length in one byte, and name that of the application.
// So two applications that join their data cannot join their cards.
//
// An application is told at least once, through restarts of the kernel: again where
// it, or the kernel, ended before the kernel had noted its answer. Numbers rise from
// call to call, with gaps, and a notice keeps its number: who keeps the last one beside
// what it counted, in one object, drops what comes twice. An answer with a code of its
// own counts as told. What waits for an application that cannot be called is bounded,
// and the oldest is given up.
//
// Trusted applications and the kernel import it.
package card

import (
	"encoding/binary"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// KernelOperations is where operations begin that the kernel alone calls: the app
// world cannot.
const KernelOperations uint32 = 1 << 31

// OpPaid tells of an approved payment. Its answer is empty.
const OpPaid = KernelOperations | 1

// Size of an encoded Paid.
const Size = 51

// Identifier stands for a card, for one application.
type Identifier [16]byte

// Paid is one approved payment.
type Paid struct {
	Card     Identifier
	Payment  payment.ID
	Number   uint64         // rises from call to call; never 0
	Amount   payment.Amount // approved, in minor units
	Currency payment.Currency
	Type     payment.Type
}

// Append encodes p onto dst.
func (p Paid) Append(dst []byte) []byte {
	dst = append(append(dst, p.Card[:]...), p.Payment[:]...)
	dst = binary.BigEndian.AppendUint64(dst, p.Number)
	dst = binary.BigEndian.AppendUint64(dst, uint64(p.Amount))
	return append(binary.BigEndian.AppendUint16(dst, uint16(p.Currency)), byte(p.Type))
}

// Parse decodes exactly Size bytes; ok is false for what no Paid encodes to.
func Parse(b []byte) (p Paid, ok bool) {
	if len(b) != Size {
		return Paid{}, false
	}
	p = Paid{Identifier(b), payment.ID(b[16:]), binary.BigEndian.Uint64(b[32:]), payment.Amount(binary.BigEndian.Uint64(b[40:])),
		payment.Currency(binary.BigEndian.Uint16(b[48:])), payment.Type(b[50])}
	return p, p.Number != 0 && p.Amount.Valid() && p.Currency.Valid() && p.Type.Valid()
}
