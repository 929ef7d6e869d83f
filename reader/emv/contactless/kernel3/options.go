package kernel3

import (
	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/reader/iso7816"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// Status words, EMV 4.4 Book 3, clause 6.3.5, and Book C-3, clause 5.2.2.
const (
	swOK             = 0x9000
	swOtherInterface = 0x6984
	swConditions     = 0x6985
	swSeePhone       = 0x6986
)

// started takes the answer to the final SELECT and sends GET PROCESSING OPTIONS
// (Book C-3, clause 5.2). A restart with the host's answer has no card: issuer
// update processing is not announced.
func (k *Kernel) started(emv.Input) contactless.Step {
	if k.activation.Restart && k.activation.Host != nil {
		return k.hostDecided(*k.activation.Host)
	}
	if k.activation.SW != swOK {
		return k.selectNext(ReasonSelect)
	}
	if !k.keepFCI() {
		return k.end(emv.ReasonFormat)
	}
	d, err := tlv.ParseDOL(k.card.Value(tlv.Tag9F38PDOL))
	switch {
	case err != nil:
		return k.end(emv.ReasonPDOL)
	case !d.Has(tag9F66TerminalQualifiers):
		return k.selectNext(ReasonQualifiers)
	}
	data, err := d.Build(nil, k.terminal.Get)
	if err != nil {
		return k.end(emv.ReasonPDOL)
	}
	return k.transmit(iso7816.Command{
		CLA: 0x80, INS: 0xA8, Data: tlv.Append(nil, tlv.Tag83CommandTemplate, data), Expect: iso7816.ExpectAll,
	}, (*Kernel).initiated)
}

// keepFCI takes what the kernel needs of the FCI and nothing else: a hostile
// card has no other way to plant results or account data before the tap began.
func (k *Kernel) keepFCI() bool {
	l, ok := objects.Template(k.activation.FCI, tlv.Tag6FFCITemplate)
	if !ok {
		return false
	}
	for _, tag := range [...]tlv.Tag{
		tlv.Tag84DedicatedFileName, tlv.Tag9F38PDOL, tlv.Tag50ApplicationLabel,
		tlv.Tag9F12ApplicationPreferredName, tlv.Tag5F2DLanguagePreference,
	} {
		v, ok := l.Find(tag)
		if ok && len(v) > 0 && !k.keep(tag, v) {
			return false
		}
	}
	k.fromFCI = k.card.Count()
	name := k.card.Value(tlv.Tag84DedicatedFileName)
	return len(name) == 0 || len(name) >= 5 && len(name) <= 16
}

// initiated takes the answer to GET PROCESSING OPTIONS (clauses 5.2.2 and 5.3).
func (k *Kernel) initiated(in emv.Input) contactless.Step {
	data, sw := objects.Split(in.Response)
	switch sw {
	case swOK:
	case swOtherInterface:
		return k.switchInterface(ReasonOtherContact)
	case swConditions:
		return k.selectNext(ReasonConditions)
	case swSeePhone:
		return k.seePhone()
	default:
		return k.end(emv.ReasonStatus)
	}
	if why := k.keepOptions(data); why != emv.ReasonNone {
		return k.end(why)
	}
	k.records = recordCursor{afl: k.card.Value(tlv.Tag94ApplicationFileLocator)}
	return k.nextRecord()
}

// keepOptions reads both formats (EMV 4.4 Book 3, clause 6.5.8.4). Format 80 has
// no room for a cryptogram: MSD cards use it. An AFL may be missing, for there
// may be nothing left to read.
func (k *Kernel) keepOptions(data []byte) emv.Reason {
	if body, is := objects.Envelope(data, tlv.Tag80ResponseTemplate1); is && len(body) >= 2 {
		k.keep(tlv.Tag82ApplicationInterchangeProfile, body[:2])
		if len(body) > 2 {
			k.keep(tlv.Tag94ApplicationFileLocator, body[2:])
		}
	} else {
		l, ok := objects.Template(data, tlv.Tag77ResponseTemplate2)
		if !ok {
			return emv.ReasonGPO
		}
		if why := k.keepAll(l); why != emv.ReasonNone {
			return why
		}
	}
	afl := k.card.Value(tlv.Tag94ApplicationFileLocator)
	if !k.card.Has(tlv.Tag82ApplicationInterchangeProfile) || len(afl) > 252 || len(afl)%4 != 0 {
		return emv.ReasonGPO
	}
	return emv.ReasonNone
}
