package host

import (
	"context"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
	"github.com/strongroom-pos/strongroom/secureworld/attestation"
)

// attestSchema keeps the last evidence of each terminal, with what became of it.
const attestSchema = `
CREATE TABLE IF NOT EXISTS attestations (
	terminal TEXT PRIMARY KEY, at TEXT NOT NULL, reason INTEGER NOT NULL, evidence BLOB NOT NULL
) STRICT, WITHOUT ROWID;
`

// demand is the policy as the host uses it.
type demand struct {
	required  bool
	exempt    []string // terminal ids, padded
	authority *x509.CertPool
	policy    attestation.Policy
	tpms      map[string][]attestation.TPMKey // by padded terminal id
}

var errPolicy = errors.New("host: the attestation policy is not one")

// Attest sets what is accepted of terminals' devices from now on.
func (h *Host) Attest(p provisioning.Attestation) error {
	d := demand{required: p.Required, authority: x509.NewCertPool(), policy: attestation.Policy{Isolation: p.Isolation, Memory: p.Memory,
		StorageRoots: p.StorageRoots, Parameters: p.Parameters, Clock: time.Duration(p.ClockSeconds) * time.Second, FIPS: p.FIPS, TPM: p.TPM}}
	var err error
	if d.tpms, err = tpmKeys(p.TPMKeys); err != nil {
		return err
	}
	if p.TPM && len(d.tpms) == 0 {
		return fmt.Errorf("%w: a quote is asked for, and no TPM is known", errPolicy)
	}
	if p.Required && !d.authority.AppendCertsFromPEM([]byte(p.Authority)) {
		return errPolicy
	}
	for _, t := range p.Exempt {
		d.exempt = append(d.exempt, pad(t, 8))
	}
	for _, l := range []struct {
		text []string
		into *[][32]byte
	}{{p.Kernels, &d.policy.Kernels}, {p.Boots, &d.policy.Boots}, {p.Systems, &d.policy.Systems}, {p.Applications, &d.policy.Applications}, {p.Apps, &d.policy.Apps}} {
		for _, text := range l.text {
			b, err := hex.DecodeString(text)
			if err != nil || len(b) != 32 {
				return errPolicy
			}
			*l.into = append(*l.into, [32]byte(b))
		}
	}
	h.demand.Store(&d)
	return nil
}

func tpmKeys(text map[string][]string) (map[string][]attestation.TPMKey, error) {
	keys := map[string][]attestation.TPMKey{}
	for terminal, list := range text {
		for _, t := range list {
			var key attestation.TPMKey
			b, err := hex.DecodeString(t)
			if err != nil || len(b) != len(key) {
				return nil, errPolicy
			}
			keys[pad(terminal, 8)] = append(keys[pad(terminal, 8)], attestation.TPMKey(b))
		}
	}
	return keys, nil
}

// AcceptKernel adds a kernel to those that are accepted, by its digest.
func (h *Host) AcceptKernel(text string) error {
	b, err := hex.DecodeString(text)
	before := h.demand.Load()
	if err != nil || len(b) != 32 || before == nil {
		return errPolicy
	}
	d := *before
	d.policy.Kernels = append(slices.Clone(d.policy.Kernels), [32]byte(b))
	if !h.demand.CompareAndSwap(before, &d) {
		return errors.New("host: the attestation policy was changed meanwhile")
	}
	return nil
}

// asks tells whether a terminal needs evidence.
func (d *demand) asks(terminal string) bool {
	return d != nil && d.required && !slices.Contains(d.exempt, terminal)
}

// appraise says what is wrong with the evidence of a sign-on.
func (h *Host) appraise(q *request, evidence []byte) attestation.Reason {
	d := h.demand.Load()
	if !d.asks(q.terminal.id) {
		return attestation.ReasonNone
	}
	if len(evidence) == 0 {
		return attestation.ReasonMissing
	}
	e, err := attestation.ParseEvidence(evidence)
	if err != nil {
		return attestation.ReasonMalformed
	}
	now := h.now()
	report, err := attestation.Question{Authority: d.authority, Audience: attestation.AudienceHost, Nonce: q.session.Binding,
		Device: unpad(q.terminal.id), Now: now, TPM: d.tpms[q.terminal.id]}.Verify(e)
	var reason attestation.Reason
	if errors.As(err, &reason) {
		return reason
	}
	return d.policy.Judge(report, now)
}

// attest judges a sign-on, keeps its evidence, and opens the session or not.
func (h *Host) attest(ctx context.Context, tx *database.Tx, q *request) (attestation.Reason, error) {
	evidence := hostspec.JoinEvidence(q.message.Get)
	reason := h.appraise(q, evidence)
	q.session.attested.Store(reason == attestation.ReasonNone)
	if len(evidence) == 0 && reason == attestation.ReasonNone {
		return reason, nil
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO attestations (terminal, at, reason, evidence) VALUES (?, ?, ?, ?)
		ON CONFLICT (terminal) DO UPDATE SET at = excluded.at, reason = excluded.reason, evidence = excluded.evidence`,
		q.terminal.id, h.now().UTC().Format(time.RFC3339), int(reason), append([]byte{}, evidence...)) // none is empty, not null
	if err != nil {
		return reason, fmt.Errorf("keeping evidence: %w", err)
	}
	return reason, nil
}

// mayPay: who was not let in by its evidence asks for no money.
func (h *Host) mayPay(q *request) bool {
	return !h.demand.Load().asks(q.terminal.id) || q.session.attested.Load()
}

// Attested is the last evidence of a terminal, and what became of it.
type Attested struct {
	TerminalID string `json:"terminal_id"`
	At         string `json:"at"`
	Accepted   bool   `json:"accepted"`
	Reason     string `json:"reason,omitempty"` // why it was refused
	Evidence   []byte `json:"evidence,omitempty"`
}

// Attestations lists them by terminal.
func (h *Host) Attestations(ctx context.Context) (list []Attested, err error) {
	err = h.db.View(ctx, func(tx *database.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT terminal, at, reason, evidence FROM attestations ORDER BY terminal`)
		if err != nil {
			return fmt.Errorf("reading evidence: %w", err)
		}
		defer rows.Close() //nolint:errcheck // its errors show in Err
		for rows.Next() {
			var a Attested
			var reason attestation.Reason
			if err := rows.Scan(&a.TerminalID, &a.At, &reason, &a.Evidence); err != nil {
				return fmt.Errorf("reading evidence: %w", err)
			}
			if a.TerminalID, a.Accepted = unpad(a.TerminalID), reason == attestation.ReasonNone; !a.Accepted {
				a.Reason = reason.String()
			}
			list = append(list, a)
		}
		return rows.Err()
	})
	return list, err
}
