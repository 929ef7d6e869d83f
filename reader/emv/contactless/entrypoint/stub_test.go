package entrypoint

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/reader/iso7816"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A stubKernel sends GET PROCESSING OPTIONS with what the PDOL asks for and
// takes its outcome from private tags of the answer.
type stubKernel struct {
	a      contactless.Activation
	masked [][2]int // of the command: what the stub cannot know
	wiped  bool

	auth, scripts []byte // what the card has the host answer
}

func (k *stubKernel) AccountTLV(dst []byte) []byte { return dst }
func (k *stubKernel) HostTLV(dst []byte) []byte    { return dst }
func (k *stubKernel) Wipe()                        { k.wiped = true }

func (k *stubKernel) Next(in emv.Input) contactless.Step {
	switch in.Kind {
	case emv.InputStart:
		return contactless.Step{Command: k.processingOptions()}
	case emv.InputResponse:
		data, _ := objects.Split(in.Response)
		return contactless.Step{Outcome: k.outcome(data)}
	default:
		return contactless.Step{Outcome: &contactless.Outcome{Result: contactless.TryAgain, Start: contactless.StartB}}
	}
}

func (k *stubKernel) processingOptions() []byte {
	l, _ := tlv.ParseCard(k.a.FCI)
	fci, _ := l.Top(tlv.Tag6FFCITemplate)
	pdol, _ := fci.Children.Find(tlv.Tag9F38PDOL)
	d, _ := tlv.ParseDOL(pdol)
	var data []byte
	for _, e := range d {
		value, ok := k.element(e.Tag, fci.Value)
		if !ok {
			k.masked = append(k.masked, [2]int{5 + len(data), 5 + len(data) + e.Length})
		}
		if e.Tag.Constructed() { // which a list cannot ask for but these cards do
			data = append(data, value[:min(len(value), e.Length)]...)
			data = append(data, make([]byte, e.Length-min(len(value), e.Length))...)
			continue
		}
		data, _ = tlv.DOL{e}.Build(data, func(tlv.Tag) ([]byte, bool) { return value, ok })
	}
	c, _ := iso7816.Command{CLA: 0x80, INS: 0xA8, Data: data, Expect: iso7816.ExpectAll}.Append(nil)
	return c
}

func (k *stubKernel) element(tag tlv.Tag, fci []byte) ([]byte, bool) {
	switch o := k.a.Order; tag {
	case 0xD1:
		return k.flags(), true
	case 0xD2:
		return []byte{byte(k.a.Start) - 'A' + 0x0A}, true
	case 0xD3:
		return []byte{byte(k.a.SW >> 8), byte(k.a.SW)}, true
	case tlv.Tag6FFCITemplate:
		return fci, true
	case tlv.Tag9F02AmountAuthorised:
		return objects.BCD(o.Amount, 6), true
	case tlv.Tag9F03AmountOther:
		return objects.BCD(o.AmountOther, 6), true
	case tlv.Tag9CTransactionType:
		return []byte{o.TransactionType}, true
	case tag9F66TTQ:
		return k.a.TTQ[:], true
	case tag9F2AKernelIdentifier:
		return k.a.KernelID, true
	case tlv.Tag9F06ApplicationIdentifierTerminal:
		return k.a.AID, true
	case tlv.Tag91IssuerAuthenticationData, tlv.Tag71IssuerScriptTemplate1, tlv.Tag72IssuerScriptTemplate2:
		return k.fromHost(tag), true
	default:
		return nil, false
	}
}

func (k *stubKernel) flags() []byte {
	in, out := k.a.Indicators, make([]byte, 2)
	for _, f := range []struct {
		set  bool
		at   int
		flag byte
	}{
		{in.FloorLimitExceeded, 0, 0x80}, {in.NotAllowed, 0, 0x40}, {in.CVMRequired, 0, 0x20},
		{in.StatusCheckRequested, 0, 0x10}, {in.ZeroAmount, 0, 0x08}, {k.a.Restart, 1, 0x80},
	} {
		if f.set {
			out[f.at] |= f.flag
		}
	}
	return out
}

