// Package storagereset is the paper that lets a kernel's storage begin anew:
// signed by the customer's configuration key, for one device and one moment.
//
//	device   digest of the device's parts, as boot logs it when it starts a kernel
//	anchor   number of the storage's root record that boot keeps
//
// The number goes on with the reset, so a paper is good once. What was in the
// storage is lost: keys, data of applications, payments that were under way. The
// terminal is provisioned again afterwards.
//
// Boot and package signing import it. It holds no key.
package storagereset

import (
	"encoding/hex"
	"errors"
)

// Purpose separates this document from all others that are signed.
const Purpose = "storage reset"

// ErrPaper says that a paper is none.
var ErrPaper = errors.New("storage reset: malformed")

// Paper is the signed body.
type Paper struct {
	Device string `json:"device"` // SHA-256, 64 hexadecimal digits
	Anchor uint64 `json:"anchor"` // above 0: what never was cannot begin anew
}

// Check refuses what is no paper.
func (p Paper) Check() error {
	b, err := hex.DecodeString(p.Device)
	if err != nil || len(b) != 32 || hex.EncodeToString(b) != p.Device || p.Anchor == 0 {
		return ErrPaper
	}
	return nil
}
