//go:build linux

package main

import (
	"io"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/token/wire"
)

// server answers one question after the other.
type server struct{ token *token }

// refusal is an error that is an answer.
type refusal struct{ wire.Refused }

func (r refusal) Error() string { return r.Reason.String() }

func refuse(r wire.Reason) error { return refusal{wire.Refused{Reason: r}} }

// answer returns an error only where the stream is lost.
func (s *server) answer(in io.Reader, out io.Writer) error {
	kind, body, err := frame.Read(in, wire.MaxBody)
	if err != nil {
		return err
	}
	defer clear(body) // a PIN or a secret, perhaps
	m, err := s.do(kind, body)
	if err != nil {
		r, ok := err.(refusal) //nolint:errorlint // made here, never wrapped
		if !ok {
			return err
		}
		return frame.Send(out, wire.KindRefused, r.Refused)
	}
	return frame.Send(out, kind|wire.Answer, m)
}

func (s *server) do(kind byte, body []byte) (any, error) {
	switch kind {
	case wire.KindOpen:
		var q wire.Open
		if frame.Parse(body, &q) != nil {
			return nil, refuse(wire.ReasonMalformed)
		}
		defer clear(q.PIN)
		return s.token.open(string(q.Label), q.PIN)
	case wire.KindGenerate:
		var q wire.Generate
		if frame.Parse(body, &q) != nil {
			return nil, refuse(wire.ReasonMalformed)
		}
		return s.token.generate(q.Algorithm, q.Label)
	case wire.KindFind:
		var q wire.Find
		if frame.Parse(body, &q) != nil {
			return nil, refuse(wire.ReasonMalformed)
		}
		return s.token.find(q.Label)
	case wire.KindSign:
		var q wire.Sign
		if frame.Parse(body, &q) != nil {
			return nil, refuse(wire.ReasonMalformed)
		}
		return s.token.sign(q.Number, q.Message)
	case wire.KindSeal, wire.KindUnseal:
		var q wire.Seal
		if frame.Parse(body, &q) != nil || len(q.Secret) == 0 {
			return nil, refuse(wire.ReasonMalformed)
		}
		defer clear(q.Secret)
		if kind == wire.KindSeal {
			return s.token.seal(q.Name, q.Secret)
		}
		return s.token.unseal(q.Name, q.Secret)
	}
	return nil, refuse(wire.ReasonMalformed)
}
