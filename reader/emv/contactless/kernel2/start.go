package kernel2

import (
	"bytes"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/reader/iso7816"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// started takes the FCI of the selected application. One that does not name the
// application gives the card back to Entry Point.
func (k *Kernel) started(emv.Input) contactless.Step {
	k.storeOrder()
	k.storeConfig()
	for _, e := range k.own {
		k.terminal.Set(e.Tag, e.Value)
	}
	k.terminal.Set(tlv.Tag95TerminalVerificationResults, make([]byte, 5))
	k.terminal.Set(tlv.Tag9F34CVMResults, []byte{cvmNotPerformed, 0, 0})
	k.act.Torn.Expire(seconds(k.act.Order))
	if e := k.takeFCI(k.act.FCI); e != ErrorNone {
		return k.selectNext(e)
	}
	return k.initiate()
}

func (k *Kernel) takeFCI(fci []byte) L2Error {
	l, ok := objects.Template(fci, tlv.Tag6FFCITemplate)
	if !ok {
		return ErrorParsing
	}
	name, ok := l.Top(tlv.Tag84DedicatedFileName)
	if !ok {
		return ErrorDataMissing
	}
	if !bytes.Equal(name.Value, k.act.AID) && !bytes.HasPrefix(name.Value, k.app.AID) {
		return ErrorCardData
	}
	return k.keepAll(l, sourceFCI)
}

// initiate sends GET PROCESSING OPTIONS (EMV 4.4 Book 3, clause 6.5.8). Without a
// PDOL the template is empty.
func (k *Kernel) initiate() contactless.Step {
	data, ok := k.fill(k.card.Value(tlv.Tag9F38PDOL))
	if !ok || !k.terminal.Set(tagDF8111PDOLData, data) {
		return k.selectNext(ErrorParsing)
	}
	return k.transmit(iso7816.Command{
		CLA: 0x80, INS: 0xA8, Data: tlv.Append(nil, tlv.Tag83CommandTemplate, data),
	}, phaseOptions, (*Kernel).initiated)
}

// initiated takes AIP and AFL. A refusal leads to the next application.
func (k *Kernel) initiated(in emv.Input) contactless.Step {
	k.phase = phaseReading
	data, sw := objects.Split(in.Response)
	if sw != swOK {
		k.problem.SW = sw
		return k.selectNext(ErrorStatusBytes)
	}
	if e := k.takeOptions(data); e != ErrorNone {
		return k.cardError(e)
	}
	if k.aip(aipEMVMode) || k.emvOnly {
		return k.beginEMV()
	}
	if k.cfg.Stripe == nil {
		return k.cardError(ErrorStripeUnable)
	}
	return k.beginStripe()
}

// takeOptions reads both formats (EMV 4.4 Book 3, clause 6.5.8.4).
func (k *Kernel) takeOptions(data []byte) L2Error {
	if b, ok := objects.Envelope(data, tlv.Tag80ResponseTemplate1); ok && len(b) >= 2 {
		k.card.Set(tlv.Tag82ApplicationInterchangeProfile, b[:2])
		k.card.Set(tlv.Tag94ApplicationFileLocator, b[2:])
	} else {
		l, ok := objects.Template(data, tlv.Tag77ResponseTemplate2)
		if !ok {
			return ErrorParsing
		}
		if e := k.keepAll(l, sourceOptions); e != ErrorNone {
			return e
		}
	}
	if !k.card.Has(tlv.Tag82ApplicationInterchangeProfile) || !k.card.Has(tlv.Tag94ApplicationFileLocator) {
		return ErrorDataMissing
	}
	if afl := k.card.Value(tlv.Tag94ApplicationFileLocator); len(afl) == 0 || len(afl)%4 != 0 || len(afl) > 248 {
		return ErrorCardData
	}
	return ErrorNone
}

// beginEMV skips the record of mag-stripe mode where that is configured: the
// record stands first and its place is known.
func (k *Kernel) beginEMV() contactless.Step {
	afl := k.card.Value(tlv.Tag94ApplicationFileLocator)
	if k.cfg.Stripe != nil && bytes.HasPrefix(afl, stripeEntry()) {
		afl = afl[4:]
	}
	k.records = recordCursor{afl: afl, next: (*Kernel).recordsRead}
	k.needsCDA = k.aip(aipCDA) && k.cfg.Security[0]&capCDA != 0
	if !k.needsCDA {
		k.setTVR(tvrODANotPerformed)
	}
	if k.cfg.Relay != nil && k.aip(aipRelay) {
		return k.beginRelay()
	}
	if k.cfg.Relay != nil {
		k.setTVR(tvrRelayNotPerformed)
	}
	return k.readFirst()
}

// stripeEntry is the AFL entry of the record for mag-stripe mode.
func stripeEntry() []byte { return []byte{0x08, 0x01, 0x01, 0x00} }

func (k *Kernel) language() string {
	v := k.card.Value(tlv.Tag5F2DLanguagePreference)
	if len(v) < 2 || len(v) > 8 {
		return ""
	}
	for _, c := range v {
		if c < 'A' || c > 'z' || c > 'Z' && c < 'a' {
			return ""
		}
	}
	return string(v)
}
