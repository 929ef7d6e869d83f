//go:build linux

package estate

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	acquirer "github.com/strongroom-pos/strongroom/acquirer/provisioning"
)

// programTPM holds the TPM for boot; it is installed where there is one.
const programTPM = "tpm"

// registerTPM installs that program and asks it for the TPM's attestation key. Who
// stands at the device when it is installed does that: over any other way it would be
// the key of whoever answers.
func (l *Lane) registerTPM() error {
	if l.options.TPM == "" {
		return nil
	}
	if err := l.premises.Install(filepath.Join(l.options.Programs, programTPM), programTPM); err != nil {
		return err
	}
	out, err := exec.Command(l.premises.Program(programTPM), "-tpm", l.options.TPM, "-key").Output() //nolint:gosec,noctx // our own program
	if err != nil {
		return fmt.Errorf("the TPM's key: %w", err)
	}
	l.tpmKey = strings.TrimSpace(string(out))
	return nil
}

// demandQuotes lets the acquirer ask for them, where the device has a TPM.
func (l *Lane) demandQuotes(p *acquirer.Attestation) {
	if l.tpmKey != "" {
		p.TPM, p.TPMKeys = true, map[string][]string{l.Record.TerminalID: {l.tpmKey}}
	}
}

// tpmProgram is for boot's configuration.
func (l *Lane) tpmProgram() string {
	if l.options.TPM == "" {
		return ""
	}
	return l.premises.Program(programTPM)
}
