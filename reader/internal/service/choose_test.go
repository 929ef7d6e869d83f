package service

import (
	"testing"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

// twoApplications is a card whose holder must choose.
func twoApplications(p *virtualcard.Profile) {
	p.Label, p.Confirm = "VISA CREDIT", true
	p.Others = []virtualcard.Profile{{Label: "VISA DEBIT", AID: virtualcard.Hex{0xA0, 0, 0, 0, 3, 0x20, 0x10}, Confirm: true}}
}

func TestAChoiceIsTakenAmongWhatWasAskedAlone(t *testing.T) {
	for choice, taken := range map[uint8]bool{1: true, 2: true, 3: false, sred.Choices: false, sred.Choices + 1: false} {
		l := newLane(t)
		take := takeOrder(1)
		l.peer.Order(sred.KindTake, take)
		go l.insertWhenAsked(twoApplications)
		var c sred.Choose
		if l.next(sred.KindChoose, &c); c.Count != 2 || c.Confirm {
			t.Fatalf("%d, confirm %v", c.Count, c.Confirm)
		}
		l.peer.Order(sred.KindChosen, sred.Chosen{Order: take.Order, Choice: choice})
		if !taken {
			l.ended()
			continue
		}
		l.next(sred.KindVerify, &sred.Verify{})
	}
}
