package service

import (
	"bytes"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// script is one of template 71 or 72, with a command that a card without a key for
// scripts refuses.
func script(template tlv.Tag, id byte) []byte {
	body := tlv.Append(nil, tlv.Tag9F18IssuerScriptIdentifier, []byte{id, 2, 3, 4})
	body = tlv.Append(body, tlv.Tag86IssuerScriptCommand, []byte{0x84, 0x1E, 0, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8})
	return tlv.Append(nil, template, body)
}

func TestWhatTheCardDidWithItsScriptsIsToldWithItsLastWord(t *testing.T) {
	refused := func(id byte) []byte { return []byte{0x11, id, 2, 3, 4} }
	for name, c := range map[string]struct{ scripts, want []byte }{
		"before the last cryptogram": {script(0x71, 9), refused(9)},
		"behind it":                  {script(0x72, 8), refused(8)},
		"both":                       {append(script(0x71, 9), script(0x72, 8)...), append(refused(9), refused(8)...)},
		"none":                       {nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLane(t)
			take, keys := takeOrder(1), l.opener()
			digest := sred.OrderDigest(l.peer.Order(sred.KindTake, take))
			go l.insertWhenAsked(func(p *virtualcard.Profile) { p.NoCVM = true })
			var online sred.Online
			l.next(sred.KindOnline, &online)
			_, data := keys.open(online.Envelope, digest)
			answer := approval(t, take.Order, data)
			answer.Scripts = c.scripts
			l.peer.Order(sred.KindAnswer, answer)
			var f sred.Finished
			if l.next(sred.KindFinished, &f); f.Result != sred.CardApproved || !bytes.Equal(f.Scripts, c.want) {
				t.Errorf("%+v", f)
			}
		})
	}
}
