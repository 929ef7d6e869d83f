package app

import "github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"

// checkAnswer verifies an 0210. No field is looked at before its MAC was
// verified.
func (a *App) checkAnswer(q *call.CheckAnswer) (call.Answered, error) {
	if err := a.kernel.check(q.Frame); err != nil {
		return call.Answered{}, err
	}
	return a.messages.RequestAnswer(q.Frame, &q.Terms, q.KSN)
}

// checkReversal verifies an 0430.
func (a *App) checkReversal(q *call.CheckReversal) (call.Settled, error) {
	if err := a.kernel.check(q.Frame); err != nil {
		return call.Settled{}, err
	}
	return a.messages.ReversalAnswer(q.Frame, &q.Terms, q.KSN)
}

// checkNetwork verifies an 0810.
func (a *App) checkNetwork(q *call.CheckNetwork) (call.SignedOn, error) {
	if err := a.kernel.check(q.Frame); err != nil {
		return call.SignedOn{}, err
	}
	return a.messages.NetworkAnswer(q.Frame, &q.Terms, q.KSN)
}
