package service

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/reader/internal/magstripe"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// stripeOnly is a card whose service code names no chip.
const stripeOnly = ";4761739001010010=31121011234567?"

// chipCard is a card whose service code names one.
const chipCard = ";4761739001010010=31122011234567?"

func (l *lane) swipe(text string) {
	l.t.Helper()
	s, err := magstripe.Parse([]byte(text), false)
	if err != nil {
		l.t.Fatal(err)
	}
	l.stripes <- magstripe.Swipe{Stripe: s}
}

func withStripe(n byte) sred.Take {
	t := takeOrder(n)
	t.Interfaces = sred.InterfaceChip | sred.InterfaceStripe
	return t
}

// stripe takes a swiped card to the host, and returns its entry mode.
func (l *lane) stripe(take sred.Take, digest [32]byte, keys *opener) []byte {
	l.t.Helper()
	var online sred.Online
	l.next(sred.KindOnline, &online)
	account, data := keys.open(online.Envelope, digest)
	l.checkTerms(take, data)
	if !bytes.HasPrefix(account, []byte{0x57}) || !bytes.Contains(account, []byte{0x47, 0x61, 0x73, 0x90}) {
		l.t.Fatal("no track 2 in the account data")
	}
	l.peer.Order(sred.KindAnswer, sred.Answer{Order: take.Order, Result: sred.HostApproved, ARC: [2]byte{'0', '0'}})
	var f sred.Finished
	if l.next(sred.KindFinished, &f); f.Result != sred.CardNotAsked {
		l.t.Fatalf("%+v", f)
	}
	list, err := tlv.Parse(data)
	if err != nil {
		l.t.Fatal(err)
	}
	mode, _ := list.Find(tlv.Tag9F39POSEntryMode)
	return mode
}

func TestAStripeWithoutChipGoesOnline(t *testing.T) {
	l := newLane(t)
	take, keys := withStripe(1), l.opener()
	digest := sred.OrderDigest(l.peer.Order(sred.KindTake, take))
	l.waitFor("SWIPE CARD")
	l.swipe(stripeOnly)
	if mode := l.stripe(take, digest, keys); !bytes.Equal(mode, []byte{0x90}) {
		t.Errorf("entry mode %X", mode)
	}
	go l.insertWhenAsked(nil)
	l.sell(takeOrder(2), keys) // the next payment finds the reader idle
}

func TestTheStripeOfAChipCardIsRefusedWhileItsChipMayWork(t *testing.T) {
	l := newLane(t)
	take, keys := withStripe(1), l.opener()
	digest := sred.OrderDigest(l.peer.Order(sred.KindTake, take))
	l.waitFor("SWIPE CARD")
	l.swipe(chipCard)
	l.until(sred.StageUseChip)
	l.insert(func(p *virtualcard.Profile) { p.NoCVM = true })
	var online sred.Online
	l.next(sred.KindOnline, &online)
	_, data := keys.open(online.Envelope, digest)
	l.peer.Order(sred.KindAnswer, approval(t, take.Order, data))
	var f sred.Finished
	if l.next(sred.KindFinished, &f); f.Result != sred.CardApproved {
		t.Errorf("%+v", f)
	}
}

func TestAfterThreeChipFailuresTheStripeIsTakenAsFallback(t *testing.T) {
	l := newLane(t)
	take, keys := withStripe(1), l.opener()
	digest := sred.OrderDigest(l.peer.Order(sred.KindTake, take))
	l.waitFor("INSERT")
	for n := range 3 {
		l.slot.Attach("slot", true, true) // mute
		if n < 2 {
			l.until(sred.StageReadAgain)
			l.slot.Attach("slot", false, false)
		}
	}
	l.until(sred.StageUseStripe)
	l.swipe(chipCard)
	if mode := l.stripe(take, digest, keys); !bytes.Equal(mode, []byte{0x80}) {
		t.Errorf("entry mode %X", mode)
	}
}

func TestABadSwipeIsAskedForAgain(t *testing.T) {
	l := newLane(t)
	take, keys := withStripe(1), l.opener()
	digest := sred.OrderDigest(l.peer.Order(sred.KindTake, take))
	l.waitFor("SWIPE CARD")
	l.stripes <- magstripe.Swipe{Bad: true}
	l.until(sred.StageReadAgain)
	l.swipe(stripeOnly)
	l.stripe(take, digest, keys)
}

func TestASwipeFromBeforeTheOrderIsForgotten(t *testing.T) {
	l := newLane(t)
	l.swipe(stripeOnly)
	take := withStripe(1)
	take.TimeoutSeconds = 1
	l.peer.Order(sred.KindTake, take)
	var f sred.Failed
	if l.next(sred.KindFailed, &f); f.Code != sred.CodeTimeout {
		t.Errorf("%+v", f)
	}
}

func TestAPINIsAskedForWhereTheServiceCodeWantsOne(t *testing.T) {
	l := newLane(t)
	take, keys := withStripe(1), l.opener()
	digest := sred.OrderDigest(l.peer.Order(sred.KindTake, take))
	l.waitFor("SWIPE CARD")
	l.swipe(";4761739001010010=31121201234567?")
	var verify sred.Verify
	l.next(sred.KindVerify, &verify)
	keys.open(verify.Envelope, digest)
	l.peer.Order(sred.KindPINDone, sred.PINDone{Order: take.Order, Result: sred.PINEntered})
	l.stripe(take, digest, keys)
}

func TestWithoutParametersNothingIsTaken(t *testing.T) {
	l := newLane(t)
	l.stop()
	l.bare = true
	l.start()
	l.peer.Order(sred.KindTake, takeOrder(1))
	var f sred.Failed
	if l.next(sred.KindFailed, &f); f.Code != sred.CodeNoParameters {
		t.Fatalf("%+v", f)
	}
	var c sred.Configured
	l.peer.Order(sred.KindConfigure, sred.Configure{Version: 7, Document: []byte("good")})
	if l.next(sred.KindConfigured, &c); c.Refused || c.Version != 7 {
		t.Fatalf("%+v", c)
	}
	l.peer.Order(sred.KindConfigure, sred.Configure{Version: 8, Document: []byte("bad")})
	if l.next(sred.KindConfigured, &c); !c.Refused {
		t.Fatalf("%+v", c)
	}
	go l.insertWhenAsked(nil)
	l.sell(takeOrder(2), l.opener())
}

// configure is the hook of the main program.
func (l *lane) configure(v *Service) func([]byte) error {
	return func(document []byte) error {
		if !bytes.Equal(document, []byte("good")) {
			return context.Canceled
		}
		v.Reader.Obey(l.rules())
		return nil
	}
}

// waitFor waits until the display's last line holds this.
func (l *lane) waitFor(text string) {
	l.t.Helper()
	for range 500 {
		shown := strings.TrimSpace(l.shown.String())
		if strings.Contains(shown[strings.LastIndexByte(shown, '\n')+1:], text) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	l.t.Fatalf("the display never shows %q", text)
}
