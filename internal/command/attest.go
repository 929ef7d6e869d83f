//go:build linux

package command

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/desk"
	"github.com/strongroom-pos/strongroom/secureworld/attestation"
)

// attested is what `strongroom attest --json` says.
type attested struct {
	Verified bool                  `json:"verified"`
	Reason   string                `json:"reason,omitempty"` // why it is not
	Evidence []byte                `json:"evidence"`
	Report   *attestation.Readable `json:"report,omitempty"`
	Acquirer []desk.Attested       `json:"acquirer"` // what it made of the last sign-ons
}

// attest is `strongroom attest`: it asks the lane's device for a report over a nonce
// of its own, verifies it against the lane's device authority, and asks the acquirer
// what it made of the last one.
func attest(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var s settings
	f := flags("attest", stderr, &s)
	f.BoolVar(&s.json, "json", false, "one JSON object")
	if err := parse(f, args); err != nil {
		return help(err)
	}
	lane, err := estate.Find(s.home)
	if err != nil {
		return err
	}
	authority, err := estate.DeviceAuthority(s.home)
	if err != nil {
		return err
	}
	a, err := askReport(ctx, lane, authority)
	if err != nil {
		return err
	}
	if a.Acquirer, err = lane.Desk.Attestations(ctx); err != nil {
		return err
	}
	if s.json {
		err = json.NewEncoder(stdout).Encode(a)
	} else {
		a.print(stdout)
	}
	if err == nil && !a.Verified {
		err = errors.New("the report is not verified: " + words(a.Reason))
	}
	return err
}

func askReport(ctx context.Context, lane estate.Places, authority *x509.CertPool) (a attested, err error) {
	var nonce [32]byte
	if _, err := rand.Read(nonce[:]); err != nil {
		return a, err
	}
	if a.Evidence, err = lane.Till.Attest(ctx, nonce); err != nil {
		return a, err
	}
	e, err := attestation.ParseEvidence(a.Evidence)
	if err != nil {
		a.Reason = attestation.ReasonMalformed.String()
		return a, nil
	}
	q := attestation.Question{Authority: authority, Audience: attestation.AudienceAppWorld, Nonce: nonce, Now: time.Now()}
	report, err := q.Verify(e)
	var reason attestation.Reason
	if errors.As(err, &reason) {
		a.Reason = reason.String()
		return a, nil
	}
	shown := report.Readable()
	a.Verified, a.Report = true, &shown
	return a, nil
}

func (a attested) print(w io.Writer) {
	if r := a.Report; r != nil {
		fmt.Fprintf(w, "device        %s; signed over our nonce by its key, which the device authority certified\n", r.Device)
		fmt.Fprintf(w, "label         %s\n", labelled(r.Label))
		fmt.Fprintf(w, "boot          %s\n", r.Boot)
		fmt.Fprintf(w, "kernel        %s, version %d\n", r.Kernel, r.KernelVersion)
		if r.System != "" {
			fmt.Fprintf(w, "machine       %s, its Linux and guest program\n", r.System)
		}
		for _, p := range r.Applications {
			fmt.Fprintf(w, "application   %s, %s, version %d\n", p.Digest, p.Name, p.Version)
		}
		fmt.Fprintf(w, "parameters    %s, version %d\n", r.ParametersHash, r.Parameters)
		fmt.Fprintf(w, "licence       %s\n", r.Licence)
		fmt.Fprintf(w, "app world     %s\n", appShown(r))
		fmt.Fprintf(w, "isolation     %s, %d layers in force; memory %s; storage root %s\n", r.Isolation, len(r.Layers), words(r.Memory), words(r.StorageRoot))
		fmt.Fprintf(w, "flags         FIPS 140-3 module %s, in force %s, enforced %s; debug %s, tampered %s\n", r.Module, yes(r.FIPS), yes(r.FIPSEnforced), yes(r.Debug), yes(r.Tampered))
		fmt.Fprintf(w, "journal       %d records, head %s\n", r.JournalLength, r.JournalHead)
	}
	for _, k := range a.Acquirer {
		fmt.Fprintf(w, "acquirer      %s at %s: %s\n", k.TerminalID, k.At, taken(k))
	}
}

func labelled(label string) string {
	if label == attestation.LabelSelfReported {
		return label + ": no TPM that is known here stands behind it, so a kernel that was taken over could say the same"
	}
	return label
}

func appShown(r *attestation.Readable) string {
	switch {
	case r.App != "":
		return r.AppMeasurement + " " + r.App + " at " + r.AppMeasuredAt
	case r.AppCertificate != "":
		return "not measured; its licensed client certificate is " + r.AppCertificate
	}
	return r.AppMeasurement
}

// taken is what the acquirer made of a sign-on.
func taken(k desk.Attested) string {
	if !k.Accepted {
		return "sign-on refused: " + words(k.Reason)
	}
	e, err := attestation.ParseEvidence(k.Evidence)
	if err != nil {
		return "accepted"
	}
	r, err := attestation.Parse(e.Body)
	if err != nil {
		return "accepted"
	}
	return "accepted kernel " + hex.EncodeToString(r.Kernel.Digest[:8]) + "…, isolation " + r.Isolation
}
