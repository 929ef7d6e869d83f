//go:build linux

package attestation

import (
	"encoding/hex"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/secureworld/attestation"
	"github.com/strongroom-pos/strongroom/secureworld/tpm/swtpm"
	"github.com/strongroom-pos/strongroom/tests/internal/secureside"
)

// machine is a world on a machine with a TPM, and the key that was registered for it.
type machine struct {
	*world
	tpm string // its state
	key attestation.TPMKey
}

func withTPM(t *testing.T) *machine {
	t.Helper()
	w := prepare(t)
	if w == nil {
		return nil
	}
	m := &machine{world: w, tpm: t.TempDir()}
	m.key = m.register()
	return m
}

// register asks the machine for its TPM's key, as who installs the device does.
func (m *machine) register() attestation.TPMKey {
	m.Helper()
	program := filepath.Join(m.cfg.Bin, "tpm")
	out, err := exec.CommandContext(m.Context(), program, "-tpm", "unix:"+swtpm.Start(m.T, m.tpm), "-key").Output()
	m.must(err)
	b, err := hex.DecodeString(strings.TrimSpace(string(out)))
	if err != nil || len(b) != len(attestation.TPMKey{}) {
		m.Fatalf("told %q", out)
	}
	return attestation.TPMKey(b)
}

// boots starts the machine: its TPM's registers are zero.
func (m *machine) boots() {
	m.Helper()
	m.cfg.TPM = "unix:" + swtpm.Start(m.T, m.tpm)
	var err error
	m.running, err = secureside.Start(m.Context(), m.cfg)
	m.must(err)
	m.Cleanup(m.running.Stop)
}

func (m *machine) question(nonce [32]byte) attestation.Question {
	return attestation.Question{Authority: m.authority(), Audience: attestation.AudienceAppWorld, Nonce: nonce, Device: m.record.TerminalID,
		Now: time.Now(), TPM: []attestation.TPMKey{m.key}}
}

func TestATPMStandsBehindWhatTheDeviceSays(t *testing.T) {
	for _, level := range []string{estate.IsolationProcess, estate.IsolationVM} {
		t.Run(level, func(t *testing.T) {
			if m := withTPM(t); m != nil {
				m.cfg.Isolation, m.cfg.StorageRoot = level, "tpm"
				m.standsBehind()
			}
		})
	}
}

func (m *machine) standsBehind() {
	m.Helper()
	m.boots()
	app := m.connect()
	q := m.question([32]byte{1, 2, 3})
	first := m.evidence(app.Attest(q.Nonce))
	report, err := q.Verify(first)
	if err != nil || report.Label != attestation.LabelTPM || len(report.Earlier) != 0 {
		m.Fatalf("%q after %d starts, %v", report.Label, len(report.Earlier), err)
	}
	policy := attestation.Policy{Kernels: [][32]byte{m.digest(filepath.Join(m.cfg.Bin, "kernel"))},
		Boots: [][32]byte{m.digest(filepath.Join(m.cfg.Bin, "secureworld"))}, TPM: true, StorageRoots: []string{"tpm"}}
	if reason := policy.Judge(report, time.Now()); reason != attestation.ReasonNone {
		m.Error(reason)
	}
	m.tellsItsMachine(report, policy)
	if d, err := app.Describe(); err != nil || !d.AttestedByTPM {
		m.Errorf("the description says self-reported: %v", err)
	}
	m.refusesQuotes(q, first, m.evidence(app.Attest([32]byte{9})))
}

// tellsItsMachine holds what a virtual machine started from to a policy; without one
// there is nothing to hold.
func (m *machine) tellsItsMachine(r attestation.Report, p attestation.Policy) {
	m.Helper()
	var system [32]byte
	if m.cfg.Isolation == estate.IsolationVM {
		made, err := estate.NewMachine(filepath.Join(m.cfg.Bin, "guest"), "")
		m.must(err)
		b, err := hex.DecodeString(made.Digest())
		m.must(err)
		system = [32]byte(b)
	}
	if r.System != system {
		m.Errorf("the machine is told as %x, it is %x", r.System, system)
	}
	p.Systems = [][32]byte{system}
	if reason := p.Judge(r, time.Now()); reason != attestation.ReasonNone {
		m.Error(reason)
	}
	p.Systems[0][0] ^= 1 // another machine
	if refused := p.Judge(r, time.Now()) == attestation.ReasonSystem; refused != (m.cfg.Isolation == estate.IsolationVM) {
		m.Errorf("another machine is refused: %v", refused)
	}
}

// refusesQuotes holds what was just accepted against another key, another report's
// quote and other claims.
func (m *machine) refusesQuotes(q attestation.Question, genuine, other attestation.Evidence) {
	m.Helper()
	stranger, nobody := q, q
	stranger.TPM = []attestation.TPMKey{{1, 2, 3}}
	nobody.TPM = nil
	moved, dropped, claimed, altered := genuine, genuine, genuine, genuine
	moved.Quote, dropped.Quote = other.Quote, nil
	quote, err := attestation.ParseQuote(genuine.Quote)
	m.must(err)
	quote.Starts = append(quote.Starts, quote.Starts[0])
	claimed.Quote, err = quote.Encode()
	m.must(err)
	altered.Body = append([]byte(nil), genuine.Body...)
	altered.Body[len(altered.Body)-1] ^= 1
	for name, c := range map[string]struct {
		question attestation.Question
		evidence attestation.Evidence
		want     attestation.Reason
	}{
		"by another TPM than this device's":  {stranger, genuine, attestation.ReasonQuote},
		"with another report's quote":        {q, moved, attestation.ReasonQuote},
		"without its quote":                  {q, dropped, attestation.ReasonQuote},
		"another value of the register said": {q, claimed, attestation.ReasonQuote},
		"with an altered field":              {q, altered, attestation.ReasonSignature},
	} {
		if _, err := c.question.Verify(c.evidence); !errors.Is(err, c.want) {
			m.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if r, err := nobody.Verify(genuine); err != nil || r.Label != attestation.LabelSelfReported {
		m.Errorf("to one who knows no TPM of it: %q, %v", r.Label, err)
	}
}

func TestWithoutItsTPMTheDeviceServesAndSaysSelfReported(t *testing.T) {
	m := withTPM(t)
	if m == nil {
		return
	}
	m.cfg.TPM = "unix:" + filepath.Join(m.tpm, "nobody")
	var err error
	m.running, err = secureside.Start(t.Context(), m.cfg)
	m.must(err)
	t.Cleanup(m.running.Stop)
	q := m.question([32]byte{4})
	report, err := q.Verify(m.evidence(m.connect().Attest(q.Nonce)))
	if err != nil || report.Label != attestation.LabelSelfReported {
		t.Errorf("%q, %v", report.Label, err)
	}
	b, err := os.ReadFile(m.running.Log)
	if err != nil || !strings.Contains(string(b), "program that holds the TPM has ended") {
		t.Errorf("the reason is not told: %v", err)
	}
}
