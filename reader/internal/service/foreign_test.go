package service

import (
	"testing"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/reader/internal/reading"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

// library is the name of an application that does not pay; libraryStripe is a
// stripe of such a card, which is no bank's.
func library() []byte { return []byte{0xF0, 1, 2, 3, 4} }

const libraryStripe = ";9700120000000018=31121011234567?"

func TestACardOnTheSignedWhitelistIsNamedAndNeverAskedToPay(t *testing.T) {
	whole := reading.Whitelist{AIDs: [][]byte{{0xF0, 9, 9, 9, 9}, library()}, Prefixes: []string{"970099", "970012"}}
	others := reading.Whitelist{AIDs: [][]byte{{0xF0, 9, 9, 9, 9}}, Prefixes: []string{"970099"}}
	inserted := func(l *lane) { l.insert(func(p *virtualcard.Profile) { p.AID = library() }) }
	tapped := func(l *lane) {
		p := masterTap()
		p.AID = library()
		l.tap(p, nil)
	}
	swiped := func(l *lane) { l.swipe(libraryStripe) }
	for name, c := range map[string]struct {
		present func(*lane)
		listed  reading.Whitelist
		named   bool
	}{
		"inserted, listed":        {inserted, whole, true},
		"tapped, listed":          {tapped, whole, true},
		"swiped, listed":          {swiped, whole, true},
		"inserted, another list":  {inserted, others, false},
		"tapped, another list":    {tapped, others, false},
		"swiped, another list":    {swiped, others, false},
		"inserted, an empty list": {inserted, reading.Whitelist{}, false},
		"tapped, an empty list":   {tapped, reading.Whitelist{}, false},
		"swiped, an empty list":   {swiped, reading.Whitelist{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLane(t)
			l.listed = c.listed
			l.stop()
			l.start()
			take := everyInterface(1)
			take.TimeoutSeconds = 1
			l.peer.Order(sred.KindTake, take)
			l.waitFor("TAP, INSERT OR SWIPE")
			c.present(l)
			code := l.endOf(take)
			if (code == sred.CodeNotPayment) != c.named {
				t.Errorf("code %d", code)
			}
			if n := l.commands(0x80, 0xA8); n != 0 {
				t.Error("it was asked to pay")
			}
		})
	}
}

// endOf is how an order ends for a card that does not pay; a stripe that is not
// listed goes to the host like any other.
func (l *lane) endOf(take sred.Take) sred.Code {
	l.t.Helper()
	for {
		switch kind, body := l.peer.Read(); kind {
		case sred.KindOnline:
			l.peer.Order(sred.KindStop, sred.Stop{Order: take.Order})
		case sred.KindFailed:
			var f sred.Failed
			parse(l.t, body, &f)
			return f.Code
		}
	}
}

func TestAPaymentCardIsNoForeignOneWhateverElseIsOnIt(t *testing.T) {
	l := newLane(t)
	l.listed = reading.Whitelist{AIDs: [][]byte{library()}}
	l.stop()
	l.start()
	keys := l.opener()
	go l.insertWhenAsked(func(p *virtualcard.Profile) {
		p.Others = []virtualcard.Profile{{Label: "LIBRARY", AID: library()}}
	})
	if f := l.sell(takeOrder(1), keys); f.Result != sred.CardApproved {
		t.Errorf("%+v", f)
	}
}
