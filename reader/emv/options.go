package emv

import (
	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/reader/iso7816"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// initiate sends GET PROCESSING OPTIONS (EMV 4.4 Book 3, clause 10.1). A PDOL
// that cannot be filled is a card error, and no command is sent.
func (t *Transaction) initiate() Action {
	d, err := tlv.ParseDOL(t.card.Value(tlv.Tag9F38PDOL))
	if err != nil || !t.build(&t.auth.pdol, d) {
		return t.cardError(ReasonPDOL)
	}
	return t.transmit(iso7816.Command{
		CLA: 0x80, INS: 0xA8, Data: tlv.Append(t.template[:0], tlv.Tag83CommandTemplate, t.auth.pdol.bytes()),
		Expect: iso7816.ExpectAll,
	}, (*Transaction).initiated)
}

// initiated takes AIP and AFL. 6985 leads back to selection without this
// application; every other status is a card error.
func (t *Transaction) initiated(in Input) Action {
	data, sw := objects.Split(in.Response)
	if sw == swRefused {
		return t.choose()
	}
	if sw != swOK {
		return t.cardError(ReasonGPO)
	}
	aip, afl, ok := processingOptions(data)
	if !ok || !t.card.Set(tlv.Tag82ApplicationInterchangeProfile, aip) || !t.card.Set(tlv.Tag94ApplicationFileLocator, afl) {
		return t.cardError(ReasonGPO)
	}
	t.fromFCI = t.card.Count()
	t.records = recordCursor{afl: t.card.Value(tlv.Tag94ApplicationFileLocator)}
	return t.nextRecord()
}

// processingOptions reads both formats (6.5.8.4).
func processingOptions(data []byte) (aip, afl []byte, ok bool) {
	if body, is := objects.Envelope(data, tlv.Tag80ResponseTemplate1); is && len(body) > 2 {
		return body[:2], body[2:], validAFLLength(body[2:])
	}
	l, ok := objects.Template(data, tlv.Tag77ResponseTemplate2)
	if !ok {
		return nil, nil, false
	}
	a, hasAIP := l.Top(tlv.Tag82ApplicationInterchangeProfile)
	f, hasAFL := l.Top(tlv.Tag94ApplicationFileLocator)
	return a.Value, f.Value, hasAIP && hasAFL && len(a.Value) == 2 && validAFLLength(f.Value)
}

func validAFLLength(afl []byte) bool { return len(afl) > 0 && len(afl) <= 252 && len(afl)%4 == 0 }
