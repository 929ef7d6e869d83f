package auditor

import (
	"context"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// Asker is a client of one group, or of one element.
type Asker interface {
	Status(context.Context) (element.Health, error)
	OpenAccount(context.Context, element.OpenAccount) (element.Account, error)
	MACVerify(context.Context, element.MACVerify) error
	MACGenerate(context.Context, element.MACGenerate) (element.MAC, error)
	TranslatePIN(context.Context, element.TranslatePIN) (element.Translated, error)
	VerifyPIN(context.Context, element.VerifyPIN) error
	VerifyARQC(context.Context, element.VerifyARQC) (element.IssuerAuthentication, error)
	PINOffset(context.Context, element.PINOffset) (element.Offset, error)
	PANReference(context.Context, element.PANReference) (element.Reference, error)
	VerifyCVV(context.Context, element.VerifyCVV) error
	VerifyCVC3(context.Context, element.VerifyCVC3) error
	ScriptMAC(context.Context, element.ScriptMAC) (element.MAC, error)
}

// errNoAnswer says that a group did not answer, which is no disagreement.
var errNoAnswer = errors.New("auditor: no answer")

// Ask puts a request, kind and body as package frame lays them out, and returns the
// answer's kind and body, a Refusal included.
func Ask(ctx context.Context, c Asker, kind element.Kind, body []byte) ([]byte, error) {
	switch kind {
	case element.KindStatus:
		return put(ctx, kind, body, func(ctx context.Context, _ element.Status) (element.Health, error) { return c.Status(ctx) })
	case element.KindOpenAccount:
		return put(ctx, kind, body, c.OpenAccount)
	case element.KindMACVerify:
		return put(ctx, kind, body, verified(c.MACVerify))
	case element.KindMACGenerate:
		return put(ctx, kind, body, c.MACGenerate)
	case element.KindTranslatePIN:
		return put(ctx, kind, body, c.TranslatePIN)
	case element.KindVerifyPIN:
		return put(ctx, kind, body, verified(c.VerifyPIN))
	case element.KindVerifyARQC:
		return put(ctx, kind, body, c.VerifyARQC)
	case element.KindPINOffset:
		return put(ctx, kind, body, c.PINOffset)
	case element.KindPANReference:
		return put(ctx, kind, body, c.PANReference)
	case element.KindVerifyCVV:
		return put(ctx, kind, body, verified(c.VerifyCVV))
	case element.KindVerifyCVC3:
		return put(ctx, kind, body, verified(c.VerifyCVC3))
	case element.KindScriptMAC:
		return put(ctx, kind, body, c.ScriptMAC)
	}
	return askOfKeyBlocks(ctx, c, kind, body)
}

// verified makes of an operation without an answer one with an empty one.
func verified[R any](f func(context.Context, R) error) func(context.Context, R) (element.Verified, error) {
	return func(ctx context.Context, r R) (v element.Verified, err error) { return v, f(ctx, r) }
}

func put[R, A any](ctx context.Context, kind element.Kind, body []byte, f func(context.Context, R) (A, error)) ([]byte, error) {
	var request R
	if frame.Parse(body, &request) != nil {
		return nil, element.CodeMalformed
	}
	answer, err := f(ctx, request)
	return outcome(kind, answer, err)
}

// outcome is an answer, or a refusal that the group agreed on, as bytes.
func outcome(kind element.Kind, answer any, err error) ([]byte, error) {
	var code element.Code
	switch {
	case err == nil:
		return frame.Append([]byte{kind | element.KindAnswer}, answer)
	case errors.As(err, &code) && code != element.CodeUnavailable:
		return []byte{element.KindRefusal, byte(code)}, nil
	}
	return nil, errNoAnswer
}
