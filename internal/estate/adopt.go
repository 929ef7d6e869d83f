//go:build linux

package estate

import (
	"os"
	"path/filepath"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate/ceremony"
	"github.com/strongroom-pos/strongroom/internal/estate/configuration"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/signing"
)

// unsignedParameters is what a customer signs for an adopted lane: its test cards'
// authorities are in it.
const unsignedParameters = "parameters.document.json"

// adoptedYears is how long nothing is signed anew: the keys are elsewhere.
const adoptedYears = 10

// Adopt makes a lane's home of a device and an acquirer that were provisioned by
// commands. The documents that boot verifies are put into its release folder by
// who signs them.
func Adopt(home, device, acquirer, programs string) (ceremony.Record, error) {
	now := release{Version: 1, Digests: map[string]string{}, Until: time.Now().AddDate(adoptedYears, 0, 0)}
	for _, name := range []string{programKernel, programApplication, programTerminal} {
		b, err := os.ReadFile(filepath.Join(programs, name))
		if err != nil {
			return ceremony.Record{}, err
		}
		now.Digests[name] = signing.Digest(b)
	}
	record, err := ceremony.Assemble(home, device, acquirer, time.Now())
	if err != nil {
		return record, err
	}
	schemes, err := ceremony.Schemes(home)
	if err != nil {
		return record, err
	}
	d := configuration.Document(schemes)
	d.Version = 1
	body, err := d.Encode()
	if err != nil {
		return record, err
	}
	if err := os.MkdirAll(filepath.Join(home, releaseDir), 0o700); err != nil {
		return record, err
	}
	if err := os.WriteFile(filepath.Join(home, unsignedParameters), body, 0o600); err != nil {
		return record, err
	}
	return record, writeJSON(filepath.Join(home, releaseDir, releaseFile), now)
}
