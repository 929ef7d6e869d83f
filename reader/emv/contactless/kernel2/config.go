package kernel2

import (
	"bytes"
	"errors"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/reader/emv/internal/strict"
)

// ErrConfig reports a configuration that the kernel cannot honour.
var ErrConfig = errors.New("kernel2: configuration invalid")

// A Config is kernel 2's part of the signed reader configuration. It is not
// modified after New. Times are in 100 ms where nothing else is said.
type Config struct {
	TerminalType   emv.Hex `json:"terminal_type"`   // 9F35, 1 byte
	CardDataInput  emv.Hex `json:"card_data_input"` // DF8117: byte 1 of 9F33
	CVMRequired    emv.Hex `json:"cvm_required"`    // DF8118: byte 2 of 9F33 above the CVM required limit
	CVMNotRequired emv.Hex `json:"cvm_not_required"`
	Security       emv.Hex `json:"security"`   // DF811F: byte 3 of 9F33; 08 announces CDA
	Additional     emv.Hex `json:"additional"` // 9F40, 5 bytes

	InterfaceSerial     string  `json:"interface_serial,omitempty"`     // 9F1E, 8 characters
	TerminalID          string  `json:"terminal_id,omitempty"`          // 9F1C, 8 characters
	MerchantID          string  `json:"merchant_id,omitempty"`          // 9F16, 15 characters
	MerchantCategory    emv.Hex `json:"merchant_category,omitempty"`    // 9F15, 2 bytes
	TransactionCategory string  `json:"transaction_category,omitempty"` // 9F53, 1 character
	TerminalRisk        emv.Hex `json:"terminal_risk,omitempty"`        // 9F1D, 8 bytes

	// OfflineApproval lets the kernel ask for a TC. Without it an ARQC is asked
	// for wherever the book says TC.
	OfflineApproval bool `json:"offline_approval,omitempty"`

	// OnDeviceCVM: a consumer's device may verify its holder (DF811B bit 6).
	OnDeviceCVM bool `json:"on_device_cvm,omitempty"`

	// PlainCVMCode leaves the apply-next bit out of 9F34, as some readers do.
	// Without it 9F34 has the code as it stands in the card's list.
	PlainCVMCode bool `json:"plain_cvm_code,omitempty"`

	// Stripe is mag-stripe mode; without it such cards are refused.
	Stripe *Stripe `json:"stripe,omitempty"`

	// Relay is the relay resistance protocol; without it the protocol is not
	// known here and TVR says so.
	Relay *Relay `json:"relay,omitempty"`

	TornDepth    int    `json:"torn_depth,omitempty"`    // 0: nothing is recovered, at most 5
	TornLifetime uint16 `json:"torn_lifetime,omitempty"` // seconds, at most 7200

	MessageHold   uint16         `json:"message_hold,omitempty"` // DF812D
	FieldHold     uint16         `json:"field_hold,omitempty"`   // DF8130, where the card detects it
	PhoneMessages []PhoneMessage `json:"phone_messages,omitempty"`

	// AcceptAnyCheckDigit lets PANs pass that fail the Luhn check. Some
	// published test cards do; a production configuration never sets it.
	AcceptAnyCheckDigit bool `json:"accept_any_check_digit,omitempty"`

	Applications []Application `json:"applications"`
}

// An Application is one that the reader accepts. Amounts are in minor units;
// what is above a limit exceeds it.
type Application struct {
	AID                 emv.Hex `json:"aid"`                   // 5 to 16 bytes; longer names that begin so belong to it
	Version             emv.Hex `json:"version"`               // 9F09, 2 bytes
	FloorLimit          uint64  `json:"floor_limit"`           // DF8123
	TransactionLimit    uint64  `json:"transaction_limit"`     // DF8124, without on-device CVM
	TransactionLimitCVM uint64  `json:"transaction_limit_cvm"` // DF8125, with it
	CVMLimit            uint64  `json:"cvm_limit"`             // DF8126
	TACDefault          emv.Hex `json:"tac_default"`           // DF8120, 5 bytes
	TACDenial           emv.Hex `json:"tac_denial"`            // DF8121
	TACOnline           emv.Hex `json:"tac_online"`            // DF8122
}

// A Stripe is mag-stripe mode. Its data are static or nearly so: it is off
// unless the configuration has it.
type Stripe struct {
	Version        emv.Hex         `json:"version"`          // 9F6D, 2 bytes
	CVMRequired    contactless.CVM `json:"cvm_required"`     // DF811E
	CVMNotRequired contactless.CVM `json:"cvm_not_required"` // DF812C
}

// A Relay is the relay resistance protocol's times, in 100 µs.
type Relay struct {
	MinGrace      uint16 `json:"min_grace"`      // DF8132
	MaxGrace      uint16 `json:"max_grace"`      // DF8133
	CommandTime   uint16 `json:"command_time"`   // DF8134, expected transmission of the command
	AnswerTime    uint16 `json:"answer_time"`    // DF8135, expected transmission of the answer
	Accuracy      uint16 `json:"accuracy"`       // DF8136
	MismatchRatio byte   `json:"mismatch_ratio"` // DF8137, percent
}

