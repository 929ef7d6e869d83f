package element

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/listener"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// Operations is what an element does. An error that is no Code becomes
// CodeInternal. Any number of goroutines may call it. The slices of a request are the
// caller's again when the operation returns.
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
	LoadKeyBlock(LoadKeyBlock) (LoadedKey, error)
	Derive(Derive, *Chance) (DerivedKey, error)
	TranslatePINUnder(TranslatePINUnder, *Chance) (Translated, error)
	OpenAccountUnder(OpenAccountUnder) (Account, error)
}

// Serve answers the clients of l until ctx ends, then closes l and every
// connection and waits for their goroutines.
func Serve(ctx context.Context, l net.Listener, ops Operations) error {
	return listener.Serve(ctx, l, MaxConnections, func(ctx context.Context, conn net.Conn) { ServeConn(ctx, conn, ops) })
}

// ServeConn answers one client until it closes, is silent for too long or sends
// what is no frame.
func ServeConn(ctx context.Context, conn net.Conn, ops Operations) {
	defer conn.Close() //nolint:errcheck // nothing is left to be done
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	var chance Chance
	room, out := make([]byte, MaxBody), make([]byte, answerAt, answerAt+1+MaxBody)
	for ctx.Err() == nil {
		_ = conn.SetDeadline(time.Now().Add(IdleDeadline))
		kind, body, err := frame.ReadInto(conn, room)
		if err != nil {
			return
		}
		_ = conn.SetDeadline(time.Now().Add(FrameDeadline))
		_, _ = rand.Read(chance[:]) // never fails (crypto/rand)
		answer := Handle(out, ops, kind, body, &chance)
		err = frame.WriteAnswer(conn, answer)
		clear(body)
		clear(answer)
		if err != nil {
			return
		}
	}
}

// answerAt is where an answer's kind stands, so that the frame's head fits before it.
const answerAt = 3

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
		return openAccount(dst, ops, body)
	case KindMACVerify:
		return macVerify(dst, ops, body)
	case KindMACGenerate:
		return macGenerate(dst, ops, body)
	case KindTranslatePIN:
		return translatePIN(dst, ops, body, chance)
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
	case KindLoadKeyBlock:
		return respond(dst, kind, body, ops.LoadKeyBlock)
	case KindDerive:
		return respond(dst, kind, body, func(r Derive) (DerivedKey, error) { return ops.Derive(r, chance) })
	case KindTranslatePINUnder:
		return respond(dst, kind, body, func(r TranslatePINUnder) (Translated, error) { return ops.TranslatePINUnder(r, chance) })
	case KindOpenAccountUnder:
		return respond(dst, kind, body, ops.OpenAccountUnder)
	case KindLoadApplet, KindAdmitApplet, KindRunApplet, KindUnloadApplet:
		return applets(dst, ops, kind, body, chance)
	}
	return refuse(dst, CodeMalformed)
}

func respond[R, A any](dst []byte, kind Kind, body []byte, operation func(R) (A, error)) []byte {
	var request R
	if frame.Parse(body, &request) != nil {
		return refuse(dst, CodeMalformed)
	}
	result, err := operation(request)
	if err != nil {
		return refuse(dst, codeOf(err))
	}
	out, err := frame.Append(append(dst, kind|KindAnswer), result)
	if err != nil {
		return refuse(dst, CodeInternal)
	}
	return out
}

func refuse(dst []byte, code Code) []byte { return append(dst, KindRefusal, byte(code)) }

// codeOf is what of an error may leave.
func codeOf(err error) Code {
	if code, ok := err.(Code); ok { //nolint:errorlint // the usual case first, which allocates nothing
		return code
	}
	var code Code
	if errors.As(err, &code) {
		return code
	}
	return CodeInternal
}