func (k *stubKernel) fromHost(tag tlv.Tag) []byte {
	value, _ := topOf(k.online(), tag)
	return value
}

// topOf reads elements whose contents need not be TLV: the scripts of these
// cases hold counting bytes.
func topOf(b []byte, tag tlv.Tag) (value []byte, ok bool) {
	for len(b) > 1 && len(b) >= 2+int(b[1]) {
		if tlv.Tag(b[0]) == tag {
			return b[2 : 2+int(b[1])], true
		}
		b = b[2+int(b[1]):]
	}
	return nil, false
}

// online is the host's answer as the cases print it.
func (k *stubKernel) online() []byte {
	if k.a.Host == nil {
		return nil
	}
	var out []byte
	if v := k.a.Host.IssuerAuthentication; len(v) > 0 {
		out = tlv.Append(out, tlv.Tag91IssuerAuthenticationData, v)
	}
	return append(out, k.a.Host.Scripts...)
}

// outcome reads D4 (outcome, start, online response, CVM, interface, receipt,
// field off, removal timeout) and D5 and D6 (messages).
func (k *stubKernel) outcome(data []byte) *contactless.Outcome {
	body, _ := objects.Envelope(data, tlv.Tag77ResponseTemplate2)
	o := new(contactless.Outcome)
	if d, ok := topOf(body, 0xD4); ok {
		*o = contactless.Outcome{
			Result: contactless.Result(d[0]), Start: startPoint(d[1]), Online: online(d[2]),
			FieldOff: !bytes.Equal(d[6:8], []byte{0xFF, 0xFF}), FieldHold: uint16(d[6])<<8 | uint16(d[7]),
			RemovalDue: uint16(d[8])<<8 | uint16(d[9]),
		}
	}
	if d, ok := topOf(body, 0xD5); ok {
		o.OnOutcome = message(d)
	}
	if d, ok := topOf(body, 0xD6); ok {
		o.OnRestart = message(d)
	}
	k.auth, _ = topOf(body, tlv.Tag91IssuerAuthenticationData)
	k.auth = bytes.Clone(k.auth)
	for _, tag := range []tlv.Tag{tlv.Tag71IssuerScriptTemplate1, tlv.Tag72IssuerScriptTemplate2} {
		if v, ok := topOf(body, tag); ok {
			k.scripts = tlv.Append(k.scripts, tag, v)
		}
	}
	return o
}

func startPoint(b byte) contactless.StartPoint {
	if b == 0 {
		return contactless.StartNone
	}
	return contactless.StartPoint(b - 0x0A + 'A')
}

func online(b byte) contactless.Online {
	return []contactless.Online{contactless.OnlineNotNeeded, contactless.OnlineEMVData, contactless.OnlineRestartB}[b]
}

func message(d []byte) *contactless.UI {
	ui := &contactless.UI{
		Message: contactless.Message(d[0]), Status: contactless.UIStatus(d[1] - 1),
		HoldTenths: uint16(d[2])<<8 | uint16(d[3]), Qualifier: d[6],
		Currency: uint16(d[13]>>4)*1000 + uint16(d[13]&0x0F)*100 + uint16(d[14]>>4)*10 + uint16(d[14]&0x0F),
	}
	if d[4] != 0 {
		ui.Language = string(d[4:6])
	}
	copy(ui.Value[:], d[7:13])
	return ui
}

// hostAnswer is what the host sends after the kernel's outcome: nil if nothing.
func (k *stubKernel) hostAnswer() *emv.HostAnswer {
	if len(k.auth)+len(k.scripts) == 0 {
		return nil
	}
	return &emv.HostAnswer{Result: emv.HostApproved, IssuerAuthentication: k.auth, Scripts: k.scripts}
}