// A PhoneMessage is a line of DF8131: what to show where DF4B, masked, has that
// value.
type PhoneMessage struct {
	Mask    emv.Hex              `json:"mask"`  // 3 bytes
	Value   emv.Hex              `json:"value"` // 3 bytes
	Message contactless.Message  `json:"message"`
	Status  contactless.UIStatus `json:"status"`
}

// Bits of 9F33 (EMV 4.4 Book 4, Annex A2).
const (
	capContact      = 0x20 // byte 1: ICC with contacts
	capPlaintextPIN = 0x80 // byte 2
	capOnlinePIN    = 0x40
	capSignature    = 0x20
	capEncipherPIN  = 0x10
	capNoCVM        = 0x08
	capCDA          = 0x08 // byte 3
	capOtherODA     = 0xC1 // SDA, DDA, XDA: not in kernel 2
)

// ParseConfig reads a configuration from JSON and checks it. Unknown names and
// anything behind the object are refused.
func ParseConfig(b []byte) (Config, error) {
	var c Config
	if !strict.JSON(b, &c) {
		return Config{}, ErrConfig
	}
	return c, c.Validate()
}

// Validate refuses what the kernel cannot do: lengths, an empty or ambiguous
// application list, PINs that the card would verify, and an offline-only
// terminal that must not approve offline.
func (c Config) Validate() error {
	ok := c.shaped() && c.announces() && c.torn() && c.Stripe.valid() && c.Relay.valid() &&
		(c.OfflineApproval || len(c.TerminalType) == 1 && !offlineOnly(c.TerminalType[0])) &&
		len(c.Applications) > 0 && len(c.Applications) <= maxApplications && len(c.PhoneMessages) <= maxPhoneMessages
	if !ok {
		return ErrConfig
	}
	for _, m := range c.PhoneMessages {
		if len(m.Mask) != 3 || len(m.Value) != 3 {
			return ErrConfig
		}
	}
	for i, a := range c.Applications {
		if !a.valid() || c.names(a.AID, i) {
			return ErrConfig
		}
	}
	return nil
}

func (c Config) shaped() bool {
	return len(c.TerminalType) == 1 && len(c.CardDataInput) == 1 && len(c.CVMRequired) == 1 &&
		len(c.CVMNotRequired) == 1 && len(c.Security) == 1 && len(c.Additional) == 5 &&
		optional(len(c.InterfaceSerial), 8) && optional(len(c.TerminalID), 8) && optional(len(c.MerchantID), 15) &&
		optional(len(c.MerchantCategory), 2) && optional(len(c.TransactionCategory), 1) &&
		optional(len(c.TerminalRisk), 8)
}

// announces: only what is built.
func (c Config) announces() bool {
	const offlinePIN = capPlaintextPIN | capEncipherPIN
	return (c.CVMRequired[0]|c.CVMNotRequired[0])&offlinePIN == 0 && c.Security[0]&capOtherODA == 0
}

func (c Config) torn() bool {
	if c.TornDepth == 0 {
		return c.TornLifetime == 0
	}
	_, err := contactless.NewTornLog(c.TornDepth, c.TornLifetime)
	return err == nil
}

func (s *Stripe) valid() bool {
	return s == nil || len(s.Version) == 2 && stripeCVM(s.CVMRequired) && stripeCVM(s.CVMNotRequired)
}

func stripeCVM(c contactless.CVM) bool {
	return c == contactless.CVMNone || c == contactless.CVMOnlinePIN || c == contactless.CVMSignature ||
		c == contactless.CVMNotApplicable
}

func (r *Relay) valid() bool { return r == nil || r.MismatchRatio <= 100 }

func optional(n, want int) bool { return n == 0 || n == want }

func (a Application) valid() bool {
	return len(a.AID) >= 5 && len(a.AID) <= 16 && len(a.Version) == 2 &&
		len(a.TACDenial) == 5 && len(a.TACOnline) == 5 && len(a.TACDefault) == 5 &&
		max(a.FloorLimit, a.TransactionLimit, a.TransactionLimitCVM, a.CVMLimit) <= maxAmount
}

// names reports whether one of the first n applications has this AID.
func (c Config) names(aid []byte, n int) bool {
	for _, a := range c.Applications[:n] {
		if bytes.Equal(a.AID, aid) {
			return true
		}
	}
	return false
}

// match finds the application for a DF name: the longest that begins it.
func (c Config) match(name []byte) (Application, bool) {
	best := -1
	for i, a := range c.Applications {
		if bytes.HasPrefix(name, a.AID) && (best < 0 || len(a.AID) > len(c.Applications[best].AID)) {
			best = i
		}
	}
	if best < 0 {
		return Application{}, false
	}
	return c.Applications[best], true
}
