package application

import (
	"context"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/tahost"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// misbehaving is an application that calls any host function at any time: the
// probe's operation 7.
type misbehaving struct {
	t        *testing.T
	instance *tahost.Instance
	session  *session
}

func newMisbehaving(t *testing.T) (*misbehaving, *estate) {
	t.Helper()
	e := newEstate(t)
	s := &session{keys: e.store(), pinpad: pinpad}
	host, err := probeHost()
	e.must(err)
	instance, err := host.Acquire(t.Context(), s)
	e.must(err)
	t.Cleanup(instance.Close)
	return &misbehaving{t, instance, s}, e
}

func (m *misbehaving) calls(fn uint32, data []byte) (answer []byte, code call.Code) {
	m.t.Helper()
	answer, err := m.instance.Call(context.Background(), 7, append(binary.BigEndian.AppendUint32(nil, fn), data...))
	var refusal tahost.Refusal
	if errors.As(err, &refusal) {
		return nil, call.Code(refusal.Code)
	}
	if err != nil {
		m.t.Fatal(err)
	}
	return answer, 0
}

func functions() []uint32 {
	return []uint32{call.HostOpenVerify, call.HostOpenOnline, call.HostSealPAN, call.HostSealAccount, call.HostTokenKey,
		call.HostMACRequest, call.HostMACReversal, call.HostMACRepeat, call.HostCheck,
		call.HostOpenChain, call.HostCAKey, call.HostOpenKeyed, call.HostCardNames, call.HostCardNamed}
}

// A94, as far as host functions go.
func TestAnApplicationGetsOnlyWhatItsOperationPermitsAndThatOnce(t *testing.T) {
	m, e := newMisbehaving(t)
	for _, fn := range functions() {
		if _, code := m.calls(fn, make([]byte, 64)); code != call.CodeNotPermitted {
			t.Errorf("function %d outside an operation: %v", fn, code)
		}
	}
	messages, err := m.session.keys.Reserve(3)
	e.must(err)
	defer messages.Wipe()
	keys, err := messages.VerificationKeys()
	e.must(err)
	m.session.messages, m.session.checkKeys = messages, keys
	m.session.envelope(sred.Envelope{}, sred.NumberVerify, [32]byte{})
	want := map[uint32]struct {
		size int
		code call.Code
	}{
		call.HostOpenVerify: {sred.SealedSize, call.CodeEnvelope}, call.HostOpenOnline: {sred.SealedSize, call.CodeEnvelope},
		call.HostSealPAN: {19, 0}, call.HostSealAccount: {40, 0}, call.HostTokenKey: {16, 0},
		call.HostMACRequest: {40, 0}, call.HostMACReversal: {40, 0}, call.HostMACRepeat: {40, 0}, call.HostCheck: {40, call.CodeMAC},
		call.HostOpenChain: {sred.SealedSize, call.CodeEnvelope}, call.HostCAKey: {6, call.CodeKey},
		call.HostOpenKeyed: {call.KeyedSealedSize, call.CodeEnvelope}, call.HostCardNames: {0, 0}, call.HostCardNamed: {0, 0},
	}
	for _, fn := range functions() {
		m.session.permit(fn)
		for _, other := range functions() {
			if other == fn {
				continue
			}
			if _, code := m.calls(other, make([]byte, 40)); code != call.CodeNotPermitted {
				t.Errorf("function %d while %d is permitted: %v", other, fn, code)
			}
		}
		if _, code := m.calls(fn, make([]byte, want[fn].size)); code != want[fn].code {
			t.Errorf("function %d, permitted: %v", fn, code)
		}
		if _, code := m.calls(fn, make([]byte, want[fn].size)); code != call.CodeNotPermitted {
			t.Errorf("function %d, a second time: %v", fn, code)
		}
	}
}

func TestMemoryOfTheWrongSizeIsRefusedWithoutHarm(t *testing.T) {
	m, e := newMisbehaving(t)
	messages, err := m.session.keys.Reserve(3)
	e.must(err)
	defer messages.Wipe()
	m.session.messages = messages
	for _, c := range []struct {
		fn   uint32
		size int
		want call.Code
	}{
		{call.HostSealPAN, 18, call.CodeInternal}, {call.HostSealPAN, 20, call.CodeInternal}, {call.HostSealPAN, 0, call.CodeInternal},
		{call.HostSealAccount, hostspec.MaxSealedAccount - 15, call.CodeInternal}, {call.HostTokenKey, 8, call.CodeMalformed},
		{call.HostOpenVerify, sred.SealedSize - 1, call.CodeEnvelope}, {call.HostOpenVerify, 0, call.CodeEnvelope},
		{call.HostCheck, 0, call.CodeMAC}, {call.HostCAKey, 5, call.CodeMalformed}, {call.HostCAKey, 7, call.CodeMalformed},
		{call.HostOpenKeyed, call.KeyedSealedSize - 1, call.CodeEnvelope}, {call.HostOpenKeyed, 0, call.CodeEnvelope},
		{call.HostCardNamed, 16, call.CodeMalformed}, // for nobody
	} {
		m.session.permit(c.fn)
		if _, code := m.calls(c.fn, make([]byte, c.size)); code != c.want {
			t.Errorf("function %d with %d bytes: %v", c.fn, c.size, code)
		}
	}
}
