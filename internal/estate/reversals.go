//go:build linux

package estate

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/strongroom-pos/strongroom/internal/estate/ceremony"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
)

// Reversals are those that the secure world had prepared, and no host had confirmed,
// when the device was tampered with.
type Reversals struct {
	JournalLength uint64 `json:"journal_length"`
	JournalHead   string `json:"journal_head"`
	// Unread: the journal could not be read any more, so the acquirer's books alone
	// tell what is open.
	Unread    bool       `json:"unread"`
	Reversals []Reversal `json:"reversals"`
}

// Reversal is one of them. Message is the whole host message, hexadecimal, with
// account data sealed for the acquirer.
type Reversal struct {
	Payment  string `json:"payment_id"`
	STAN     any    `json:"stan"`
	RRN      any    `json:"rrn"`
	Amount   any    `json:"amount"`
	Currency string `json:"currency"`
	Masked   any    `json:"masked_pan"`
	Date     any    `json:"date"`
	Time     any    `json:"time"`
	Message  string `json:"message"`
}

// ErrNoReversals says that nothing was exported.
var ErrNoReversals = errors.New("nothing was exported: the device was not tampered with")

// ExportedReversals reads what the kernel left for people: in the lane that runs from
// a home, else in what the home keeps; at level vm, in the machine's disk.
func ExportedReversals(home string) (r Reversals, err error) {
	at := []string{filepath.Join(home, ceremony.Worlds, "secureworld")}
	if lane, err := Find(home); err == nil {
		at = append([]string{filepath.Join(lane.Run, "secureworld")}, at...)
	}
	for _, dir := range at {
		b, err := exportedIn(dir)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return r, fmt.Errorf("reversals: %w", err)
		}
		if json.Unmarshal(b, &r) != nil {
			return r, errors.New("reversals: the file is damaged")
		}
		return r, nil
	}
	return r, ErrNoReversals
}

func exportedIn(world string) ([]byte, error) {
	disk := filepath.Join(world, diskName)
	if _, err := os.Stat(disk); err == nil {
		return FromDisk(disk, provisioning.FileReversals)
	}
	return os.ReadFile(filepath.Join(world, "storage", provisioning.FileReversals))
}
