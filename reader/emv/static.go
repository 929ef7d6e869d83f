package emv

import (
	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// staticData are the static data to be authenticated, as the card sent them
// (EMV 4.4 Book 3, clause 10.3). There are account data among them.
type staticData struct {
	buf [maxStatic]byte
	n   int
}

func (s *staticData) bytes() []byte { return s.buf[:s.n:s.n] }

// add appends to the data. False means that there is no room.
func (s *staticData) add(b []byte) bool {
	if len(b) > len(s.buf)-s.n {
		return false
	}
	s.n += copy(s.buf[s.n:], b)
	return true
}

// listData is what was built for a data object list: the command's data, and
// later part of what a card has signed.
type listData struct {
	buf [maxDOLData]byte
	n   int
}

func (l *listData) bytes() []byte { return l.buf[:l.n:l.n] }

// build fills a list into its own room. False means that it asks for what
// cannot be given.
func (t *Transaction) build(to *listData, d tlv.DOL) bool {
	if !t.buildable(d) {
		return false
	}
	to.n = len(must(d.Build(to.buf[:0], t.lookup)))
	return true
}

// must: buildable has checked the only thing that Build refuses.
func must(b []byte, err error) []byte {
	if err != nil {
		panic("emv: internal error: data object list over its limit")
	}
	return b
}

// collect keeps a record for offline data authentication if its entry in the
// AFL says that it takes part: of EMV's own files what the template holds, of
// the issuer's all of it. A record without template makes the authentication
// fail, and does not stop the transaction.
func (t *Transaction) collect(data []byte) {
	c := &t.records
	if int(c.record)-int(c.afl[c.at+1]) >= int(c.afl[c.at+3]) {
		return
	}
	body, ok := objects.Envelope(data, tlv.Tag70RecordTemplate)
	if c.sfi() > lastEMVFile {
		body = data
	}
	if !ok || !t.auth.static.add(body) {
		t.auth.broken = true
	}
}

// completeStatic adds the AIP where the tag list names it. The list may name
// nothing else (Book 3, clause 10.3).
func (t *Transaction) completeStatic() bool {
	list, ok := t.card.Get(tlv.Tag9F4ASDATagList)
	switch {
	case t.auth.broken:
		return false
	case !ok:
		return true
	case len(list) != 1 || list[0] != byte(tlv.Tag82ApplicationInterchangeProfile):
		return false
	}
	return t.auth.static.add(t.card.Value(tlv.Tag82ApplicationInterchangeProfile))
}
