package kernel3

import (
	"errors"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/internal/strict"
)

// What New refuses.
var (
	ErrConfig     = errors.New("kernel3: configuration invalid")
	ErrActivation = errors.New("kernel3: activation invalid")
)

// A Config is this kernel's part of the signed reader configuration. It is not
// modified after New. The zero value of every switch is the careful one.
type Config struct {
	TerminalType emv.Hex `json:"terminal_type"` // 9F35, 1 byte
	Capabilities emv.Hex `json:"capabilities"`  // 9F33, 3 bytes; DE 55 and data object lists only

	Additional       emv.Hex `json:"additional,omitempty"`        // 9F40, 5 bytes
	Version          emv.Hex `json:"version,omitempty"`           // 9F09, 2 bytes
	InterfaceSerial  string  `json:"interface_serial,omitempty"`  // 9F1E, 8 characters
	TerminalID       string  `json:"terminal_id,omitempty"`       // 9F1C, 8 characters
	MerchantID       string  `json:"merchant_id,omitempty"`       // 9F16, 15 characters
	MerchantName     string  `json:"merchant_name,omitempty"`     // 9F4E, at most 40 characters
	MerchantCategory emv.Hex `json:"merchant_category,omitempty"` // 9F15, 2 bytes

	// OfflineApproval lets a TC with a good fDDA approve without the host.
	OfflineApproval bool `json:"offline_approval,omitempty"`
	// MSD accepts magnetic stripe data: near-static, copied with one tap.
	MSD bool `json:"msd,omitempty"`
	// ODAForOnline authenticates the card before an online request too, where
	// 9F66 announces it.
	ODAForOnline bool `json:"oda_for_online,omitempty"`
	// FDDAVersion00 accepts signatures over the unpredictable number alone,
	// which leave amount and currency unsigned.
	FDDAVersion00 bool `json:"fdda_version_00,omitempty"`

	// CheckCash and CheckCashback hold such transactions to the card's
	// application usage control.
	CheckCash     bool `json:"check_cash,omitempty"`
	CheckCashback bool `json:"check_cashback,omitempty"`

	// AcceptAnyCheckDigit lets PANs pass that fail the Luhn check, as some
	// published test cards do; a production configuration never sets it.
	AcceptAnyCheckDigit bool `json:"accept_any_check_digit,omitempty"`
}

// ParseConfig reads a configuration from JSON and checks it. Unknown names and
// anything behind the object are refused.
func ParseConfig(b []byte) (Config, error) {
	var c Config
	if !strict.JSON(b, &c) {
		return Config{}, ErrConfig
	}
	if err := c.Validate(); err != nil {
		return Config{}, err
	}
	return c, nil
}

// Validate refuses lengths that the data objects do not have.
func (c Config) Validate() error {
	ok := len(c.TerminalType) == 1 && len(c.Capabilities) == 3 &&
		optional(len(c.Additional), 5) && optional(len(c.Version), 2) &&
		optional(len(c.InterfaceSerial), 8) && optional(len(c.TerminalID), 8) && optional(len(c.MerchantID), 15) &&
		len(c.MerchantName) <= 40 && optional(len(c.MerchantCategory), 2)
	if !ok {
		return ErrConfig
	}
	return nil
}

func optional(n, want int) bool { return n == 0 || n == want }
