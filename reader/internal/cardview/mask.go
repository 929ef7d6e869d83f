package cardview

import "github.com/strongroom-pos/strongroom/secureworld/tlv"

// lists are the data object lists that say what is in a command's data.
type lists struct{ pdol, cdol1, cdol2, ddol tlv.DOL }

// Instructions whose data or answers have no tags of their own.
const (
	insSelect               = 0xA4
	insReadRecord           = 0xB2
	insGetData              = 0xCA
	insProcessingOptions    = 0xA8
	insGenerateAC           = 0xAE
	insInternalAuthenticate = 0x88
	insComputeChecksum      = 0x2A
)

// newView learns from all exchanges what must not be shown.
func newView(exchanges []exchange, outcome string) *View {
	v := &View{exchanges: exchanges, outcome: outcome, tags: map[uint32]entry{}}
	for tag, e := range entries() {
		v.tags[uint32(tag)] = e
	}
	for _, e := range exchanges {
		body, _ := splitAnswer(e.answer)
		l, _ := tlv.ParseCard(body)
		l.Primitives(func(e tlv.Element) bool {
			v.guard.learn(e.Tag, e.Value)
			return true
		})
	}
	return v
}

func (v *View) entry(tag tlv.Tag) entry { return v.tags[uint32(tag)] }

// open reports whether a value may be shown. Text with a long run of digits may
// be part of a number.
func (v *View) open(tag tlv.Tag, value []byte) bool {
	return v.entry(tag).class == shown && !v.guard.finds(value) && !(isText(tag) && longRun(value))
}

func longRun(text []byte) bool {
	run := 0
	for _, d := range textDigits(text) {
		if run++; d == noDigit {
			run = 0
		}
		if run >= minNumber {
			return true
		}
	}
	return false
}

// follow remembers the lists that the next commands go by. A list that cannot
// be read hides what goes by it.
func (v *View) follow(l tlv.List) {
	for tag, to := range map[tlv.Tag]*tlv.DOL{
		0x9F38: &v.lists.pdol, 0x8C: &v.lists.cdol1, 0x8D: &v.lists.cdol2, 0x9F49: &v.lists.ddol,
	} {
		if raw, ok := l.Find(tag); ok {
			*to, _ = tlv.ParseDOL(raw)
		}
	}
}

// parts takes the body of an answer apart: by its tags, or by its command where
// format 1 has none. False: there is no telling what is in it.
func parts(command, body []byte) (tlv.List, bool) {
	if len(body) > 1 && body[0] == 0x80 {
		return formatOne(command, body)
	}
	l, err := tlv.ParseCard(body)
	return l, err == nil && len(l) > 0
}

// formatOne is template 80, whose values stand one behind the other.
func formatOne(command, body []byte) (tlv.List, bool) {
	l, err := tlv.ParseCard(body)
	if err != nil || len(l) != 1 {
		return nil, false
	}
	b := l[0].Value
	switch ins := command[1]; {
	case ins == insProcessingOptions && len(b) >= 2:
		return tlv.List{{Tag: 0x82, Value: b[:2]}, {Tag: 0x94, Value: b[2:]}}, true
	case ins == insGenerateAC && len(b) >= 11:
		return tlv.List{
			{Tag: 0x9F27, Value: b[:1]}, {Tag: 0x9F36, Value: b[1:3]}, {Tag: 0x9F26, Value: b[3:11]}, {Tag: 0x9F10, Value: b[11:]},
		}, true
	case ins == insInternalAuthenticate:
		return tlv.List{{Tag: 0x9F4B, Value: b}}, true
	default:
		return nil, false
	}
}

// maskAnswer clears in a copy what may not be shown. Lengths and tags stay.
func (v *View) maskAnswer(e exchange) []byte {
	out := append([]byte(nil), e.answer...)
	body, _ := splitAnswer(out)
	l, ok := parts(e.command, body)
	if !ok {
		clear(body)
		return out
	}
	l.Primitives(func(e tlv.Element) bool {
		if !v.open(e.Tag, e.Value) {
			clear(e.Value)
		}
		return true
	})
	if v.guard.finds(body) { // across objects, or in a tag
		clear(body)
	}
	return out
}

// maskCommand does so with a command. Names of files and numbers of records and
// data objects stay; data that go by a list are judged by it.
func (v *View) maskCommand(command []byte, first bool) []byte {
	out := append([]byte(nil), command...)
	data := commandData(out)
	switch out[1] {
	case insSelect, insReadRecord, insGetData:
	case insProcessingOptions:
		if len(data) < 2 || data[0] != 0x83 || !v.maskByList(v.lists.pdol, templateData(data)) {
			clear(data)
		}
	case insGenerateAC:
		list := v.lists.cdol2
		if first {
			list = v.lists.cdol1
		}
		if !v.maskByList(list, data) {
			clear(data)
		}
	case insInternalAuthenticate:
		if !v.maskByList(v.lists.ddol, data) {
			clear(data)
		}
	default:
		clear(data)
	}
	if v.guard.finds(data) {
		clear(data)
	}
	return out
}

// commandData is the data field of a short command.
func commandData(c []byte) []byte {
	if len(c) <= 5 || len(c) < 5+int(c[4]) {
		return nil
	}
	return c[5 : 5+int(c[4])]
}

// templateData is what stands in template 83.
func templateData(data []byte) []byte {
	l, err := tlv.ParseCard(data)
	if err != nil || len(l) != 1 {
		return nil
	}
	return l[0].Value
}

// maskByList clears the hidden parts. False: data and list do not agree.
func (v *View) maskByList(list tlv.DOL, data []byte) bool {
	if list.DataLength() != len(data) {
		return false
	}
	for _, e := range list {
		if part := data[:e.Length]; !v.open(e.Tag, part) {
			clear(part)
		}
		data = data[e.Length:]
	}
	return true
}
