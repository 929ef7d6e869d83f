package auditor

import (
	"bytes"
	"context"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// Watch returns a client of that group whose answers are audited, as pool.Config.Saw
// has them audited of all groups.
func (a *Auditor) Watch(g Group) Asker { return &watched{a, g} }

// watched forwards, and lets the auditor see.
type watched struct {
	auditor *Auditor
	group   Group
}

func (w *watched) client() Asker { return w.group.Client }

func watch[R, A any](ctx context.Context, w *watched, kind element.Kind, r R, f func(context.Context, R) (A, error)) (A, error) {
	answer, err := f(ctx, r)
	w.auditor.saw(w.group.Name, kind, r, answer, err)
	return answer, err
}

// saw is Saw for what came as messages.
func (a *Auditor) saw(group string, kind element.Kind, request, answer any, err error) {
	if errors.Is(err, element.CodeUnavailable) {
		return
	}
	said, err := outcome(kind, answer, err)
	if err != nil {
		return
	}
	defer clear(said)
	body, err := frame.Append(nil, request)
	if err != nil {
		return
	}
	defer clear(body)
	a.Saw(group, kind, body, said)
}

// Saw counts an answer of a group and keeps a share of them to be checked. It copies
// what it keeps and never waits. A question of its own is not checked.
func (a *Auditor) Saw(group string, kind element.Kind, request, said []byte) {
	a.mu.Lock()
	a.counts.Answers++
	a.exposed[group]++
	a.mu.Unlock()
	if len(said) == 0 || kind == element.KindStatus || !a.sampled() {
		return
	}
	c := newCheck(group, kind, bytes.Clone(request), said)
	select {
	case a.queue <- c:
	default:
		c.wipe()
		a.mu.Lock()
		a.counts.Unchecked++
		a.mu.Unlock()
	}
}

func (w *watched) Status(ctx context.Context) (element.Health, error) { return w.client().Status(ctx) }

func (w *watched) OpenAccount(ctx context.Context, r element.OpenAccount) (element.Account, error) {
	return watch(ctx, w, element.KindOpenAccount, r, w.client().OpenAccount)
}

func (w *watched) MACVerify(ctx context.Context, r element.MACVerify) error {
	_, err := watch(ctx, w, element.KindMACVerify, r, verified(w.client().MACVerify))
	return err
}

func (w *watched) MACGenerate(ctx context.Context, r element.MACGenerate) (element.MAC, error) {
	return watch(ctx, w, element.KindMACGenerate, r, w.client().MACGenerate)
}

func (w *watched) TranslatePIN(ctx context.Context, r element.TranslatePIN) (element.Translated, error) {
	return watch(ctx, w, element.KindTranslatePIN, r, w.client().TranslatePIN)
}

func (w *watched) VerifyPIN(ctx context.Context, r element.VerifyPIN) error {
	_, err := watch(ctx, w, element.KindVerifyPIN, r, verified(w.client().VerifyPIN))
	return err
}

func (w *watched) VerifyARQC(ctx context.Context, r element.VerifyARQC) (element.IssuerAuthentication, error) {
	return watch(ctx, w, element.KindVerifyARQC, r, w.client().VerifyARQC)
}

func (w *watched) PINOffset(ctx context.Context, r element.PINOffset) (element.Offset, error) {
	return watch(ctx, w, element.KindPINOffset, r, w.client().PINOffset)
}

func (w *watched) PANReference(ctx context.Context, r element.PANReference) (element.Reference, error) {
	return watch(ctx, w, element.KindPANReference, r, w.client().PANReference)
}

func (w *watched) VerifyCVV(ctx context.Context, r element.VerifyCVV) error {
	_, err := watch(ctx, w, element.KindVerifyCVV, r, verified(w.client().VerifyCVV))
	return err
}

func (w *watched) VerifyCVC3(ctx context.Context, r element.VerifyCVC3) error {
	_, err := watch(ctx, w, element.KindVerifyCVC3, r, verified(w.client().VerifyCVC3))
	return err
}

func (w *watched) ScriptMAC(ctx context.Context, r element.ScriptMAC) (element.MAC, error) {
	return watch(ctx, w, element.KindScriptMAC, r, w.client().ScriptMAC)
}
