package emv

import (
	"bytes"
	"encoding/hex"
	"errors"

	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/reader/emv/internal/strict"
	"github.com/strongroom-pos/strongroom/secureworld/oda"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// ErrConfig reports a configuration that the kernel cannot honour.
var ErrConfig = errors.New("emv: configuration invalid")

// Hex is bytes that JSON writes as hexadecimal digits.
type Hex []byte

// MarshalText gives hexadecimal digits.
func (h Hex) MarshalText() ([]byte, error) {
	return bytes.ToUpper(hex.AppendEncode(nil, h)), nil
}

// UnmarshalText reads hexadecimal digits.
func (h *Hex) UnmarshalText(b []byte) error {
	out, err := hex.AppendDecode(nil, b)
	if err != nil {
		return ErrConfig
	}
	*h = out
	return nil
}

// A Config is the kernel's part of the signed terminal configuration. It is
// not modified after New.
type Config struct {
	TerminalType Hex `json:"terminal_type"` // 9F35, 1 byte: 21 attended, online only
	Capabilities Hex `json:"capabilities"`  // 9F33, 3 bytes
	Additional   Hex `json:"additional"`    // 9F40, 5 bytes

	InterfaceSerial  string `json:"interface_serial,omitempty"`  // 9F1E, 8 characters
	TerminalID       string `json:"terminal_id,omitempty"`       // 9F1C, 8 characters
	MerchantID       string `json:"merchant_id,omitempty"`       // 9F16, 15 characters
	MerchantCategory Hex    `json:"merchant_category,omitempty"` // 9F15, 2 bytes

	// CardholderSelection: someone can be asked to choose or confirm an
	// application. Without it the highest priority is taken, and applications
	// that demand confirmation are left out.
	CardholderSelection bool `json:"cardholder_selection,omitempty"`

	// AcceptAnyCheckDigit lets PANs pass that fail the Luhn check. Some
	// published test cards do; a production configuration never sets it.
	AcceptAnyCheckDigit bool `json:"accept_any_check_digit,omitempty"`

	// ScriptLimit is the total length of the issuer scripts that are run, in
	// bytes; 0 means EMV's own 128.
	ScriptLimit int `json:"script_limit,omitempty"`

	// ODA holds the keys for offline data authentication. Without it 9F33
	// announces none.
	ODA *ODA `json:"oda,omitempty"`

	Applications []Application `json:"applications"`

	keys *oda.Set // made from ODA by ParseConfig
}

// An Application is one that the terminal accepts.
type Application struct {
	AID        Hex    `json:"aid"`               // 5 to 16 bytes
	Partial    bool   `json:"partial,omitempty"` // longer names that begin so are accepted too
	Version    Hex    `json:"version"`           // 9F09, 2 bytes
	FloorLimit uint32 `json:"floor_limit"`       // 9F1B, minor units; 0 sends all online
	TACDenial  Hex    `json:"tac_denial"`        // 5 bytes
	TACOnline  Hex    `json:"tac_online"`        // 5 bytes
	TACDefault Hex    `json:"tac_default"`       // 5 bytes

	// OfflineApproval lets the card be asked for a TC where no action code wants
	// the host. Without it every payment is sent to the host, or declined.
	OfflineApproval bool `json:"offline_approval,omitempty"`

	// Random selection for amounts below the floor limit (EMV 4.4 Book 3, clause
	// 10.6.2): percentages up to 99, the threshold in minor units.
	TargetPercent    byte   `json:"target_percent,omitempty"`
	MaxTargetPercent byte   `json:"max_target_percent,omitempty"`
	Threshold        uint32 `json:"threshold,omitempty"`

	// RefusePINBypass ends a transaction whose cardholder passes the PIN over.
	// Without it the CVM list goes on, and the TVR says so.
	RefusePINBypass bool `json:"refuse_pin_bypass,omitempty"`

	// DefaultTDOL is used where a card asks for a TC hash value (98) and has no
	// list of its own for it; none is an empty list.
	DefaultTDOL Hex `json:"default_tdol,omitempty"`
}

// Bits of 9F33 (EMV 4.4 Book 4, Annex A2) that the kernel looks at.
const (
	capPlaintextPIN = 0x80 // byte 2
	capOnlinePIN    = 0x40
	capSignature    = 0x20
	capEncipherPIN  = 0x10
	capNoCVM        = 0x08
	capSDA          = 0x80 // byte 3
	capDDA          = 0x40
	capCDA          = 0x08
	capXDA          = 0x01
)

// ParseConfig reads a configuration from JSON and checks it. Unknown names
// and anything behind the object are refused.
func ParseConfig(b []byte) (Config, error) {
	var c Config
	if !strict.JSON(b, &c) {
		return Config{}, ErrConfig
	}
	if err := c.Validate(); err != nil {
		return c, err
	}
	keys, err := c.ODA.set()
	c.keys = &keys
	return c, err
}

// Validate refuses what the kernel cannot do: lengths, an empty or ambiguous
// application list, capabilities that are not built (offline plaintext PIN, XDA)
// or for which the keys are missing, and offline approval at a terminal whose
// type is online only.
func (c Config) Validate() error {
	ok := len(c.TerminalType) == 1 && len(c.Capabilities) == 3 && len(c.Additional) == 5 &&
		optional(len(c.InterfaceSerial), 8) && optional(len(c.TerminalID), 8) &&
		optional(len(c.MerchantID), 15) && optional(len(c.MerchantCategory), 2) &&
		len(c.Applications) > 0 && len(c.Applications) <= maxApplications &&
		c.ScriptLimit >= 0 && c.ScriptLimit <= maxScriptBytes
	if !ok || !c.capable() {
		return ErrConfig
	}
	for i, a := range c.Applications {
		if !a.valid() || c.names(a.AID, i) || !a.suits(c.TerminalType[0]) {
			return ErrConfig
		}
	}
	return nil
}

// capable: what 9F33 announces is there.
func (c Config) capable() bool {
	if c.Capabilities[1]&capPlaintextPIN != 0 || c.Capabilities[2]&capXDA != 0 {
		return false
	}
	if _, err := c.set(); err != nil {
		return false
	}
	return c.Capabilities[2]&(capSDA|capDDA|capCDA) == 0 || c.ODA != nil
}

// set is the keys of certification authorities, made once where ParseConfig made
// the configuration.
func (c Config) set() (oda.Set, error) {
	if c.keys != nil {
		return *c.keys, nil
	}
	return c.ODA.set()
}

// suits: an online-only terminal approves nothing by itself, and an offline-only
// one could do nothing else (EMV 4.4 Book 4, Annex A1).
func (a Application) suits(terminalType byte) bool {
	switch terminalType & 0x0F {
	case 1, 4:
		return !a.OfflineApproval
	case 3, 6:
		return a.OfflineApproval
	}
	return true
}

func optional(n, want int) bool { return n == 0 || n == want }

func (a Application) valid() bool {
	return len(a.AID) >= 5 && len(a.AID) <= 16 && len(a.Version) == 2 &&
		len(a.TACDenial) == 5 && len(a.TACOnline) == 5 && len(a.TACDefault) == 5 &&
		a.TargetPercent <= a.MaxTargetPercent && a.MaxTargetPercent <= 99 &&
		uint64(a.Threshold) <= uint64(a.FloorLimit) && len(a.DefaultTDOL) <= maxDOL
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

// match finds the application for a DF name: an exact one first, else the
// longest of those that allow partial selection.
func (c Config) match(name []byte) (Application, bool) {
	best := -1
	for i, a := range c.Applications {
		if bytes.Equal(a.AID, name) {
			return a, true
		}
		if a.Partial && bytes.HasPrefix(name, a.AID) && (best < 0 || len(a.AID) > len(c.Applications[best].AID)) {
			best = i
		}
	}
	if best < 0 {
		return Application{}, false
	}
	return c.Applications[best], true
}

// storeConfig puts the configuration where data object lists find it. Offline
// plaintext PIN is masked out here too, whatever the configuration says.
func (t *Transaction) storeConfig() {
	c, s := t.cfg, &t.terminal
	able := bytes.Clone(c.Capabilities)
	able[1] &^= capPlaintextPIN
	s.Set(tlv.Tag9F33TerminalCapabilities, able)
	s.Set(tlv.Tag9F35TerminalType, c.TerminalType)
	s.Set(tlv.Tag9F40AdditionalTerminalCapabilities, c.Additional)
	s.Set(tlv.Tag9F06ApplicationIdentifierTerminal, t.selection.chosen.AID) // the name selected (Book 1, clause 12.4)
	s.Set(tlv.Tag9F09ApplicationVersionTerminal, t.app.Version)
	s.Set(tlv.Tag9F1BTerminalFloorLimit, objects.BE32(uint64(t.app.FloorLimit)))
	s.Set(tlv.Tag9F39POSEntryMode, []byte{entryModeChip})
	optionalText(s, tlv.Tag9F1EInterfaceDeviceSerialNumber, []byte(c.InterfaceSerial))
	optionalText(s, tlv.Tag9F1CTerminalIdentification, []byte(c.TerminalID))
	optionalText(s, tlv.Tag9F16MerchantIdentifier, []byte(c.MerchantID))
	optionalText(s, tlv.Tag9F15MerchantCategoryCode, c.MerchantCategory)
}

const entryModeChip = 0x05 // first two digits of DE 22: chip

func optionalText(s *objects.Store, tag tlv.Tag, v []byte) {
	if len(v) > 0 {
		s.Set(tag, v)
	}
}
