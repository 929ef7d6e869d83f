package element

import (
	"context"
	"crypto/rand"
	"errors"
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
	TranslatePIN(TranslatePIN, *Chance) (Translated, error)
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
		var chance Chance
		_, _ = rand.Read(chance[:]) // never fails (crypto/rand)
		out := Handle(make([]byte, 0, 1+MaxBody), ops, kind, body, &chance)
		err = frame.Write(conn, out[0], out[1:])
		clear(body)
		clear(out)
		if err != nil {
			return
		}
	}
}

// Chance is what an answer may have of chance: the fill of a PIN block, the padding of
// a key block. Alone, an element draws it; the members of a group derive it from the
// question, so that their answers can be compared and have no freedom to leak in.
type Chance [32]byte

// Handle answers one request. It appends the answer's kind and body to dst; whatever is
// wrong is answered with a Refusal. It is the permit table: one line for each request.
func Handle(dst []byte, ops Operations, kind Kind, body []byte, chance *Chance) []byte {
	switch kind {
	case KindStatus:
		return respond(dst, kind, body, ops.Status)
	case KindOpenAccount:
		return respond(dst, kind, body, ops.OpenAccount)
	case KindMACVerify:
		return respond(dst, kind, body, ops.MACVerify)
	case KindMACGenerate:
		return respond(dst, kind, body, ops.MACGenerate)
	case KindTranslatePIN:
		return respond(dst, kind, body, func(r TranslatePIN) (Translated, error) { return ops.TranslatePIN(r, chance) })
	case KindVerifyPIN:
		return respond(dst, kind, body, ops.VerifyPIN)
	case KindVerifyARQC:
		return respond(dst, kind, body, ops.VerifyARQC)
	case KindPINOffset:
		return respond(dst, kind, body, ops.PINOffset)
	case KindPANReference:
		return respond(dst, kind, body, ops.PANReference)
	case KindVerifyCVV:
		return respond(dst, kind, body, ops.VerifyCVV)
	case KindVerifyCVC3:
		return respond(dst, kind, body, ops.VerifyCVC3)
	case KindScriptMAC:
		return respond(dst, kind, body, ops.ScriptMAC)
	}
	return refuse(dst, CodeMalformed)
}

func respond[R, A any](dst []byte, kind Kind, body []byte, operation func(R) (A, error)) []byte {
	var request R
	if frame.Parse(body, &request) != nil {
		return refuse(dst, CodeMalformed)
	}
	result, err := operation(request)
	var code Code
	switch {
	case errors.As(err, &code):
		return refuse(dst, code)
	case err != nil:
		return refuse(dst, CodeInternal)
	}
	out, err := frame.Append(append(dst, kind|KindAnswer), result)
	if err != nil {
		return refuse(dst, CodeInternal)
	}
	return out
}

func refuse(dst []byte, code Code) []byte { return append(dst, KindRefusal, byte(code)) }
