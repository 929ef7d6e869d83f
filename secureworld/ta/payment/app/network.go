package app

import (
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/internal/hostmsg"
)

// network builds an 0800.
func (a *App) network(q *call.Network) (call.Networked, error) {
	message, err := a.networkMessage(q)
	if err != nil {
		return call.Networked{}, err
	}
	frame, err := a.kernel.mac(call.HostMACRequest, message)
	if err != nil {
		return call.Networked{}, err
	}
	return call.Networked{Frame: frame}, nil
}

func (a *App) networkMessage(q *call.Network) ([]byte, error) {
	if q.SignOn {
		return a.messages.SignOn(&q.Terms, q.KSN, hostmsg.Journal{Length: q.JournalLength, Head: q.JournalHead}, q.Evidence)
	}
	return a.messages.Echo(&q.Terms, q.KSN)
}
