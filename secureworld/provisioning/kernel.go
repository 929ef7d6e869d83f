package provisioning

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// Kernel is the kernel's configuration. Boot hands it over as it is; it holds no
// secret but key blocks.
//
// The kernel's storage directory holds, at the first start, a folder "incoming"
// with the secrets that go with it (see the File constants). The kernel takes
// them over and deletes them.
type Kernel struct {
	Version     uint32 `json:"version"`
	TerminalID  string `json:"terminal_id"` // DE 41
	MerchantID  string `json:"merchant_id"` // DE 42
	Currency    string `json:"currency"`    // ISO 4217, alphabetic
	Country     uint16 `json:"country"`     // ISO 3166, numeric
	MaxAmount   int64  `json:"max_amount"`  // minor units
	TimeZone    string `json:"time_zone"`   // offset of local time, "+01:00"
	PINAttempts uint8  `json:"pin_attempts"`

	CardSeconds uint16 `json:"card_seconds"` // how long a card is waited for at most
	PINSeconds  uint16 `json:"pin_seconds"`
	HostSeconds uint16 `json:"host_seconds"` // without an answer: reversal

	ReaderDevice string `json:"reader_device"` // initial key id of the reader, 16 hex digits; its certificate's common name
	PINPadDevice string `json:"pinpad_device"` // device id of the PIN pad, 16 hex digits; its certificate's common name
	HostKeyID    string `json:"host_key_id"`   // initial key id of the terminal's host key
	HostName     string `json:"host_name"`     // name in the acquirer's certificate

	Keys           []Key  `json:"keys"`             // under the kernel's supplier key
	PINPadKeyBlock string `json:"pinpad_key_block"` // for the PIN pad alone; relayed

	DeviceCA string `json:"device_ca"` // PEM: who certifies reader and PIN pad
	// DeviceRevocations, PEM, is that authority's list of revoked certificates; empty
	// where it has revoked none when the device was made.
	DeviceRevocations string `json:"device_revocations,omitempty"`

	HostCA    string `json:"host_ca"`    // PEM: who certifies the acquirer
	DoorsCert string `json:"doors_cert"` // PEM: this secure world towards its devices
	HostCert  string `json:"host_cert"`  // PEM: this terminal towards the acquirer; common name = terminal id
	// AttestationCert, PEM, is the device authority's for the key that signs reports;
	// common name = terminal id.
	AttestationCert string `json:"attestation_cert"`
	// KeyLoading is what remote key loading needs; a device without it takes no keys
	// from afar.
	KeyLoading *KeyLoading `json:"key_loading,omitempty"`
}

// KeyLoading binds a device to the acquirer's key distribution host. The kernel takes
// the binding over together with its keys; what the file says later changes nothing.
type KeyLoading struct {
	Cert      string `json:"cert"`      // PEM: the device authority's for the key that receives keys; common name = terminal id
	Authority string `json:"authority"` // PEM: who certifies key distribution hosts, and nothing else
	Host      string `json:"host"`      // PEM: the host that this device obeys
}

// Key is one key block with its name.
type Key struct {
	Name  string `json:"name"`
	Block string `json:"block"`
}

// Names of the kernel's keys, with usage and algorithm of their key blocks.
const (
	KeyReaderInitial = "reader-initial" // B1, AES-256: DUKPT initial key of the reader
	KeyReaderOrder   = "reader-order"   // M6, AES-256: CMAC over orders to the reader
	KeyPINPadOrder   = "pinpad-order"   // M6, AES-256: CMAC over orders to the PIN pad
	KeyPAN           = "pan"            // D0, AES-256: the PAN for one PIN block
	KeyKeyed         = "keyed"          // D0, AES-256: a card that is keyed in at the PIN pad
	KeyHostInitial   = "host-initial"   // B1, AES-256: DUKPT initial key towards the acquirer
	KeyToken         = "token"          // M7, HMAC, 32 bytes: tokens of this merchant
)

// Files in the folder "incoming" of the kernel's storage.
const (
	Incoming         = "incoming"
	FileSupplierKey  = "supplier.key"  // 32 raw bytes: opens the key blocks, once
	FileFirmwareRoot = "firmware.root" // 32 raw bytes: root of this kernel's storage
	FileDoorsKey     = "doors.key"     // PKCS #8 DER, ECDSA P-256
	FileHostKey      = "host.key"      // PKCS #8 DER, ECDSA P-256
	FileAttestKey    = "attest.key"    // PKCS #8 DER, ECDSA P-256: signs reports, and nothing else
	FileLicenceKey   = "licence.key"   // PKCS #8 DER, Ed25519: proves that this kernel may use its licence
	FileLoadingKey   = "loading.key"   // PKCS #8 DER, RSA-2048 or above: receives keys, where KeyLoading is configured
)

// FileReversals, in the kernel's storage, is what people are given when the device was
// tampered with: prepared reversals, JSON.
const FileReversals = "reversals.json"

// ErrKernel reports a kernel configuration that is not one.
var ErrKernel = errors.New("provisioning: kernel configuration refused")

// ParseKernel reads the kernel's configuration. Unknown names, anything behind
// the object, missing fields and identities that do not fit into their data
// elements are refused, so that a slip in a file is found at the start.
func ParseKernel(b []byte) (Kernel, error) {
	var k Kernel
	if len(b) > MaxFile {
		return Kernel{}, ErrKernel
	}
	r := json.NewDecoder(bytes.NewReader(b))
	r.DisallowUnknownFields()
	if r.Decode(&k) != nil || !k.complete() {
		return Kernel{}, ErrKernel
	}
	if _, err := r.Token(); err != io.EOF {
		return Kernel{}, ErrKernel
	}
	return k, nil
}

func (k Kernel) complete() bool {
	for _, s := range []string{k.TerminalID, k.MerchantID, k.Currency, k.TimeZone, k.ReaderDevice, k.PINPadDevice,
		k.HostKeyID, k.HostName, k.PINPadKeyBlock, k.DeviceCA, k.HostCA, k.DoorsCert, k.HostCert, k.AttestationCert} {
		if s == "" {
			return false
		}
	}
	return len(k.TerminalID) <= maxTerminalID && len(k.MerchantID) <= maxMerchantID &&
		len(k.Keys) > 0 && len(k.Keys) <= MaxKeys && k.PINAttempts > 0 &&
		(k.KeyLoading == nil || k.KeyLoading.Cert != "" && k.KeyLoading.Authority != "" && k.KeyLoading.Host != "")
}
