package applications

import (
	"context"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/internal/entitlement"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/tahost"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk/card"
)

// Answer carries one message of kind 20 or 21 of the app world out.
func (r *Registry) Answer(ctx context.Context, kind byte, body []byte) (byte, any) {
	switch kind {
	case mailbox.KindInvoke:
		var q mailbox.Invoke
		if frame.Parse(body, &q) != nil {
			return refused(mailbox.CodeMalformed)
		}
		answer, code := r.invoke(ctx, q)
		if code != mailbox.CodeNone {
			return refused(code)
		}
		return kind | 0x80, answer
	case mailbox.KindInspect:
		var q mailbox.Inspect
		if frame.Parse(body, &q) != nil {
			return refused(mailbox.CodeMalformed)
		}
		return kind | 0x80, r.inspect(int(q.Index))
	}
	return refused(mailbox.CodeUnknownKind)
}

func refused(c mailbox.Code) (byte, any) {
	return mailbox.KindRefused, mailbox.Refused{Code: c}
}

// invoke lets the app world ask. The payment application is not in the registry, and
// whatever else may see account data is refused here.
func (r *Registry) invoke(ctx context.Context, q mailbox.Invoke) (mailbox.Invoked, mailbox.Code) {
	a := r.find(string(q.Application))
	switch {
	case string(q.Application) == string(r.cfg.Payment.Name):
		return mailbox.Invoked{}, mailbox.CodeNotPermitted
	case a == nil:
		return mailbox.Invoked{}, mailbox.CodeNotFound
	case a.may(entitlement.AccountData), q.Operation >= card.KernelOperations:
		return mailbox.Invoked{}, mailbox.CodeNotPermitted
	}
	answer, err := a.call(ctx, appWorld, q.Operation, q.Request)
	return told(answer, err)
}

// told is what the app world may know of how a call ended.
func told(answer []byte, err error) (mailbox.Invoked, mailbox.Code) {
	var own tahost.Refusal
	switch {
	case err == nil && len(answer) <= mailbox.MaxMessage:
		return mailbox.Invoked{Answer: answer}, mailbox.CodeNone
	case errors.As(err, &own) && own.Code < 0 && own.Code > -1000:
		return mailbox.Invoked{Code: uint16(-own.Code)}, mailbox.CodeNone
	case errors.Is(err, errBusy):
		return mailbox.Invoked{}, mailbox.CodeQuota
	case errors.Is(err, errStopped):
		return mailbox.Invoked{}, mailbox.CodeStopped
	case errors.Is(err, errGone):
		return mailbox.Invoked{}, mailbox.CodeNotFound
	}
	return mailbox.Invoked{}, mailbox.CodeApplication
}

// inspect tells of the application at a place; the payment application is the first.
func (r *Registry) inspect(i int) mailbox.Inspected {
	if i == 0 {
		return r.cfg.Payment
	}
	all := r.all()
	if i > len(all) {
		return mailbox.Inspected{}
	}
	return all[i-1].inspect(r.cfg.Now(), r.protection())
}
