package emv

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"

	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
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

	Applications []Application `json:"applications"`
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
}

// Bits of 9F33 (EMV 4.4 Book 4, Annex A2) that the kernel looks at.
const (
	capPlaintextPIN = 0x80 // byte 2
	capOnlinePIN    = 0x40
	capSignature    = 0x20
	capEncipherPIN  = 0x10
	capNoCVM        = 0x08
	capOfflineODA   = 0xC9 // byte 3: SDA, DDA, CDA, XDA
)

// ParseConfig reads a configuration from JSON and checks it. Unknown names
// and anything behind the object are refused.
func ParseConfig(b []byte) (Config, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var c Config
	if d.Decode(&c) != nil {
		return Config{}, ErrConfig
	}
	if _, err := d.Token(); err != io.EOF {
		return Config{}, ErrConfig
	}
	return c, c.Validate()
}

// Validate refuses what the kernel cannot do: lengths, an empty or ambiguous
// application list, and capabilities that are not built (offline PIN, offline
// data authentication).
func (c Config) Validate() error {
	ok := len(c.TerminalType) == 1 && len(c.Capabilities) == 3 && len(c.Additional) == 5 &&
		optional(len(c.InterfaceSerial), 8) && optional(len(c.TerminalID), 8) &&
		optional(len(c.MerchantID), 15) && optional(len(c.MerchantCategory), 2) &&
		len(c.Applications) > 0 && len(c.Applications) <= 100
	if !ok || c.Capabilities[1]&(capPlaintextPIN|capEncipherPIN) != 0 || c.Capabilities[2]&capOfflineODA != 0 {
		return ErrConfig
	}
	for i, a := range c.Applications {
		if !a.valid() || c.names(a.AID, i) {
			return ErrConfig
		}
	}
	return nil
}

func optional(n, want int) bool { return n == 0 || n == want }

func (a Application) valid() bool {
	return len(a.AID) >= 5 && len(a.AID) <= 16 && len(a.Version) == 2 &&
		len(a.TACDenial) == 5 && len(a.TACOnline) == 5 && len(a.TACDefault) == 5
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
	s.Set(tlv.Tag9F06ApplicationIdentifierTerminal, t.app.AID)
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
