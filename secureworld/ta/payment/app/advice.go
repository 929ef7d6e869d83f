package app

import "github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"

// advice builds an 0220.
func (a *App) advice(q *call.Advice) (call.Networked, error) {
	message, err := a.messages.Advice(q)
	if err != nil {
		return call.Networked{}, err
	}
	frame, err := a.kernel.mac(call.HostMACRequest, message)
	if err != nil {
		return call.Networked{}, err
	}
	return call.Networked{Frame: frame}, nil
}

// checkAdvice verifies an 0230.
func (a *App) checkAdvice(q *call.CheckAdvice) (call.Settled, error) {
	if err := a.kernel.check(q.Frame); err != nil {
		return call.Settled{}, err
	}
	return a.messages.AdviceAnswer(q.Frame, &q.Terms, q.KSN)
}
