// Package provisioning holds the files that an acquirer is provisioned with: its
// terminals and, for the issuer stand-in, the cards. Both are JSON.
//
// The acquirer reads them and the operator's command writes them. A card's file
// holds a PAN in clear, because it stands for an issuer's personalisation data:
// mode 0600, test numbers only, and read once, since the database keeps a keyed
// reference instead. No key is ever here; keys are in element.KeyFile.
package provisioning

// Terminals is the terminal file.
type Terminals struct {
	Terminals []Terminal `json:"terminals"`
}

// Terminal is one terminal that may connect.
type Terminal struct {
	TerminalID string `json:"terminal_id"` // DE 41, and the common name of its TLS certificate
	MerchantID string `json:"merchant_id"` // DE 42
	KeyID      string `json:"key_id"`      // initial key id of its host key, 16 hex digits
	PINKeyID   string `json:"pin_key_id"`  // initial key id of its PIN pad's PIN key, 16 hex digits
	Currency   string `json:"currency"`    // ISO 4217, three digits, DE 49
}

// Cards is the card file.
type Cards struct {
	Cards []Card `json:"cards"`
}

// Card is one card of the issuer stand-in.
type Card struct {
	PAN       string   `json:"pan"`        // 12 to 19 digits
	PSN       string   `json:"psn"`        // two digits
	Expiry    string   `json:"expiry"`     // YYMM, good to the end of the month
	PINOffset string   `json:"pin_offset"` // IBM 3624 over the whole PIN (element.PINOffset, ibm3624.Offset); empty: no PIN
	Balance   int64    `json:"balance"`    // minor units
	Currency  string   `json:"currency"`   // ISO 4217, three digits
	Scenario  Scenario `json:"scenario"`
	// ARPCMethod is how the issuer answers the cryptogram, 1 or 2; 0 means 2, which
	// is what internal/virtualcard's cards expect.
	ARPCMethod uint8 `json:"arpc_method,omitempty"`
	// ForgetsATC lets a transaction counter that is not above the last pass, for a
	// simulated card that begins anew each time. A cryptogram is never taken twice
	// in any case, and contactless stripes always count on.
	ForgetsATC bool `json:"forgets_atc,omitempty"`
	// ServiceCode is that of the stripe, three digits; empty: 201, a chip card.
	ServiceCode string `json:"service_code,omitempty"`
	// ChecksumTrack are the digits behind the service code of 9F6B as the card was
	// personalised, for its dynamic code; empty: zeros.
	ChecksumTrack string `json:"checksum_track,omitempty"`
	// FallbackLimit is how often a day the stripe may do for the chip; 0 means 3,
	// below zero never.
	FallbackLimit int `json:"fallback_limit,omitempty"`
	// Script is for the card's next contact chip sale. It replaces one that waits,
	// also for a card that is registered already.
	Script *Script `json:"script,omitempty"`
}

// Script is one command of the issuer to a card.
type Script struct {
	Command ScriptCommand `json:"command"`
	// Template is "71" (before the card's last cryptogram) or "72" (after it, the
	// default).
	Template string `json:"template,omitempty"`
	// ID is 9F18, 8 hex digits; empty: the issuer numbers it.
	ID string `json:"id,omitempty"`
	// SFI and Record are for update_record, Tag (4 hex digits) for put_data.
	SFI    uint8  `json:"sfi,omitempty"`
	Record uint8  `json:"record,omitempty"`
	Tag    string `json:"tag,omitempty"`
	Data   string `json:"data,omitempty"` // hex, at most 96 bytes
}

// ScriptCommand is what a script does.
type ScriptCommand string

// Commands.
const (
	CommandApplicationBlock   ScriptCommand = "application_block"
	CommandApplicationUnblock ScriptCommand = "application_unblock"
	CommandCardBlock          ScriptCommand = "card_block"
	CommandPINUnblock         ScriptCommand = "pin_unblock"
	CommandUpdateRecord       ScriptCommand = "update_record"
	CommandPutData            ScriptCommand = "put_data"
)

// Scenario is how the issuer stand-in treats a card.
type Scenario string

// Scenarios.
const (
	ScenarioApprove   Scenario = ""           // balance, PIN and cryptogram decide
	ScenarioDecline   Scenario = "decline"    // always 05
	ScenarioNoFunds   Scenario = "no_funds"   // always 51
	ScenarioRefer     Scenario = "refer"      // a sale: 01, and a code for whoever calls
	ScenarioWrongARPC Scenario = "wrong_arpc" // approves with a false tag 91
	ScenarioSlow      Scenario = "slow"       // answers after three seconds
	ScenarioSilent    Scenario = "silent"     // books and does not answer
	ScenarioByAmount  Scenario = "by_amount"  // the last two digits of the amount say which (README)
)

// Valid reports whether s is a scenario.
func (s Scenario) Valid() bool {
	switch s {
	case ScenarioApprove, ScenarioDecline, ScenarioNoFunds, ScenarioRefer, ScenarioWrongARPC, ScenarioSlow, ScenarioSilent, ScenarioByAmount:
		return true
	}
	return false
}

// Attestation is what the acquirer accepts of its terminals' devices, the policy
// file. Digests are SHA-256 in hexadecimal; an empty list asks for nothing, but that
// of kernels: where evidence is required, no kernel is then accepted.
type Attestation struct {
	Required     bool     `json:"required"`
	Exempt       []string `json:"exempt,omitempty"` // terminal ids that need no evidence
	Authority    string   `json:"authority"`        // PEM: who certifies attestation keys
	Kernels      []string `json:"kernels"`
	Boots        []string `json:"boots,omitempty"`
	Systems      []string `json:"systems,omitempty"` // of virtual machines, at isolation level vm
	Applications []string `json:"applications,omitempty"`
	Apps         []string `json:"apps,omitempty"` // programs of the app world
	Isolation    []string `json:"isolation,omitempty"`
	Memory       []string `json:"memory_protection,omitempty"`
	StorageRoots []string `json:"storage_root,omitempty"`
	Parameters   uint64   `json:"parameters,omitempty"` // the lowest version
	// ClockSeconds is how far a device's clock may be off; 0: any.
	ClockSeconds int  `json:"clock_seconds,omitempty"`
	FIPS         bool `json:"fips,omitempty"`
	TPM          bool `json:"tpm,omitempty"` // a TPM's quote is asked for
	// TPMKeys are the attestation keys of each terminal's TPM by terminal id: x and y
	// in hexadecimal, as tpm -key tells. Reports of other terminals count as
	// self-reported.
	TPMKeys map[string][]string `json:"tpm_keys,omitempty"`
}
