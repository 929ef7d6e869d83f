package virtualcard

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

// ErrProfile reports a profile that makes no card.
var ErrProfile = errors.New("virtualcard: profile invalid")

// A Garbage mode makes the card misbehave at every command that FaultCommand
// names, or at every command after selection where it names none.
type Garbage string

// The garbage modes.
const (
	GarbageNone     Garbage = ""
	GarbageNonsense Garbage = "nonsense"    // random bytes and 9000
	GarbageEndless  Garbage = "endless_tlv" // template in template, and lengths past the end
	GarbageStatus   Garbage = "wrong_sw"    // 6F00
	GarbageOneByte  Garbage = "one_byte"
	GarbageAID      Garbage = "changed_aid" // another DF name in the FCI
	GarbageTC       Garbage = "tc_unasked"  // a TC where an ARQC was asked
)

// Hex is bytes that JSON writes as hexadecimal digits.
type Hex []byte

// MarshalText gives hexadecimal digits.
func (h Hex) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h), nil }

// UnmarshalText reads hexadecimal digits.
func (h *Hex) UnmarshalText(b []byte) error {
	out, err := hex.AppendDecode(nil, b)
	if err != nil {
		return ErrProfile
	}
	*h = out
	return nil
}

// A Profile is a card and its faults. Exactly one of IssuerMasterKey and
// CardMasterKey is set.
type Profile struct {
	PAN             string `json:"pan"`                // 12 to 19 digits, Luhn-valid, test BIN
	PSN             byte   `json:"psn"`                // 0 to 99
	Expiry          string `json:"expiry"`             // YYMM; valid to the month's last day
	ServiceCode     string `json:"service_code"`       // 3 digits; default 201
	Label           string `json:"label"`              // default VIRTUAL
	AID             Hex    `json:"aid"`                // default by the PAN's first digit
	IssuerMasterKey Hex    `json:"imk_ac,omitempty"`   // 16 bytes
	CardMasterKey   Hex    `json:"card_key,omitempty"` // 16 bytes
	ATC             uint16 `json:"atc"`                // before the first transaction

	NoCVM                bool `json:"no_cvm,omitempty"`                // CVM list: no CVM required, always
	PINOnly              bool `json:"pin_only,omitempty"`              // CVM list: online PIN or fail
	ExternalAuthenticate bool `json:"external_authenticate,omitempty"` // AIP asks for the command
	ARPCMethod           int  `json:"arpc_method,omitempty"`           // 1 or 2; 0 means 2
	Format1              bool `json:"format1,omitempty"`               // answers in template 80
	NoPSE                bool `json:"no_pse,omitempty"`
	Blocked              bool `json:"blocked,omitempty"`  // SELECT answers 6A81
	Declines             bool `json:"declines,omitempty"` // AAC at the first GENERATE AC

	TearAt        int     `json:"tear_at,omitempty"`         // the n-th command since reset, from 1
	TearAtCommand string  `json:"tear_at_command,omitempty"` // select, gpo, read, getdata, gac1, extauth, gac2
	TearAfter     bool    `json:"tear_after,omitempty"`      // the command is done and counted, the answer is lost
	MuteAt        int     `json:"mute_at,omitempty"`         // no answer, still present
	MuteAtCommand string  `json:"mute_at_command,omitempty"`
	Garbage       Garbage `json:"garbage,omitempty"`
	FaultCommand  string  `json:"fault_command,omitempty"` // where Garbage shows
}

// ParseProfile reads a profile from JSON and fills in its defaults.
func ParseProfile(b []byte) (Profile, error) {
	var p Profile
	if err := json.Unmarshal(b, &p); err != nil {
		return Profile{}, ErrProfile
	}
	p.setDefaults()
	return p, p.check()
}

// ReadProfile reads a profile file.
func ReadProfile(path string) (Profile, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return Profile{}, fmt.Errorf("reading card profile: %w", err)
	}
	return ParseProfile(b)
}

func (p *Profile) setDefaults() {
	if p.ServiceCode == "" {
		p.ServiceCode = "201"
	}
	if p.Label == "" {
		p.Label = "VIRTUAL"
	}
	if p.ARPCMethod == 0 {
		p.ARPCMethod = 2
	}
	if len(p.AID) == 0 && p.PAN != "" {
		p.AID = Hex{0xA0, 0x00, 0x00, 0x00, 0x04, 0x10, 0x10} // Mastercard
		if p.PAN[0] == '4' {
			p.AID = Hex{0xA0, 0x00, 0x00, 0x00, 0x03, 0x10, 0x10} // Visa
		}
	}
}

func (p Profile) check() error {
	switch {
	case len(p.PAN) < 12 || len(p.PAN) > 19 || !decimal(p.PAN) || !luhnValid(p.PAN),
		len(p.Expiry) != 4 || !decimal(p.Expiry) || p.Expiry[2:] < "01" || p.Expiry[2:] > "12",
		len(p.ServiceCode) != 3 || !decimal(p.ServiceCode),
		p.PSN > 99, len(p.Label) < 1 || len(p.Label) > 16, len(p.AID) < 5 || len(p.AID) > 16,
		p.ARPCMethod != 1 && p.ARPCMethod != 2,
		len(p.IssuerMasterKey) != 16 && len(p.CardMasterKey) != 16:
		return ErrProfile
	default:
		return nil
	}
}

func (p Profile) masterKey() ([]byte, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	if len(p.CardMasterKey) == 16 {
		return append([]byte(nil), p.CardMasterKey...), nil
	}
	return CardKey(p.IssuerMasterKey, p.PAN, p.PSN), nil
}
