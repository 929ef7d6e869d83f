package app_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

func (l *lane) network(signOn bool) []byte {
	l.t.Helper()
	var got call.Networked
	q := call.Network{Terms: l.terms, SignOn: signOn, KSN: l.request, JournalLength: 99, JournalHead: payment.Digest{7}}
	if code := l.call(call.OpNetwork, q, &got); code != 0 {
		l.t.Fatal(code)
	}
	return got.Frame
}

func (l *lane) signedOn(a *answer) (got call.SignedOn, code call.Code) {
	l.t.Helper()
	q := call.CheckNetwork{Terms: l.terms, KSN: l.request, Frame: l.pack(a)}
	return got, l.call(call.OpCheckNetwork, q, &got)
}

func hostState() []hostspec.Element {
	journal := append(binary.BigEndian.AppendUint64(nil, 99), bytes.Repeat([]byte{7}, 32)...)
	return []hostspec.Element{
		{Tag: hostspec.PrivateTopCounter, Value: []byte{0, 0, 1, 2}},
		{Tag: hostspec.PrivateTopSTAN, Value: []byte{0, 0, 0, 42}},
		{Tag: hostspec.PrivateTopRRN, Value: []byte{0, 0, 0, 0, 0, 0, 3, 9}},
		{Tag: hostspec.PrivateTopJournal, Value: journal},
	}
}

func TestSignOnTellsTheJournalAndEchoDoesNot(t *testing.T) {
	l := newLane(t)
	r := l.receive(l.network(true))
	journal := r.element(hostspec.PrivateJournal)
	if r.MTI != "0800" || r.String(70) != "001" || r.String(11) != "000042" || r.String(41) != "TERM0001" || r.ksn() != l.request {
		t.Errorf("sign-on of type %s, DE 70 %s", r.MTI, r.String(70))
	}
	if len(journal) != 40 || journal[7] != 99 || journal[8] != 7 {
		t.Errorf("journal %X", journal)
	}
	r = l.receive(l.network(false))
	if r.String(70) != "301" || r.element(hostspec.PrivateJournal) != nil || r.Has(4) {
		t.Errorf("echo with DE 70 %s", r.String(70))
	}
}

func TestSignOnAnswerBringsTheHostsState(t *testing.T) {
	l := newLane(t)
	a := l.replyTo(l.network(true), hostspec.MTINetworkAnswer, "00")
	a.private = hostState()
	got, code := l.signedOn(a)
	want := call.SignedOn{Response: payment.ResponseCode{'0', '0'}, TopCounter: 0x102, TopSTAN: 42, TopRRN: 0x309,
		JournalLength: 99, JournalHead: payment.Digest(bytes.Repeat([]byte{7}, 32))}
	if code != 0 || got != want {
		t.Errorf("%v, %+v", code, got)
	}
}

func TestSignOnAnswerWithoutAPartOfTheStateIsRefused(t *testing.T) {
	for missing := range 4 {
		l := newLane(t)
		a := l.replyTo(l.network(true), hostspec.MTINetworkAnswer, "00")
		a.private = append(hostState()[:missing:missing], hostState()[missing+1:]...)
		if _, code := l.signedOn(a); code != call.CodeAnswer {
			t.Errorf("without element %d: %v", missing, code)
		}
	}
	l := newLane(t)
	a := l.replyTo(l.network(true), hostspec.MTINetworkAnswer, "00")
	a.private = hostState()
	a.private[1].Value = []byte{0x7F, 0, 0, 0}
	if _, code := l.signedOn(a); code != call.CodeAnswer {
		t.Errorf("STAN out of range: %v", code)
	}
}

func TestEchoAndRefusedSignOnBringNoState(t *testing.T) {
	for _, signOn := range []bool{false, true} {
		l := newLane(t)
		response := map[bool]string{false: "00", true: "96"}[signOn]
		got, code := l.signedOn(l.replyTo(l.network(signOn), hostspec.MTINetworkAnswer, response))
		if code != 0 || got.Response.String() != response || got.TopRRN != 0 {
			t.Errorf("sign-on %v: %v, %+v", signOn, code, got)
		}
	}
}

func TestNetworkAnswerOfAnotherKindIsRefused(t *testing.T) {
	for name, change := range map[string]func(*answer){
		"key change": func(a *answer) { a.SetString(70, "161") },
		"no kind":    func(a *answer) { a.Delete(70) },
		"STAN":       func(a *answer) { a.SetString(11, "000001") },
		"KSN":        func(a *answer) { a.ksn = hostKSN(3) },
	} {
		l := newLane(t)
		a := l.replyTo(l.network(false), hostspec.MTINetworkAnswer, "00")
		change(a)
		if _, code := l.signedOn(a); code != call.CodeAnswer {
			t.Errorf("%s: %v", name, code)
		}
	}
}
