package services

import (
	"context"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk/crypto/call"
)

// Gate is the app world's way to the services. Its sessions' operations are carried
// out one at a time, and while a payment is under way each is followed by a rest
// as long as itself: the app world cannot take more than half of one processor from
// a payment, and never a turn of the core.
type Gate struct {
	s    *Services
	busy func() bool
	turn chan struct{}
}

// Gate opens it. busy says whether a payment is under way.
func (s *Services) Gate(busy func() bool) *Gate {
	return &Gate{s, busy, make(chan struct{}, 1)}
}

// AppSession is one session of the app world.
type AppSession struct {
	gate *Gate
	keys *Session
}

// appPermissions: secrets stay where they were made, so nothing is imported; random
// numbers and hashes the app world has itself.
const appPermissions = PermitKeys | PermitPersistent | PermitCertificates | PermitData

// Session begins one.
func (g *Gate) Session() *AppSession {
	return &AppSession{g, g.s.Session(AppWorld(), func() Permissions { return appPermissions })}
}

// Close ends the session's keys.
func (a *AppSession) Close() { a.keys.Close() }

// Answer carries one message of kind 10 to 1f out and gives the answer.
func (a *AppSession) Answer(ctx context.Context, kind byte, body []byte) (byte, any) {
	f, ok := questions()[kind]
	if !ok {
		return refused(mailbox.CodeUnknownKind)
	}
	if !a.gate.enter(ctx) {
		return refused(mailbox.CodeServices)
	}
	begun := time.Now()
	answer, code := a.guarded(f, body)
	a.gate.leave(ctx, time.Since(begun))
	if code != mailbox.CodeNone {
		return refused(code)
	}
	return kind | 0x80, answer
}

func refused(c mailbox.Code) (byte, any) {
	return mailbox.KindRefused, mailbox.Refused{Code: c}
}

