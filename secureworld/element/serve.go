package element

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// Operations is what an element does. An error that is no Code becomes
// CodeInternal. Any number of goroutines may call it.
type Operations interface {
	Status(Status) (Health, error)
	OpenAccount(OpenAccount) (Account, error)
	MACVerify(MACVerify) (Verified, error)
	MACGenerate(MACGenerate) (MAC, error)
	TranslatePIN(TranslatePIN) (Translated, error)
	VerifyPIN(VerifyPIN) (Verified, error)
	VerifyARQC(VerifyARQC) (IssuerAuthentication, error)
	PINOffset(PINOffset) (Offset, error)
	PANReference(PANReference) (Reference, error)
	VerifyCVV(VerifyCVV) (Verified, error)
	VerifyCVC3(VerifyCVC3) (Verified, error)
	ScriptMAC(ScriptMAC) (MAC, error)
}

// Serve answers the clients of l until ctx ends, then closes l and every
// connection and waits for their goroutines.
func Serve(ctx context.Context, l net.Listener, ops Operations) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	slots := make(chan struct{}, MaxConnections)
	for {
		conn, err := l.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		select {
		case slots <- struct{}{}:
			wg.Go(func() { defer func() { <-slots }(); ServeConn(ctx, conn, ops) })
		default:
			_ = conn.Close()
		}
	}
}

// ServeConn answers one client until it closes, is silent for too long or sends
// what is no frame.
func ServeConn(ctx context.Context, conn net.Conn, ops Operations) {
	defer conn.Close() //nolint:errcheck // nothing is left to be done
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	for ctx.Err() == nil {
		_ = conn.SetDeadline(time.Now().Add(IdleDeadline))
		kind, body, err := frame.Read(conn, MaxBody)
		if err != nil {
			return
		}
		_ = conn.SetDeadline(time.Now().Add(FrameDeadline))
		err = answer(conn, ops, kind, body)
		clear(body)
		if err != nil {
			return
		}
	}
}

// answer is the permit table: one line for each request.
func answer(w io.Writer, ops Operations, kind Kind, body []byte) error {
	switch kind {
	case KindStatus:
		return respond(w, kind, body, ops.Status)
	case KindOpenAccount:
		return respond(w, kind, body, ops.OpenAccount)
	case KindMACVerify:
		return respond(w, kind, body, ops.MACVerify)
	case KindMACGenerate:
		return respond(w, kind, body, ops.MACGenerate)
	case KindTranslatePIN:
		return respond(w, kind, body, ops.TranslatePIN)
	case KindVerifyPIN:
		return respond(w, kind, body, ops.VerifyPIN)
	case KindVerifyARQC:
		return respond(w, kind, body, ops.VerifyARQC)
	case KindPINOffset:
		return respond(w, kind, body, ops.PINOffset)
	case KindPANReference:
		return respond(w, kind, body, ops.PANReference)
	case KindVerifyCVV:
		return respond(w, kind, body, ops.VerifyCVV)
	case KindVerifyCVC3:
		return respond(w, kind, body, ops.VerifyCVC3)
	case KindScriptMAC:
		return respond(w, kind, body, ops.ScriptMAC)
	}
	return refuse(w, CodeMalformed)
}

func respond[R, A any](w io.Writer, kind Kind, body []byte, operation func(R) (A, error)) error {
	var request R
	if frame.Parse(body, &request) != nil {
		return refuse(w, CodeMalformed)
	}
	result, err := operation(request)
	var code Code
	switch {
	case errors.As(err, &code):
		return refuse(w, code)
	case err != nil:
		return refuse(w, CodeInternal)
	}
	return frame.Send(w, kind|KindAnswer, result)
}

func refuse(w io.Writer, code Code) error { return frame.Send(w, KindRefusal, Refusal{Code: code}) }
