package emv

import (
	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// An issuerScript is one template 71 or 72. Commands are parts of the host's answer.
type issuerScript struct {
	template tlv.Tag
	id       [4]byte // 9F18, zeros where there is none
	commands [][]byte
	runnable bool
}

// A scriptList is what the host sent.
type scriptList struct {
	list      []issuerScript
	ignored   int  // other templates
	malformed bool // something that could not be read, or more than maxScripts
}

// parseScripts reads templates one after the other. One that is malformed inside
// stays in the list and is not run; what cannot be told apart any more is
// dropped.
func parseScripts(b []byte) (s scriptList) {
	for len(b) > 0 {
		tag, size, ok := objects.Measure(b)
		if !ok {
			s.malformed = true
			return s
		}
		s.add(tag, b[:size])
		b = b[size:]
	}
	return s
}

func (s *scriptList) add(tag tlv.Tag, whole []byte) {
	switch {
	case tag != tlv.Tag71IssuerScriptTemplate1 && tag != tlv.Tag72IssuerScriptTemplate2:
		s.ignored++
	case len(s.list) == maxScripts:
		s.malformed = true
	default:
		s.list = append(s.list, parseScript(tag, whole))
	}
}

// parseScript reads the identifier and the commands; elements that EMV does not
// know there are passed over. A script without a command or with one that is no
// command is not run at all.
func parseScript(tag tlv.Tag, whole []byte) issuerScript {
	c := issuerScript{template: tag}
	l, ok := objects.Template(whole, tag)
	for _, e := range l {
		switch e.Tag {
		case tlv.Tag9F18IssuerScriptIdentifier:
			ok = ok && exactly(c.id[:], e.Value)
		case tlv.Tag86IssuerScriptCommand:
			ok = ok && validScriptCommand(e.Value)
			c.commands = append(c.commands, e.Value)
		}
	}
	c.runnable = ok && len(c.commands) > 0
	return c
}

// validScriptCommand: a short command. GENERATE AC is not for the issuer to
// send: it would take the kernel's own.
func validScriptCommand(b []byte) bool {
	if len(b) < 4 || len(b) > maxScriptCommand || b[1] == 0xAE {
		return false
	}
	if len(b) <= 5 {
		return true
	}
	n := int(b[4])
	return n > 0 && (len(b) == 5+n || len(b) == 6+n)
}

// refuse runs none.
func (s *scriptList) refuse() {
	for i := range s.list {
		s.list[i].runnable = false
	}
}
