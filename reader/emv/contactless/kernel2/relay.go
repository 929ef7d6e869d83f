package kernel2

import (
	"bytes"
	"encoding/binary"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/reader/iso7816"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// relayState is the relay resistance protocol (Book C-2): the card answers with
// times it takes at least and at most, and the reader holds it to them. All
// times are in 100 µs.
type relayState struct {
	attempt  int
	numbers  [][4]byte // one for each attempt
	measured int       // processing time of the last attempt
	device   relayAnswer
}

// A relayAnswer is the card's: its entropy, its own processing times and the
// time it expects the answer to take on the air.
type relayAnswer struct {
	minTime, maxTime, transmission int
}

const relayAnswerBytes = 10

// beginRelay times the first exchange. The reader's entropy is the order's
// unpredictable number, unless an earlier tap has used it: what a card has answered
// once, somebody could answer for it. Without a number the card is no longer taken
// here.
func (k *Kernel) beginRelay() contactless.Step {
	if k.relay.numbers = k.relayNumbers(); len(k.relay.numbers) == 0 {
		return k.cardError(ErrorCardData)
	}
	k.setTVR(tvrRelayPerformed)
	return k.exchange(k.relay.numbers[0])
}

func (k *Kernel) relayNumbers() [][4]byte {
	if k.act.Spent {
		return k.act.Entropy
	}
	return append([][4]byte{k.act.Order.UnpredictableNumber}, k.act.Entropy...)
}

func (k *Kernel) exchange(entropy [4]byte) contactless.Step {
	k.entropy = entropy
	k.terminal.Set(tagDF8301TerminalEntropy, entropy[:])
	k.terminal.Set(tagDF8307RelayCounter, []byte{byte(k.relay.attempt)})
	return k.transmit(iso7816.Command{CLA: 0x80, INS: 0xEA, Data: entropy[:]}, phaseReading, (*Kernel).exchanged)
}

func (k *Kernel) exchanged(in emv.Input) contactless.Step {
	data, stop := k.answer(in)
	if stop != nil {
		return *stop
	}
	body, ok := objects.Envelope(data, tlv.Tag80ResponseTemplate1)
	if !ok || len(body) != relayAnswerBytes {
		return k.cardError(ErrorParsing)
	}
	k.takeRelay(body, in.Took)
	r, d := k.cfg.Relay, k.relay.device
	if in.Took != 0 && k.relay.measured < d.minTime-int(r.MinGrace) {
		return k.cardError(ErrorCardData) // faster than the card says it can be
	}
	if late := k.relayLate(); late && k.relay.attempt+1 < relayAttempts && k.relay.attempt+1 < len(k.relay.numbers) {
		k.relay.attempt++
		return k.exchange(k.relay.numbers[k.relay.attempt])
	}
	return k.relayDone()
}

// takeRelay stores the answer and works the card's own time out of the whole. A
// time that was not measured is the longest there is.
func (k *Kernel) takeRelay(body []byte, took uint32) {
	field := func(at int) int { return int(binary.BigEndian.Uint16(body[at:])) }
	k.relay.device = relayAnswer{minTime: field(4), maxTime: field(6), transmission: field(8)}
	air := int(k.cfg.Relay.CommandTime) + min(k.relay.device.transmission, int(k.cfg.Relay.AnswerTime))
	k.relay.measured = min(max(0, int(took)-air), 0xFFFF)
	if took == 0 {
		k.relay.measured = 0xFFFF
	}
	s := &k.terminal
	s.Set(tagDF8302DeviceEntropy, body[:4])
	s.Set(tagDF8303MinTime, body[4:6])
	s.Set(tagDF8304MaxTime, body[6:8])
	s.Set(tagDF8305DeviceTransmission, body[8:10])
	s.Set(tagDF8306MeasuredTime, binary.BigEndian.AppendUint16(nil, uint16(k.relay.measured)))
}

func (k *Kernel) relayLate() bool {
	return k.relay.measured > k.relay.device.maxTime+int(k.cfg.Relay.MaxGrace)
}

// relayDone judges the last attempt: over the time limits, and over the
// thresholds of what card and reader say about the air.
func (k *Kernel) relayDone() contactless.Step {
	if k.relayLate() {
		k.setTVR(tvrRelayTimeLimits)
	}
	r, d := k.cfg.Relay, k.relay.device
	if mismatch(d.transmission, int(r.AnswerTime), int(r.MismatchRatio)) ||
		max(0, k.relay.measured-d.minTime) > int(r.Accuracy) {
		k.setTVR(tvrRelayThreshold)
	}
	return k.readFirst()
}

// mismatch: one of two times is less than a percentage of the other. A time of
// zero says nothing.
func mismatch(a, b, percent int) bool {
	return a != 0 && b != 0 && (a*100/b < percent || b*100/a < percent)
}

// relaySigned reports whether the signed tail repeats the exchange that was
// timed (Book C-2): a relay cannot answer for the card afterwards.
func (k *Kernel) relaySigned(tail []byte) bool {
	want := make([]byte, 0, 4+relayAnswerBytes)
	for _, tag := range [...]tlv.Tag{
		tagDF8301TerminalEntropy, tagDF8302DeviceEntropy, tagDF8303MinTime, tagDF8304MaxTime, tagDF8305DeviceTransmission,
	} {
		want = append(want, k.terminal.Value(tag)...)
	}
	return len(want) == cap(want) && bytes.HasPrefix(tail, want)
}
