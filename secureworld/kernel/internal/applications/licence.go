package applications

import (
	"context"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/tahost"
	"github.com/strongroom-pos/strongroom/secureworld/licensing"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk/storage/call"
)

// licenceFunction is 150: any application may ask whether this kernel may use its
// licence. What it gets is bound to its own module.
func licenceFunction() tahost.HostFunctions {
	return tahost.HostFunctions{licensing.HostFunction: func(ctx context.Context, mem []byte) (int, int32) {
		s, ok := tahost.SessionFrom(ctx).(*session)
		switch {
		case !ok || s.prove == nil:
			return 0, int32(call.CodeNotPermitted)
		case len(mem) != 32:
			return 0, int32(call.CodeMalformed)
		case cap(mem) < licensing.AnswerSize:
			return 0, int32(call.CodeTooLong)
		}
		proof := s.prove([32]byte(mem))
		return len(proof.AppendAnswer(mem[:0])), 0
	}}
}

// prover answers one application.
func (a *running) prover() func([32]byte) licensing.Proof {
	if a.r.cfg.Prove == nil {
		return nil
	}
	return func(challenge [32]byte) licensing.Proof {
		return a.r.cfg.Prove(challenge, licensing.ApplicationBinding(a.digest))
	}
}
