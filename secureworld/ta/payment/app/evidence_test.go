package app_test

import (
	"bytes"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

func TestASignOnCarriesEvidenceOfAnyLength(t *testing.T) {
	for _, size := range []int{0, 1, 998, 999, 1000, 1998, 1999, hostspec.MaxEvidence} {
		l := newLane(t)
		evidence := bytes.Repeat([]byte{0xA7}, size)
		var got call.Networked
		if code := l.call(call.OpNetwork, call.Network{Terms: l.terms, SignOn: true, KSN: l.request, Evidence: evidence}, &got); code != 0 {
			t.Fatalf("%d bytes: %v", size, code)
		}
		if joined := hostspec.JoinEvidence(l.receive(got.Frame).Get); !bytes.Equal(joined, evidence) {
			t.Errorf("%d bytes became %d", size, len(joined))
		}
	}
}

func TestASignOnThatWasRefusedForItsEvidenceTellsWhy(t *testing.T) {
	for value, want := range map[string]payment.HostRefusal{"\x09": 9, "": 0, "\x09\x09": 0, "\xff": 0} {
		l := newLane(t)
		a := l.replyTo(l.network(true), hostspec.MTINetworkAnswer, hostspec.ResponseSecurity)
		a.private = []hostspec.Element{{Tag: hostspec.PrivateRefusal, Value: []byte(value)}}
		got, code := l.signedOn(a)
		if code != 0 || got.Refusal != want || string(got.Response[:]) != hostspec.ResponseSecurity {
			t.Errorf("%x: %+v, %v", value, got, code)
		}
	}
}
