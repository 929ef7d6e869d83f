// Package app is the payment application: it opens the reader's envelopes, forms
// token and masked number, and builds and checks the messages of the host link.
// Package call draws its door; this package has one file per operation.
//
// It builds natively too, so that tests and the simulation drive the same code
// that runs as WebAssembly. There is no formatter and no log in it: what goes
// wrong leaves as a call.Code and nothing else, and what holds account data is
// cleared when an operation ends, although the instance's memory is secret and
// wiped as a whole afterwards.
//
// The application's main and the tests import it. It must never hold a PIN in
// clear, nor a key other than the merchant's token key, and that for one
// computation.
package app

import (
	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/internal/account"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/internal/hostmsg"
)

// App is one instance: one attempt of a payment, one check or one network
// exchange. It serves one call at a time.
type App struct {
	kernel   kernel
	messages *hostmsg.Messages
	phase    phase
	prepared account.PAN // of envelope 1, until envelope 2 came
	held     *held       // a card whose word is awaited; nil: none
}

// New makes an instance that asks host for what the kernel does.
func New(host Host) *App {
	return &App{kernel: kernel{host}, messages: hostmsg.New()}
}

// Handle does one operation: it reads request, which it may overwrite, and
// writes the answer to the start of out. It returns the answer's length, or a
// negative call.Code and nothing in out.
func (a *App) Handle(op uint32, request, out []byte) (n int, code int32) {
	n, err := a.handle(op, request, out)
	if err != nil {
		clear(out)
		return 0, int32(codeOf(err))
	}
	return n, 0
}

func (a *App) handle(op uint32, request, out []byte) (int, error) {
	if op < call.OpPreparePIN || op > call.OpComplete {
		return 0, call.CodeUnknownOp
	}
	if !a.phase.permits(op) || (op == call.OpComplete) != (a.held != nil) {
		return 0, call.CodeNotPermitted
	}
	next := a.phase.next(op)
	n, err := a.dispatch(op, request, out)
	if err != nil && opensCard(op) || op == call.OpComplete {
		next = ended
		a.prepared.Wipe()
	}
	a.phase = next
	return n, err
}

// opensCard names the operations that see account data.
func opensCard(op uint32) bool {
	return op == call.OpPreparePIN || op == call.OpAuthorise || op == call.OpVerifyChain || op == call.OpAuthoriseKey
}

func (a *App) dispatch(op uint32, request, out []byte) (int, error) {
	switch op {
	case call.OpPreparePIN:
		return serve(a.preparePIN, request, out)
	case call.OpAuthorise:
		return serve(a.authorise, request, out)
	case call.OpCheckAnswer:
		return serve(a.checkAnswer, request, out)
	case call.OpCheckReversal:
		return serve(a.checkReversal, request, out)
	case call.OpNetwork:
		return serve(a.network, request, out)
	case call.OpVerifyChain:
		return serve(a.verifyChain, request, out)
	case call.OpAuthoriseKey:
		return serve(a.authoriseKey, request, out)
	case call.OpAdvice:
		return serve(a.advice, request, out)
	case call.OpCheckAdvice:
		return serve(a.checkAdvice, request, out)
	case call.OpComplete:
		return serve(a.complete, request, out)
	case call.OpFollow:
		return serve(a.follow, request, out)
	case call.OpSettle:
		return serve(a.settle, request, out)
	case call.OpCheckSettle:
		return serve(a.checkSettle, request, out)
	case call.OpItems:
		return serve(a.items, request, out)
	case call.OpCheckItems:
		return serve(a.checkItems, request, out)
	}
	return serve(a.checkNetwork, request, out)
}

// serve reads a request, works on it in place and writes the answer. The request
// is cleared: by then its envelope is plaintext.
func serve[Question, Answer any](work func(*Question) (Answer, error), request, out []byte) (int, error) {
	q := new(Question)
	defer func() { var none Question; *q = none }()
	if frame.Parse(request, q) != nil {
		return 0, call.CodeMalformed
	}
	answer, err := work(q)
	if err != nil {
		return 0, err
	}
	b, err := frame.Append(out[:0], &answer)
	if err != nil || len(b) > len(out) {
		return 0, call.CodeInternal
	}
	return len(b), nil
}
