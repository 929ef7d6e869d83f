//go:build linux

package attestation

import (
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/attestation"
	"github.com/strongroom-pos/strongroom/secureworld/licensing"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

func TestTheDeviceSaysWhatItIsToWhomeverAsks(t *testing.T) {
	w := start(t)
	if w == nil {
		return
	}
	app := w.connect()
	nonce := [32]byte{1, 2, 3}
	q := attestation.Question{Authority: w.authority(), Audience: attestation.AudienceAppWorld, Nonce: nonce, Device: w.record.TerminalID, Now: time.Now()}
	first := w.evidence(app.Attest(nonce))
	report, err := q.Verify(first)
	if err != nil {
		t.Fatal(err)
	}
	if report.Boot != w.digest(filepath.Join(w.cfg.Bin, "secureworld")) || report.Kernel.Digest != w.digest(filepath.Join(w.cfg.Bin, "kernel")) ||
		report.Kernel.Version != 1 || report.Licence != w.digest(filepath.Join(w.cfg.Dir, "licence")) {
		t.Errorf("other programs than run: %+v", report.Readable())
	}
	if len(report.Applications) != 1 || report.Applications[0].Digest != w.digest(filepath.Join(w.cfg.Bin, "payment.wasm")) || report.Applications[0].Version != 1 {
		t.Errorf("other applications than run: %+v", report.Applications)
	}
	if report.App.State != attestation.AppMeasured || report.App.Digest != w.digest("/proc/self/exe") || report.App.Time.IsZero() {
		t.Errorf("app world %+v", report.App)
	}
	if report.Label != attestation.LabelSelfReported || report.Isolation != "process" || report.Layers == 0 || report.Debug || report.Tampered {
		t.Errorf("%+v", report.Readable())
	}
	w.refuses(q, first)
}

// refuses holds what was just accepted against other questions.
func (w *world) refuses(q attestation.Question, genuine attestation.Evidence) {
	w.Helper()
	fresh, host, other := q, q, q
	fresh.Nonce = [32]byte{9}
	host.Audience = attestation.AudienceHost
	other.Device = "OTHER001"
	foreign := q
	stranger := prepare(w.T) // another home: another authority
	if stranger == nil {
		return
	}
	foreign.Authority = stranger.authority()
	altered := genuine
	altered.Body = append([]byte(nil), genuine.Body...)
	altered.Body[len(altered.Body)-1] ^= 1 // in the journal's head
	for name, c := range map[string]struct {
		question attestation.Question
		evidence attestation.Evidence
		want     attestation.Reason
	}{
		"replayed to a fresh question":    {fresh, genuine, attestation.ReasonNonce},
		"passed to the acquirer":          {host, genuine, attestation.ReasonAudience},
		"for another device":              {other, genuine, attestation.ReasonDevice},
		"a device of a foreign authority": {foreign, genuine, attestation.ReasonCertificate},
		"with an altered field":           {q, altered, attestation.ReasonSignature},
	} {
		if _, err := c.question.Verify(c.evidence); !errors.Is(err, c.want) {
			w.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func (w *world) evidence(b []byte, err error) attestation.Evidence {
	w.Helper()
	w.must(err)
	e, err := attestation.ParseEvidence(b)
	w.must(err)
	return e
}

func TestTheKernelProvesItsLicence(t *testing.T) {
	w := start(t)
	if w == nil {
		return
	}
	key, err := hex.DecodeString(w.record.LicenceKey)
	w.must(err)
	challenge, licence := [32]byte{5}, w.digest(filepath.Join(w.cfg.Dir, "licence"))
	binding := licensing.MeasuredBinding(w.digest("/proc/self/exe"))
	ask := func(challenge [32]byte) licensing.Proof {
		m, err := w.connect().Prove(payment.Digest(challenge))
		w.must(err)
		return licensing.Proof{Use: licensing.UseAppWorld, Challenge: challenge, Nonce: m.Nonce, Binding: m.Binding, Licence: m.Licence,
			Signature: [ed25519.SignatureSize]byte(m.Signature)}
	}
	proof := ask(challenge)
	if err := proof.Verify(licensing.UseAppWorld, challenge, binding, licence, key); err != nil {
		t.Error(err)
	}
	if ask(challenge).Nonce == proof.Nonce {
		t.Error("the kernel's nonce repeats")
	}
	if err := proof.Verify(licensing.UseAppWorld, [32]byte{6}, binding, licence, key); !errors.Is(err, licensing.ErrChallenge) {
		t.Errorf("replayed: %v", err)
	}
	proof.Challenge = [32]byte{6}
	if err := proof.Verify(licensing.UseAppWorld, [32]byte{6}, binding, licence, key); !errors.Is(err, licensing.ErrSignature) {
		t.Errorf("altered: %v", err)
	}
}
