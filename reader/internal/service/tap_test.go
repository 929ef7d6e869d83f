package service

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless/kernel2"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// masterPAN is a published test BIN's number.
const masterPAN = "5413330000000019"

// visaTap and masterTap are cards with an antenna, without data authentication.
func visaTap() virtualcard.Profile {
	return virtualcard.Profile{PAN: testPAN, PSN: 1, Expiry: "3112", IssuerMasterKey: issuerKey, NoCVM: true,
		Tap: &virtualcard.Tap{OnlinePIN: true}}
}

func masterTap() virtualcard.Profile {
	p := visaTap()
	p.PAN, p.CVN = masterPAN, "mchip14"
	return p
}

// tap holds a card into the field. It keeps its memory from tap to tap.
func (l *lane) tap(p virtualcard.Profile, memory *virtualcard.Memory) {
	l.t.Helper()
	p, err := complete(p)
	if err != nil {
		l.t.Fatal(err)
	}
	card, err := virtualcard.NewContactless(p, memory)
	if err != nil {
		l.t.Fatal(err)
	}
	l.mu.Lock()
	l.card, l.cut = card, make(chan struct{})
	l.mu.Unlock()
	l.field.Attach("field", true, false)
}

// leave takes it away.
func (l *lane) leave() { l.field.Attach("field", false, false) }

// everyInterface is an order that opens all that there is.
func everyInterface(n byte) sred.Take {
	t := takeOrder(n)
	t.Interfaces = sred.InterfaceChip | sred.InterfaceContactless | sred.InterfaceStripe
	return t
}

