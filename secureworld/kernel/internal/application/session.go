package application

import (
	"context"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/applications"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/keystore"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/tahost"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// tokenKeySize is the length of the merchant's token key.
const tokenKeySize = 32

// session is what one instance may use now.
type session struct {
	keys      *keystore.Store
	pinpad    orderauth.DeviceID
	permitted map[uint32]bool

	authorities Authorities
	cards       Cards
	names       []string                  // that the card was named for
	identified  []applications.Identified // what it is called

	digest     [32]byte // of the order that the envelope answers
	ksn        [12]byte
	number     uint8
	panOrder   [16]byte
	panCounter uint64
	keyed      keyed
	messages   *keystore.Messages
	sealFirst  int // of them, whose key HostSealAccount uses
	checkKeys  []byte
	checkIndex int
}

// envelope fixes which one may be opened: the number is that of the operation,
// whatever the reader wrote beside it.
func (s *session) envelope(e sred.Envelope, number uint8, digest [32]byte) {
	s.digest, s.ksn, s.number = digest, e.KSN, number
}

// permit allows these functions and no others.
func (s *session) permit(functions ...uint32) {
	s.permitted = map[uint32]bool{}
	for _, f := range functions {
		s.permitted[f] = true
	}
}

// Functions are the kernel's host functions for the payment application.
func Functions() tahost.HostFunctions {
	return tahost.HostFunctions{
		call.HostOpenVerify:  once(call.HostOpenVerify, openEnvelope),
		call.HostOpenOnline:  once(call.HostOpenOnline, openEnvelope),
		call.HostSealPAN:     once(call.HostSealPAN, sealPAN),
		call.HostSealAccount: once(call.HostSealAccount, sealAccount),
		call.HostSealRepeat:  once(call.HostSealRepeat, sealRepeat),
		call.HostTokenKey:    once(call.HostTokenKey, tokenKey),
		call.HostMACRequest:  once(call.HostMACRequest, mac(0)),
		call.HostMACReversal: once(call.HostMACReversal, mac(1)),
		call.HostMACRepeat:   once(call.HostMACRepeat, mac(2)),
		call.HostCheck:       once(call.HostCheck, check),
		call.HostOpenChain:   once(call.HostOpenChain, openEnvelope),
		call.HostCAKey:       once(call.HostCAKey, authority),
		call.HostOpenKeyed:   once(call.HostOpenKeyed, openKeyed),
		call.HostCardNames:   once(call.HostCardNames, cardNames),
		call.HostCardNamed:   once(call.HostCardNamed, cardNamed),
	}
}

// once wraps a function: it is good for one use in an operation that permits it,
// so that a key serves one message and an envelope opens once.
func once(number uint32, f func(*session, []byte) (int, call.Code)) tahost.HostFunc {
	return func(ctx context.Context, mem []byte) (int, int32) {
		s, ok := tahost.SessionFrom(ctx).(*session)
		if !ok || !s.permitted[number] {
			return 0, int32(call.CodeNotPermitted)
		}
		delete(s.permitted, number)
		n, code := f(s, mem)
		return n, int32(code)
	}
}

func openEnvelope(s *session, mem []byte) (int, call.Code) {
	n, err := s.keys.OpenEnvelope(mem, s.digest, s.ksn, s.number)
	if err != nil {
		return 0, call.CodeEnvelope
	}
	return n, 0
}

func sealPAN(s *session, mem []byte) (int, call.Code) {
	n, err := s.keys.SealPAN(mem, pinentry.OrderID(s.panOrder), s.pinpad, s.panCounter)
	if err != nil {
		return 0, call.CodeInternal
	}
	return n, 0
}

func sealAccount(s *session, mem []byte) (int, call.Code) {
	return seal(s, s.sealFirst, mem)
}

func sealRepeat(s *session, mem []byte) (int, call.Code) { return seal(s, 2, mem) }

func seal(s *session, i int, mem []byte) (int, call.Code) {
	n, err := s.messages.SealAccount(i, mem)
	if err != nil {
		return 0, call.CodeInternal
	}
	return n, 0
}

func tokenKey(s *session, mem []byte) (int, call.Code) {
	if cap(mem) < tokenKeySize {
		return 0, call.CodeMalformed
	}
	return s.keys.Token(mem[:tokenKeySize]), 0
}

func mac(i int) func(*session, []byte) (int, call.Code) {
	return func(s *session, mem []byte) (int, call.Code) {
		n, err := s.messages.MAC(i, mem)
		if err != nil {
			return 0, call.CodeInternal
		}
		return n, 0
	}
}

func check(s *session, mem []byte) (int, call.Code) {
	if s.keys.Check(s.checkKeys, s.checkIndex, mem) != nil {
		return 0, call.CodeMAC
	}
	return 0, 0
}
