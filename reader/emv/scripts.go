package emv

import (
	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// Results of a script, the high half of the first byte of its entry in 9F5B
// (EMV 4.4 Book 4, Annex A5); the low half counts the command that failed.
const (
	scriptNotPerformed = 0x00
	scriptFailed       = 0x10
	scriptSuccessful   = 0x20
)

const scriptResultSize = 5 // result, identifier

// scriptCursor walks the issuer's scripts (Book 3, clause 10.10).
type scriptCursor struct {
	scriptList
	buf     [maxScriptBytes]byte
	phase   tlv.Tag // 71 before, 72 after the last GENERATE AC
	at      int     // the script
	command int     // of it
	results [maxScripts * scriptResultSize]byte
}

func (s *scriptCursor) wipe() { *s = scriptCursor{} }

// loadScripts copies the scripts in. What is longer than the limit is not run,
// and is reported so.
func (t *Transaction) loadScripts(raw []byte) {
	s := &t.scripts
	limit := t.cfg.ScriptLimit
	if limit == 0 {
		limit = defaultScriptLimit
	}
	if len(raw) == 0 {
		return
	}
	n := copy(s.buf[:], raw)
	s.scriptList = parseScripts(s.buf[:n])
	if len(raw) > limit {
		s.refuse()
	}
	for i, c := range s.list {
		copy(s.results[i*scriptResultSize+1:], c.id[:])
	}
	if s.malformed {
		t.setTVR(tvrScriptBeforeFinalAC)
	}
	t.reportScripts()
}

// reportScripts writes 9F5B: every script in its order, those to come as not
// performed.
func (t *Transaction) reportScripts() {
	if n := len(t.scripts.list); n > 0 {
		t.terminal.Set(tlv.Tag9F5BIssuerScriptResults, t.scripts.results[:n*scriptResultSize])
	}
}

// runScripts runs those of one template, in their order.
func (t *Transaction) runScripts(phase tlv.Tag) Action {
	t.scripts.phase, t.scripts.at = phase, 0
	return t.nextScript()
}

func (t *Transaction) nextScript() Action {
	s := &t.scripts
	for ; s.at < len(s.list); s.at++ {
		c := s.list[s.at]
		if c.template != s.phase {
			continue
		}
		t.setTSI(tsiScriptProcessed)
		if c.runnable {
			s.command = 0
			return t.nextScriptCommand()
		}
		t.scriptEnded(scriptNotPerformed)
	}
	if s.phase == tlv.Tag71IssuerScriptTemplate1 {
		return t.complete(t.host)
	}
	return t.leaveScripts()
}

// nextScriptCommand sends the script's next command, or ends it.
func (t *Transaction) nextScriptCommand() Action {
	s := &t.scripts
	commands := s.list[s.at].commands
	if s.command == len(commands) {
		t.scriptEnded(scriptSuccessful)
		s.at++
		return t.nextScript()
	}
	s.command++
	return t.send(append(t.capdu[:0], commands[s.command-1]...), (*Transaction).scriptAnswered)
}

// scriptAnswered: warnings go on; any error ends this script only.
func (t *Transaction) scriptAnswered(in Input) Action {
	_, sw := objects.Split(in.Response)
	switch sw >> 8 {
	case 0x90, 0x62, 0x63:
		return t.nextScriptCommand()
	}
	t.scriptEnded(scriptFailed | byte(min(t.scripts.command, 0x0F)))
	t.scripts.at++
	return t.nextScript()
}

// scriptEnded notes a result; all but success are in the TVR too.
func (t *Transaction) scriptEnded(result byte) {
	s := &t.scripts
	s.results[s.at*scriptResultSize] = result
	if result != scriptSuccessful {
		t.noteScriptFailure()
	}
	t.reportScripts()
}

func (t *Transaction) noteScriptFailure() {
	if t.scripts.phase == tlv.Tag72IssuerScriptTemplate2 {
		t.setTVR(tvrScriptAfterFinalAC)
		return
	}
	t.setTVR(tvrScriptBeforeFinalAC)
}

// leaveScripts ends the transaction as it was decided before the last scripts. A
// script that was cut off, by a card that left, has failed at its command.
func (t *Transaction) leaveScripts() Action {
	if s := &t.scripts; s.at < len(s.list) {
		t.scriptEnded(scriptFailed | byte(min(s.command, 0x0F)))
	}
	return t.finish(t.decided.Outcome, t.decided.Reason)
}

// IgnoredTemplates counts what the host sent among the scripts and what is no
// script template.
func (t *Transaction) IgnoredTemplates() int { return t.scripts.ignored }
