package auditor

import (
	"context"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// Watch returns a client of the group of that index whose answers are audited: what the
// payments use.
func (a *Auditor) Watch(group int) Asker { return &watched{a, group} }

// watched forwards, and lets the auditor see.
type watched struct {
	auditor *Auditor
	group   int
}

func (w *watched) client() Asker { return w.auditor.config.Groups[w.group].Client }

func watch[R, A any](ctx context.Context, w *watched, kind element.Kind, r R, f func(context.Context, R) (A, error)) (A, error) {
	answer, err := f(ctx, r)
	w.auditor.saw(w.group, kind, r, answer, err)
	return answer, err
}

// saw counts an answer and keeps a share of them to be checked.
func (a *Auditor) saw(group int, kind element.Kind, request, answer any, err error) {
	if errors.Is(err, element.CodeUnavailable) {
		return
	}
	a.mu.Lock()
	a.counts.Answers++
	a.exposed[group]++
	a.mu.Unlock()
	if len(a.config.Groups) == 1 || !a.sampled() {
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
	select {
	case a.queue <- newCheck(group, kind, body, said):
	default:
		clear(body)
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
