package service

import (
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

func TestAResultAsksForTheCardOnlyWhileThereIsOne(t *testing.T) {
	l := newLane(t)
	l.slot.Attach("slot", true, false)
	l.until(sred.StageCardPresent)
	l.peer.Order(sred.KindShow, sred.Show{Text: sred.TextDeclined})
	l.waitFor("DECLINED · PLEASE REMOVE CARD")
	l.slot.Attach("slot", false, false)
	l.until(sred.StageCardGone)
	l.waitFor("WELCOME")
	if lines := strings.Split(strings.TrimSpace(l.shown.String()), "\n"); lines[len(lines)-2] != "display: DECLINED" {
		t.Errorf("before the welcome: %q", lines)
	}
}

func TestAResultThatComesAfterTheCardHasGoneIsReadable(t *testing.T) {
	l := newLane(t)
	l.slot.Attach("slot", true, false)
	l.until(sred.StageCardPresent)
	l.slot.Attach("slot", false, false)
	l.until(sred.StageCardGone)
	l.peer.Order(sred.KindShow, sred.Show{Text: sred.TextNotCharged})
	l.waitFor("NOT CHARGED")
	l.waitFor("WELCOME")
	if lines := strings.Split(strings.TrimSpace(l.shown.String()), "\n"); lines[len(lines)-2] != "display: NOT CHARGED" {
		t.Errorf("before the welcome: %q", lines)
	}
}
