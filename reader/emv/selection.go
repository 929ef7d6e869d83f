package emv

import (
	"bytes"
	"slices"

	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// selection is the state of application selection, EMV 4.4 Book 1, clause 12.
type selection struct {
	candidates []Candidate
	chosen     Candidate
	sfi        byte // of the directory
	record     byte
	aid        int    // index into the configured applications
	occurrence int    // of one AID, by SELECT next
	last       []byte // the name that the last occurrence gave

	language  [8]byte // the directory's preference (5F2D)
	languages int     // its length
}

func pseName() []byte { return []byte("1PAY.SYS.DDF01") }

// selectPSE begins with the payment system environment (12.3.2).
func (t *Transaction) selectPSE() Action {
	return t.transmit(selectFile(pseName(), 0), (*Transaction).pseSelected)
}

func (t *Transaction) pseSelected(in Input) Action {
	data, sw := objects.Split(in.Response)
	if sw == swBlocked {
		return t.finish(OutcomeCardBlocked, ReasonStatus)
	}
	sfi, ok := directory(data)
	if sw != swOK || !ok {
		return t.listAIDs()
	}
	t.selection.sfi, t.selection.record = sfi, 1
	t.keepLanguage(data)
	return t.transmit(readRecord(sfi, 1), (*Transaction).directoryRead)
}

// directory takes the SFI of the directory from the FCI of the PSE.
func directory(data []byte) (byte, bool) {
	l, ok := objects.Template(data, tlv.Tag6FFCITemplate)
	if !ok {
		return 0, false
	}
	name, ok := l.Top(tlv.Tag84DedicatedFileName)
	sfi, found := l.Find(tlv.Tag88ShortFileIdentifier)
	if !ok || !bytes.Equal(name.Value, pseName()) || !found || len(sfi) != 1 || sfi[0] < 1 || sfi[0] > 10 {
		return 0, false
	}
	return sfi[0], true
}

// keepLanguage takes the language preference from the FCI of the PSE.
func (t *Transaction) keepLanguage(data []byte) {
	if l, ok := objects.Template(data, tlv.Tag6FFCITemplate); ok {
		v, _ := l.Find(tlv.Tag5F2DLanguagePreference)
		t.selection.languages = copy(t.selection.language[:], v)
	}
}

// directoryRead takes one record of the directory; 6A83 ends it. Any error
// in the directory leads to the list of AIDs.
func (t *Transaction) directoryRead(in Input) Action {
	data, sw := objects.Split(in.Response)
	s := &t.selection
	if sw == swNoRecord && len(s.candidates) > 0 {
		return t.choose()
	}
	if sw != swOK || s.record == maxPSERecords || !t.addEntries(data) {
		return t.listAIDs()
	}
	s.record++
	return t.transmit(readRecord(s.sfi, s.record), (*Transaction).directoryRead)
}

// addEntries takes the entries 61 of a directory record that the terminal
// supports.
func (t *Transaction) addEntries(data []byte) bool {
	l, ok := objects.Template(data, tlv.Tag70RecordTemplate)
	if !ok {
		return false
	}
	for _, e := range l {
		if e.Tag != tlv.Tag61ApplicationTemplate {
			continue
		}
		if name, ok := e.Children.Top(tlv.Tag4FApplicationIdentifier); ok { // older cards name directories too, by 9D
			t.addCandidate(name.Value, e.Children)
		}
	}
	return true
}

// addCandidate adds an application that both sides support, once.
func (t *Transaction) addCandidate(name []byte, about tlv.List) {
	s := &t.selection
	_, ok := t.cfg.match(name)
	if !ok || len(name) < 5 || len(name) > 16 || len(s.candidates) == maxCandidates || s.names(name) {
		return
	}
	c := Candidate{AID: bytes.Clone(name)}
	if label, ok := about.Find(tlv.Tag50ApplicationLabel); ok && objects.Printable(label) {
		c.Label = string(label)
	}
	if p, ok := about.Find(tlv.Tag87ApplicationPriorityIndicator); ok && len(p) == 1 {
		c.Priority, c.Confirm = p[0]&0x0F, p[0]&0x80 != 0
	}
	s.candidates = append(s.candidates, c)
}

// again reports whether this AID has just given the same name: a card that knows
// no next occurrence would go on for ever. A name that another AID of the terminal
// gave is no reason to stop, since others may follow it.
func (s *selection) again(name []byte) bool {
	same := s.occurrence > 0 && bytes.Equal(s.last, name)
	s.last = bytes.Clone(name)
	return same
}

func (s *selection) names(name []byte) bool {
	return slices.ContainsFunc(s.candidates, func(c Candidate) bool { return bytes.Equal(c.AID, name) })
}

// listAIDs selects each AID of the terminal in turn (12.3.3). What a faulty
// directory offered is forgotten.
func (t *Transaction) listAIDs() Action {
	t.selection.candidates, t.selection.aid = nil, 0
	return t.trySelect(0)
}

// trySelect tries the present AID: its first (P2 = 00) or next occurrence.
func (t *Transaction) trySelect(occurrence byte) Action {
	s := &t.selection
	if s.aid == len(t.cfg.Applications) {
		return t.choose()
	}
	if occurrence == 0 {
		s.occurrence = 0
	}
	return t.transmit(selectFile(t.cfg.Applications[s.aid].AID, occurrence), (*Transaction).aidSelected)
}

func (t *Transaction) aidSelected(in Input) Action {
	data, sw := objects.Split(in.Response)
	s := &t.selection
	if sw == swBlocked && s.occurrence == 0 {
		return t.finish(OutcomeCardBlocked, ReasonStatus)
	}
	more := (sw == swOK || sw == swFileInvalid) && t.considerFCI(data, sw == swOK)
	if s.occurrence++; more && s.occurrence < maxNextOccurrences {
		return t.trySelect(nextOccurrence)
	}
	s.aid++
	return t.trySelect(0)
}

const nextOccurrence = 0x02 // P2 of SELECT

// considerFCI adds the application to the candidates unless it is blocked,
// and reports whether the card may have another one under the same partial
// name.
func (t *Transaction) considerFCI(data []byte, usable bool) bool {
	a := t.cfg.Applications[t.selection.aid]
	l, ok := objects.Template(data, tlv.Tag6FFCITemplate)
	if !ok {
		return false
	}
	name, _ := l.Top(tlv.Tag84DedicatedFileName)
	exact := bytes.Equal(name.Value, a.AID)
	longer := a.Partial && bytes.HasPrefix(name.Value, a.AID)
	if !exact && !longer || t.selection.again(name.Value) {
		return false
	}
	if usable {
		t.addCandidate(name.Value, l)
	}
	return !exact
}

// choose puts the candidates in order (12.4) and takes one, by itself or by
// the cardholder.
func (t *Transaction) choose() Action {
	s := &t.selection
	slices.SortStableFunc(s.candidates, func(a, b Candidate) int { return rank(a) - rank(b) })
	if len(s.candidates) == 0 {
		return t.finish(OutcomeNotAccepted, ReasonNoApplication)
	}
	if t.cfg.CardholderSelection {
		if len(s.candidates) == 1 && !s.candidates[0].Confirm {
			return t.selectFinal(0)
		}
		t.awaits, t.state = InputSelected, (*Transaction).selected
		return Action{Kind: ActionChoose, Candidates: slices.Clone(s.candidates)}
	}
	i := slices.IndexFunc(s.candidates, func(c Candidate) bool { return !c.Confirm })
	if i < 0 {
		return t.finish(OutcomeNotAccepted, ReasonNoApplication)
	}
	return t.selectFinal(i)
}

// rank: priority 0 means none and comes last.
func rank(c Candidate) int {
	if c.Priority == 0 {
		return 16
	}
	return int(c.Priority)
}

// selected takes the cardholder's choice; -1 is a refusal, any other index
// that was not offered changes nothing.
func (t *Transaction) selected(in Input) Action {
	switch {
	case in.Index == -1:
		return t.finish(OutcomeAborted, ReasonNone)
	case in.Index < 0 || in.Index >= len(t.selection.candidates):
		return t.last
	default:
		return t.selectFinal(in.Index)
	}
}

// selectFinal selects a candidate and takes it off the list, so that it is
// never tried twice.
func (t *Transaction) selectFinal(i int) Action {
	s := &t.selection
	s.chosen = s.candidates[i]
	s.candidates = slices.Delete(s.candidates, i, i+1)
	return t.transmit(selectFile(s.chosen.AID, 0), (*Transaction).finallySelected)
}

// finallySelected holds the card to the name that was asked (12.4). Without
// it, or with any error, the next candidate is tried.
func (t *Transaction) finallySelected(in Input) Action {
	data, sw := objects.Split(in.Response)
	if sw == swBlocked {
		return t.finish(OutcomeCardBlocked, ReasonStatus)
	}
	if sw != swOK || !t.acceptFCI(data) {
		return t.choose()
	}
	return t.initiate()
}

// acceptFCI starts an application with the data of its FCI.
func (t *Transaction) acceptFCI(data []byte) bool {
	l, ok := objects.Template(data, tlv.Tag6FFCITemplate)
	if !ok {
		return false
	}
	name, ok := l.Top(tlv.Tag84DedicatedFileName)
	if !ok || !bytes.Equal(name.Value, t.selection.chosen.AID) {
		return false
	}
	if t.app, ok = t.cfg.match(name.Value); !ok {
		return false
	}
	t.reset()
	return l.Primitives(func(e tlv.Element) bool { return t.keepFCI(e) })
}

// keepFCI stores one element of the FCI that the kernel knows there; anything
// else, account data above all, has no business in it. The first of two wins.
func (t *Transaction) keepFCI(e tlv.Element) bool {
	if !isFCI(e.Tag) || len(e.Value) == 0 || t.card.Has(e.Tag) || objects.IsText(e.Tag) && !objects.Printable(e.Value) {
		return true
	}
	return t.card.Add(e.Tag, e.Value)
}

func isFCI(tag tlv.Tag) bool {
	switch tag {
	case tlv.Tag84DedicatedFileName, tlv.Tag50ApplicationLabel, tlv.Tag87ApplicationPriorityIndicator,
		tlv.Tag9F38PDOL, tlv.Tag5F2DLanguagePreference, tlv.Tag9F11IssuerCodeTableIndex,
		tlv.Tag9F12ApplicationPreferredName:
		return true
	default:
		return false
	}
}
