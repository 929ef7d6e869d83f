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

	GarbageNested    Garbage = "nested"          // the template holds itself where primitives belong
	GarbageDuplicate Garbage = "duplicate"       // every element of the answer comes twice
	GarbageAFL       Garbage = "afl_nowhere"     // AFL of records that are not there
	GarbageDOL       Garbage = "dol_255"         // PDOL and CDOL1 ask for 255 bytes
	GarbageSignature Garbage = "wrong_signature" // dynamic signatures with one bit changed
	GarbageAmount    Garbage = "wrong_amount"    // cryptogram over another amount
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
// CardMasterKey is set. Fields left out give a Visa-like contact card that
// always asks for the issuer and has no offline data authentication.
//
// The profile's own application comes first; Others holds further ones, each
// with its own AID and, where it names none, this one's number, dates and keys.
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

	// Application cryptogram and secure messaging, keys of 16 bytes. Without
	// its key a card refuses scripts; without a CVC3 key that of the
	// cryptogram is taken.
	CVN           string `json:"cvn,omitempty"` // visa10, visa17, visa18 (default), visa22, mchip10, mchip11, mchip14, mchip15
	IssuerSMIKey  Hex    `json:"imk_smi,omitempty"`
	CardSMIKey    Hex    `json:"card_smi_key,omitempty"`
	IssuerSMCKey  Hex    `json:"imk_smc,omitempty"`
	CardSMCKey    Hex    `json:"card_smc_key,omitempty"`
	IssuerCVC3Key Hex    `json:"imk_cvc3,omitempty"`
	CardCVC3Key   Hex    `json:"card_cvc3_key,omitempty"`

	// Selection.
	Name          string    `json:"name,omitempty"`           // 5F20; default CARD/VIRTUAL
	Priority      byte      `json:"priority,omitempty"`       // 1 to 15; default 1, then 2, 3
	Confirm       bool      `json:"confirm,omitempty"`        // 87 bit 8: the card holder must confirm
	PreferredName string    `json:"preferred_name,omitempty"` // 9F12, with 9F11 = 01
	Languages     string    `json:"languages,omitempty"`      // 5F2D; default en
	PDOL          Hex       `json:"pdol,omitempty"`           // 9F38 in place of the usual one
	NoPDOL        bool      `json:"no_pdol,omitempty"`
	AppBlocked    bool      `json:"app_blocked,omitempty"` // SELECT answers 6283
	Others        []Profile `json:"others,omitempty"`

	// Offline data authentication. Personalise makes the certificates.
	ODA            string        `json:"oda,omitempty"`              // sda, dda, cda; the later include the earlier
	SeparatePINKey bool          `json:"separate_pin_key,omitempty"` // 9F2D to 9F2F
	Certificates   *Certificates `json:"certificates,omitempty"`

	// Card holder verification. The PIN belongs to the card, not to one
	// application; VERIFY is refused without one.
	PIN      string `json:"offline_pin,omitempty"` // 4 to 12 digits
	PINTries byte   `json:"pin_tries,omitempty"`   // 1 to 15; default 3
	CVMList  Hex    `json:"cvm_list,omitempty"`    // value of 8E in place of the usual one

	// Risk management.
	ApprovesOffline bool   `json:"approves_offline,omitempty"` // TC where the terminal asks for one
	LowerLimit      byte   `json:"lower_limit,omitempty"`      // 9F14, with UpperLimit
	UpperLimit      byte   `json:"upper_limit,omitempty"`      // 9F23; above it only online
	LastOnlineATC   uint16 `json:"last_online_atc,omitempty"`  // 9F13 before the first transaction; 0 is a new card
	Effective       string `json:"effective,omitempty"`        // 5F25, YYMMDD
	Country         string `json:"country,omitempty"`          // 5F28, 3 digits
	UsageControl    Hex    `json:"usage_control,omitempty"`    // 9F07; default FFC0
	IACDefault      Hex    `json:"iac_default,omitempty"`      // 5 bytes; default all ones
	IACDenial       Hex    `json:"iac_denial,omitempty"`       // default zeros
	IACOnline       Hex    `json:"iac_online,omitempty"`       // default all ones
	Extra           Hex    `json:"extra,omitempty"`            // data objects added to the first record

	// Interfaces.
	Transcript    string `json:"transcript,omitempty"`   // played by Play in place of all else (Replay)
	Tap           *Tap   `json:"tap,omitempty"`          // nil: no antenna
	NoContacts    bool   `json:"no_contacts,omitempty"`  // a phone, or a card with a stripe alone
	T0            bool   `json:"t0,omitempty"`           // T=0, with 61xx and 6Cxx
	AnswerToReset Hex    `json:"atr,omitempty"`          // in place of the usual one, 2 to 33 bytes
	StripeBlank   bool   `json:"stripe_blank,omitempty"` // nothing on the stripe
	StripeData    string `json:"stripe_data,omitempty"`  // discretionary data there, 10 digits; default 0000000001
	ChipData      string `json:"chip_data,omitempty"`    // those of 57

	NoCVM                bool `json:"no_cvm,omitempty"`                // CVM list: no CVM required, always
	PINOnly              bool `json:"pin_only,omitempty"`              // CVM list: online PIN or fail
	ExternalAuthenticate bool `json:"external_authenticate,omitempty"` // AIP asks for the command
	ARPCMethod           int  `json:"arpc_method,omitempty"`           // 1 or 2; 0 is what the CVN has
	Format1              bool `json:"format1,omitempty"`               // answers in template 80
	NoPSE                bool `json:"no_pse,omitempty"`                // nor PPSE
	Blocked              bool `json:"blocked,omitempty"`               // SELECT answers 6A81
	Declines             bool `json:"declines,omitempty"`              // AAC at the first GENERATE AC

	// Faults. Commands are named select, gpo, read, getdata, challenge, verify,
	// intauth, gac1, extauth, gac2, script, ccc, errd, recover.
	TearAt        int            `json:"tear_at,omitempty"` // the n-th command since reset, from 1
	TearAtCommand string         `json:"tear_at_command,omitempty"`
	TearAfter     bool           `json:"tear_after,omitempty"`  // the command is done and counted, the answer is lost
	TearBehind    bool           `json:"tear_behind,omitempty"` // the answer goes out, then the card leaves
	MuteAt        int            `json:"mute_at,omitempty"`     // no answer, still present
	MuteAtCommand string         `json:"mute_at_command,omitempty"`
	Garbage       Garbage        `json:"garbage,omitempty"`
	FaultCommand  string         `json:"fault_command,omitempty"` // where Garbage shows
	Statuses      map[string]Hex `json:"statuses,omitempty"`      // command to status word of 2 bytes, given in place of the answer
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
