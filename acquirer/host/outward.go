package host

import (
	"bytes"
	"fmt"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/profile"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

const (
	fieldPAN    = profile.FieldPAN
	fieldExpiry = profile.FieldExpiry
	fieldTrack2 = profile.FieldTrack2
)

// outward is the message as upstream gets it: the same numbers, the account in clear, the
// PIN under the zone's key, and nothing of DE 48, whose elements are this link's own.
func (q *request) outward(o *outward) *codec.Message {
	m := codec.NewMessage(q.message.MTI)
	for _, number := range outgoing() {
		if v, has := q.message.Get(number); has {
			m.Set(number, v)
		}
	}
	if !m.Has(23) && o.account.HasSequence() {
		m.SetString(23, fmt.Sprintf("0%02X", o.account.PSN))
	}
	if !o.account.UseTrack2(func(track []byte) { m.Set(fieldTrack2, bytes.Clone(track)) }) {
		o.account.UsePAN(func(pan []byte) { m.Set(fieldPAN, bytes.Clone(pan)) })
		o.account.UseExpiry(func(yymm []byte) { m.Set(fieldExpiry, bytes.Clone(yymm)) })
	}
	if o.hasPIN {
		m.Set(52, bytes.Clone(o.zone[:]))
	}
	return m
}

// issuerDataOf is what of an answer's DE 55 goes on to a card that waits for it: the
// issuer's authentication and its response code. Scripts are not passed on, because no
// word of the card on them could be.
func issuerDataOf(raw []byte, response string) []byte {
	list, err := tlv.Parse(raw)
	if err != nil {
		return nil
	}
	authentication, has := list.Top(tlv.Tag91IssuerAuthenticationData)
	if !has || len(authentication.Value) < 8 || len(authentication.Value) > 16 {
		return nil
	}
	code, has := list.Top(tlv.Tag8AAuthorisationResponseCode)
	if !has || len(code.Value) != 2 {
		code.Value = []byte(response)
	}
	return tlv.Append(tlv.Append(nil, tlv.Tag8AAuthorisationResponseCode, code.Value), tlv.Tag91IssuerAuthenticationData, authentication.Value)
}

// message is the reversal as upstream gets it: no account data, DE 90 names its original.
// Every sending after the first is a repeat.
func (r *repayment) message() *codec.Message {
	m := codec.NewMessage(hostspec.MTIReversal)
	if r.tries > 0 {
		m.MTI = hostspec.MTIReversalRepeat
	}
	for number, value := range map[int]string{
		3: r.processing, 4: fmt.Sprintf("%012d", r.amount), 7: r.sent, 11: r.key.stan, 12: r.time, 13: r.key.date, 37: r.key.rrn,
		41: r.key.terminal, 42: r.merchant, 49: r.currency,
		90: hostspec.Original{MTI: hostspec.MTIRequest, STAN: r.key.stan, Transmission: r.sent}.Field(),
	} {
		m.SetString(number, value)
	}
	return m
}