// online takes what was tapped to the host, and returns the data for it.
func (l *lane) online(take sred.Take, digest [32]byte, keys *opener) tlv.List {
	l.t.Helper()
	var online sred.Online
	l.next(sred.KindOnline, &online)
	account, data := keys.open(online.Envelope, digest)
	if len(account) == 0 {
		l.t.Fatal("no account data")
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
	return list
}

func (l *lane) wants(list tlv.List, tag tlv.Tag, want ...byte) {
	l.t.Helper()
	if got, _ := list.Find(tag); !bytes.Equal(got, want) {
		l.t.Errorf("%X is %X instead of %X", uint32(tag), got, want)
	}
}

func TestATapGoesOnlineAndIsCompleteWithTheHostsWord(t *testing.T) {
	for name, profile := range map[string]virtualcard.Profile{"kernel 3": visaTap(), "kernel 2": masterTap()} {
		t.Run(name, func(t *testing.T) {
			l := newLane(t)
			take, keys := everyInterface(1), l.opener()
			digest := sred.OrderDigest(l.peer.Order(sred.KindTake, take))
			l.waitFor("TAP, INSERT OR SWIPE")
			l.tap(profile, nil)
			list := l.online(take, digest, keys)
			l.wants(list, tlv.Tag9F39POSEntryMode, 0x07)
			l.wants(list, tlv.Tag9F37UnpredictableNumber, take.Unpredictable[:]...)
			l.wants(list, tlv.Tag9F02AmountAuthorised, 0, 0, 0, 0, 0x12, 0x34)
			l.leave()
			go l.insertWhenAsked(nil)
			l.sell(takeOrder(2), keys) // the next payment finds the reader idle
		})
	}
}

// Entry Point waits for such a card without a word of its own.
func TestACardThatLeavesDuringSelectionIsAskedForAgain(t *testing.T) {
	for command, name := range map[int]string{1: "the directory", 2: "the application"} {
		t.Run(name, func(t *testing.T) {
			l := newLane(t)
			take, keys := everyInterface(1), l.opener()
			digest := sred.OrderDigest(l.peer.Order(sred.KindTake, take))
			l.waitFor("TAP, INSERT OR SWIPE")
			early := visaTap()
			early.TearAt = command
			l.tap(early, nil)
			l.until(sred.StageTapAgain)
			l.leave()
			l.tap(visaTap(), nil)
			l.online(take, digest, keys)
		})
	}
}

// The outcome holds its message, and the field, for 1.3 s.
func TestSeePhoneIsShownUntilTheCardMayComeAgain(t *testing.T) {
	l := newLane(t)
	take, keys := everyInterface(1), l.opener()
	digest := sred.OrderDigest(l.peer.Order(sred.KindTake, take))
	l.waitFor("TAP, INSERT OR SWIPE")
	asks := visaTap()
	asks.Tap = &virtualcard.Tap{CDCVM: true, Refuses: virtualcard.Hex{0x69, 0x86}}
	l.tap(asks, nil)
	l.until(sred.StageSeePhone)
	began := time.Now()
	l.until(sred.StageTapAgain)
	if held := time.Since(began); held < 200*time.Millisecond { // a busy test sees the first word late
		t.Errorf("it stays for %s", held)
	}
	l.leave()
	l.tap(visaTap(), nil)
	l.online(take, digest, keys)
}

func TestATapAboveTheLimitHasItsPINAskedForWhenTheCardHasLeft(t *testing.T) {
	l := newLane(t)
	take, keys := everyInterface(1), l.opener()
	take.Amount = 6000
	digest := sred.OrderDigest(l.peer.Order(sred.KindTake, take))
	l.waitFor("TAP, INSERT OR SWIPE")
	l.tap(visaTap(), nil)
	var verify sred.Verify
	l.next(sred.KindVerify, &verify)
	keys.open(verify.Envelope, digest)
	l.leave()
	l.peer.Order(sred.KindPINDone, sred.PINDone{Order: take.Order, Result: sred.PINEntered})
	l.wants(l.online(take, digest, keys), tlv.Tag9F02AmountAuthorised, 0, 0, 0, 0, 0x60, 0)
}

func TestAnAmountAboveTheContactlessLimitIsNotTapped(t *testing.T) {
	l := newLane(t)
	take, keys := everyInterface(1), l.opener()
	take.Amount = 20_001
	digest := sred.OrderDigest(l.peer.Order(sred.KindTake, take))
	l.waitFor("TAP, INSERT OR SWIPE") // the limit is of this card's scheme
	l.tap(visaTap(), nil)
	l.until(sred.StageInsertOrSwipe)
	l.waitFor("INSERT OR SWIPE")
	l.swipe(stripeOnly)
	var online sred.Online
	l.next(sred.KindOnline, &online)
	keys.open(online.Envelope, digest)
	if n := l.commands(0x80, 0xA8); n != 0 {
		t.Error("the card was asked to pay")
	}
}

func TestACardThatWillNotBeTappedIsInserted(t *testing.T) {
	l := newLane(t)
	take, keys := everyInterface(1), l.opener()
	digest := sred.OrderDigest(l.peer.Order(sred.KindTake, take))
	l.waitFor("TAP, INSERT OR SWIPE")
	refuses := visaTap()
	refuses.Tap.Refuses = virtualcard.Hex{0x69, 0x85}
	l.tap(refuses, nil)
	l.until(sred.StageInsertOrSwipe)
	l.leave()
	l.insert(func(p *virtualcard.Profile) { p.NoCVM = true })
	var online sred.Online
	l.next(sred.KindOnline, &online)
	_, data := keys.open(online.Envelope, digest)
	l.checkTerms(take, data)
	l.peer.Order(sred.KindAnswer, approval(t, take.Order, data))
	var f sred.Finished
	if l.next(sred.KindFinished, &f); f.Result != sred.CardApproved {
		t.Errorf("%+v", f)
	}
}

func TestAStripeIsSwipedWhereATapWasInvited(t *testing.T) {
	l := newLane(t)
	take, keys := everyInterface(1), l.opener()
	digest := sred.OrderDigest(l.peer.Order(sred.KindTake, take))
	l.waitFor("TAP, INSERT OR SWIPE")
	l.swipe(stripeOnly)
	if mode := l.stripe(take, digest, keys); !bytes.Equal(mode, []byte{0x90}) {
		t.Errorf("entry mode %X", mode)
	}
}

func TestAnOfflineDeclineOfATapIsFinished(t *testing.T) {
	l := newLane(t)
	take := everyInterface(1)
	l.peer.Order(sred.KindTake, take)
	l.waitFor("TAP")
	declines := visaTap()
	declines.Tap.Declines = true
	l.tap(declines, nil)
	var f sred.Finished
	if l.next(sred.KindFinished, &f); f.Result != sred.CardDeclined || f.Cryptogram == [8]byte{} {
		t.Errorf("%+v", f)
	}
}

func TestNumbersOfRelayResistanceAreTheOrdersAndUsedOnce(t *testing.T) {
	l := newLane(t)
	l.relay = &kernel2.Relay{MaxGrace: 60_000, CommandTime: 1, AnswerTime: 1, Accuracy: 60_000, MismatchRatio: 1}
	l.stop()
	l.start()
	take, near := everyInterface(1), masterTap()
	take.Entropy = [sred.EntropySize]byte{1, 2, 3, 4, 5, 6, 7, 8}
	near.Tap.Relay = &virtualcard.Relay{Max: 500, Transmit: 1}
	leaves := near
	leaves.TearAtCommand = "read"
	l.peer.Order(sred.KindTake, take)
	l.waitFor("TAP")
	for range 2 {
		l.tap(leaves, nil)
		l.until(sred.StageTapAgain)
		l.leave()
	}
	l.tap(near, nil)
	l.next(sred.KindOnline, &sred.Online{})
	if want := [][4]byte{take.Unpredictable, {1, 2, 3, 4}, {5, 6, 7, 8}}; !slices.Equal(l.relayed, want) {
		t.Errorf("%X", l.relayed)
	}
}

// tornTap leaves during GENERATE AC, which it has counted, and answers RECOVER AC.
func tornTap() virtualcard.Profile {
	p := masterTap()
	p.TearAtCommand, p.TearAfter, p.Tap.Recovers = "gac1", true, true
	return p
}

func TestACardThatLeftDuringItsCryptogramGivesItAgain(t *testing.T) {
	l := newLane(t)
	take, keys, memory := everyInterface(1), l.opener(), l.memory(tornTap())
	digest := sred.OrderDigest(l.peer.Order(sred.KindTake, take))
	l.waitFor("TAP")
	l.tap(tornTap(), memory)
	l.until(sred.StageTapAgain)
	l.leave()
	l.tap(tornTap(), memory)
	list := l.online(take, digest, keys)
	l.wants(list, tlv.Tag9F37UnpredictableNumber, take.Unpredictable[:]...)
	l.wants(list, tlv.Tag9F36ApplicationTransactionCounter, 0, 1)
	if g, r := l.commands(0x80, 0xAE), l.commands(0x80, 0xD0); g != 1 || r != 1 {
		t.Errorf("%d GENERATE AC, %d RECOVER AC", g, r)
	}
}

func TestATornTransactionIsRecoveredInItsOwnOrderAndTimeAlone(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*lane)
		wait   func(*lane, sred.Take)
	}{
		"the order was stopped": {func(*lane) {}, func(l *lane, take sred.Take) {
			l.peer.Order(sred.KindStop, sred.Stop{Order: take.Order})
			l.next(sred.KindFailed, &sred.Failed{})
			l.leave()
			l.peer.Order(sred.KindTake, everyInterface(2))
			l.waitFor("TAP")
		}},
		"another card was inserted": {func(*lane) {}, func(l *lane, _ sred.Take) {
			l.leave()
			l.slot.Attach("slot", true, true) // mute
			l.until(sred.StageReadAgain)
			l.slot.Attach("slot", false, false)
		}},
		"its time is over": {func(l *lane) { l.torn.Lifetime = 1 }, func(l *lane, _ sred.Take) {
			l.leave()
			l.idleFor(1500)
		}},
		"nothing is kept": {func(l *lane) { l.torn.Depth = 0 }, func(l *lane, _ sred.Take) { l.leave() }},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLane(t)
			c.change(l)
			l.stop()
			l.start()
			take, memory := everyInterface(1), l.memory(tornTap())
			take.TimeoutSeconds = 30
			l.peer.Order(sred.KindTake, take)
			l.waitFor("TAP")
			l.tap(tornTap(), memory)
			l.until(sred.StageTapAgain)
			c.wait(l, take)
			whole := tornTap()
			whole.TearAtCommand = ""
			l.tap(whole, memory)
			l.next(sred.KindOnline, &sred.Online{})
			if g, r := l.commands(0x80, 0xAE), l.commands(0x80, 0xD0); g != 2 || r != 0 {
				t.Errorf("%d GENERATE AC, %d RECOVER AC", g, r)
			}
		})
	}
}

func (l *lane) memory(p virtualcard.Profile) *virtualcard.Memory {
	l.t.Helper()
	p, err := complete(p)
	if err != nil {
		l.t.Fatal(err)
	}
	return virtualcard.NewMemory(p)
}
