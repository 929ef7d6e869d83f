package hostmsg

import (
	"bytes"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// answer is a message of the host that belongs to a question.
type answer struct {
	*codec.Message
	private  []hostspec.Element // DE 48
	response payment.ResponseCode
}

func (a *answer) code() string { return string(a.response[:]) }

// answer reads frame, whose MAC was verified, and demands that it repeats every
// field of echo and the question's KSN, and that it has a response code.
func (ms *Messages) answer(frame []byte, mti string, echo *codec.Message, ksn [12]byte) (*answer, error) {
	m, err := ms.codec.Unpack(frame)
	if err != nil || m.MTI != mti || !repeats(m, echo) {
		return nil, call.CodeAnswer
	}
	a := &answer{Message: m}
	value, _ := m.Get(dePrivate)
	if a.private, err = hostspec.ParsePrivate(value); err != nil {
		return nil, call.CodeAnswer
	}
	if !bytes.Equal(hostspec.FindPrivate(a.private, hostspec.PrivateKSN), ksn[:]) {
		return nil, call.CodeAnswer
	}
	code, _ := m.Get(deResponse)
	if copy(a.response[:], code) != len(a.response) || !a.response.Valid() {
		return nil, call.CodeAnswer
	}
	return a, nil
}

// echoed are the fields that an answer repeats (hostspec, "Messages").
func echoed() []int {
	return []int{deProcessing, deAmount, deTransmission, deSTAN, deTime, deDate, deRRN, deTerminal, deMerchant, deCurrency}
}

// repeats compares the fields that the question had. A field that it did not
// have is not looked at.
func repeats(m, question *codec.Message) bool {
	for _, number := range echoed() {
		want, asked := question.Get(number)
		if code, _ := m.Get(deResponse); number == deAmount && string(code) == hostspec.ResponsePartial {
			continue // what was approved
		}
		if got, _ := m.Get(number); asked && !bytes.Equal(got, want) {
			return false
		}
	}
	return true
}
