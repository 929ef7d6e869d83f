package kernel2

import "github.com/strongroom-pos/strongroom/reader/emv/contactless"

// An Indication is the kernel's error indication (DF8115, Book C-2, Annex A). It
// holds nothing of the card's but a status word.
type Indication struct {
	L1      L1Error
	L2      L2Error
	L3      L3Error
	SW      uint16
	Message contactless.Message // on error; 0: none
}

// An L1Error is one of the transport.
type L1Error byte

// The transport's errors.
const (
	L1None    L1Error = 0
	L1TimeOut L1Error = 1 // the card is gone
)

// An L2Error is one of the kernel.
type L2Error byte

// The kernel's errors.
const (
	ErrorNone         L2Error = 0x00
	ErrorDataMissing  L2Error = 0x01
	ErrorCAMFailed    L2Error = 0x02
	ErrorStatusBytes  L2Error = 0x03
	ErrorParsing      L2Error = 0x04
	ErrorMaxLimit     L2Error = 0x05
	ErrorCardData     L2Error = 0x06
	ErrorStripeUnable L2Error = 0x07 // mag-stripe mode not supported
)

// An L3Error is one of the terminal.
type L3Error byte

// The terminal's errors.
const (
	L3None L3Error = 0
	L3Stop L3Error = 2
)