func (g *Gate) enter(ctx context.Context) bool {
	timer := time.NewTimer(appWorldWait)
	defer timer.Stop()
	select {
	case g.turn <- struct{}{}:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

func (g *Gate) leave(ctx context.Context, took time.Duration) {
	defer func() { <-g.turn }()
	if !g.busy() {
		return
	}
	timer := time.NewTimer(min(took, maxRest))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// guarded keeps the kernel alive where cryptography panics on what it was given.
func (a *AppSession) guarded(f question, body []byte) (answer any, code mailbox.Code) {
	defer func() {
		if recover() != nil {
			answer, code = nil, mailbox.CodeServices
		}
	}()
	return f(a.keys, body)
}

// question parses one message and answers it.
type question func(c *Session, body []byte) (any, mailbox.Code)

func ask[Q any](f func(*Session, Q) (any, call.Code)) question {
	return func(c *Session, body []byte) (any, mailbox.Code) {
		var q Q
		if frame.Parse(body, &q) != nil {
			return nil, mailbox.CodeMalformed
		}
		answer, code := f(c, q)
		return answer, told(code)
	}
}

// questions are the messages of the app world. None takes a secret in.
func questions() map[byte]question {
	return map[byte]question{
		mailbox.KindGenerate: ask(generateFor),
		mailbox.KindFind:     ask(findFor),
		mailbox.KindDelete: ask(func(c *Session, q mailbox.Delete) (any, call.Code) {
			return mailbox.Done{}, c.Delete(q.Handle)
		}),
		mailbox.KindCertify: ask(func(c *Session, q mailbox.Certify) (any, call.Code) {
			der, code := c.Certificate(q.Handle)
			return mailbox.Certificate{DER: der}, code
		}),
		mailbox.KindSign: ask(func(c *Session, q mailbox.Sign) (any, call.Code) {
			b, code := c.Sign(nil, q.Handle, q.Message)
			return mailbox.Signature{Signature: b}, code
		}),
		mailbox.KindMAC: ask(func(c *Session, q mailbox.MAC) (any, call.Code) {
			b, code := c.MAC(nil, q.Handle, q.Message)
			return mailbox.Tag{Tag: b}, code
		}),
		mailbox.KindSeal: ask(func(c *Session, q mailbox.Seal) (any, call.Code) {
			b, code := c.Seal(nil, q.Handle, q.Plaintext, q.Extra)
			return mailbox.Sealed{Sealed: b}, code
		}),
		mailbox.KindOpen: ask(openFor),
		mailbox.KindPutCertificate: ask(func(c *Session, q mailbox.PutCertificate) (any, call.Code) {
			return mailbox.Done{}, c.PutCertificate(q.Name, q.DER, q.Trusted)
		}),
		mailbox.KindGetCertificate: ask(func(c *Session, q mailbox.GetCertificate) (any, call.Code) {
			der, code := c.GetCertificate(q.Name)
			return mailbox.Certificate{DER: der}, code
		}),
		mailbox.KindDeleteCertificate: ask(func(c *Session, q mailbox.DeleteCertificate) (any, call.Code) {
			return mailbox.Done{}, c.DeleteCertificate(q.Name)
		}),
		mailbox.KindVerifyWith: ask(func(c *Session, q mailbox.VerifyWith) (any, call.Code) {
			return mailbox.Done{}, c.VerifyWith(string(q.Name), call.Algorithm(q.Algorithm), q.Message, q.Signature)
		}),
		mailbox.KindEncryptWith: ask(func(c *Session, q mailbox.EncryptWith) (any, call.Code) {
			b, code := c.EncryptWith(nil, string(q.Name), call.Algorithm(q.Algorithm), q.Plaintext, q.Extra)
			return mailbox.Sealed{Sealed: b}, code
		}),
		mailbox.KindPutData: ask(func(c *Session, q mailbox.PutData) (any, call.Code) {
			return mailbox.Done{}, c.PutData(q.Name, q.Value)
		}),
		mailbox.KindGetData: ask(func(c *Session, q mailbox.GetData) (any, call.Code) {
			b, code := c.GetData(nil, q.Name)
			return mailbox.Data{Value: b}, code
		}),
		mailbox.KindDeleteData: ask(func(c *Session, q mailbox.DeleteData) (any, call.Code) {
			return mailbox.Done{}, c.DeleteData(q.Name)
		}),
	}
}

func generateFor(c *Session, q mailbox.Generate) (any, call.Code) {
	h, code := c.Generate(Request{call.Algorithm(q.Algorithm), call.Usage(q.Usage), q.Persistent, q.Label})
	return mailbox.Key{Handle: h, Algorithm: q.Algorithm, Usage: q.Usage, Persistent: q.Persistent}, code
}

func findFor(c *Session, q mailbox.Find) (any, call.Code) {
	k, code := c.Find(q.Label)
	return mailbox.Key{Handle: k.Handle, Algorithm: mailbox.KeyAlgorithm(k.Algorithm), Usage: mailbox.KeyUsage(k.Usage), Persistent: k.Persistent}, code
}

// openFor opens with whatever kind of key it is.
func openFor(c *Session, q mailbox.Open) (any, call.Code) {
	open := c.Open
	if k, code := c.Describe(q.Handle); code == call.OK && c.s.algorithms[k.Algorithm].secret == 0 {
		open = c.Decrypt
	}
	b, code := open(nil, q.Handle, q.Sealed, q.Extra)
	return mailbox.Opened{Plaintext: b}, code
}

// told is the mailbox's word for a code.
func told(c call.Code) mailbox.Code {
	switch c {
	case call.OK:
		return mailbox.CodeNone
	case call.CodeNoKey:
		return mailbox.CodeNoKey
	case call.CodeUsage, call.CodeNotPermitted:
		return mailbox.CodeUsage
	case call.CodeAlgorithm:
		return mailbox.CodeAlgorithm
	case call.CodeMalformed:
		return mailbox.CodeMalformed
	case call.CodeTooLong:
		return mailbox.CodeTooLong
	case call.CodeQuota:
		return mailbox.CodeQuota
	case call.CodeInvalid:
		return mailbox.CodeInvalid
	case call.CodeUntrusted:
		return mailbox.CodeUntrusted
	case call.CodeNotFound:
		return mailbox.CodeNotFound
	case call.CodeExists:
		return mailbox.CodeExists
	case call.CodeStorage:
		return mailbox.CodeStorage
	case call.CodeFIPS:
		return mailbox.CodeFIPS
	}
	return mailbox.CodeServices
}
