package service

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless/kernel2"
	"github.com/strongroom-pos/strongroom/reader/internal/display"
	"github.com/strongroom-pos/strongroom/reader/internal/magstripe"
	"github.com/strongroom-pos/strongroom/reader/internal/reading"
	"github.com/strongroom-pos/strongroom/reader/internal/slot"
	"github.com/strongroom-pos/strongroom/reader/iso7816"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/device"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/device/devicetest"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/sred/contents"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// issuerKey derives the virtual cards' keys.
var issuerKey = bytes.Repeat([]byte{0x3b}, 16)

const testPAN = "4761739001010010" // published test PAN

// lane is a reader with a slot that the test fills, and its secure world.
type lane struct {
	t       *testing.T
	world   *devicetest.World
	slot    *slot.Slot
	field   *slot.Slot
	stripes chan magstripe.Swipe
	shown   *lines

	mu      sync.Mutex
	card    *virtualcard.Card
	cut     chan struct{} // closed when the card is pulled
	opened  int           // card sessions
	inUse   []*tapped
	sent    [][2]byte // CLA and INS of every command
	bare    bool      // begins without parameters
	listed  reading.Whitelist
	torn    reading.TornRules
	relay   *kernel2.Relay
	relayed [][4]byte // the terminal's numbers of relay resistance, as a card saw them
	tears   bool      // a card that fails has left the slot

	stop func()
	peer *devicetest.Peer
}

// lines collects what the display shows.
type lines struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newLane(t *testing.T) *lane {
	t.Helper()
	l := &lane{t: t, world: devicetest.New(t, orderauth.DoorSRED), slot: slot.New(), field: slot.New(), stripes: make(chan magstripe.Swipe, 1), shown: &lines{},
		torn: reading.TornRules{Depth: 2, Lifetime: 300}}
	l.slot.Attach("slot", false, false)
	l.field.Attach("field", false, false)
	l.start()
	return l
}

// start starts the reader and takes its session up to the Welcome.
func (l *lane) start() {
	l.t.Helper()
	d, err := device.Open(l.world.Dir, orderauth.DoorSRED)
	if err != nil {
		l.t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(l.t.Output(), nil))
	v := &Service{
		Reader: &reading.Reader{
			Device: d, Slot: l.slot, Field: l.field, Stripes: l.stripes, Display: &display.Display{Out: l.shown}, Log: log,
			Open: l.open, APDU: 500 * time.Millisecond,
		},
		Health: func(bool, slot.Status) {},
	}
	v.Configure = l.configure(v)
	if !l.bare {
		v.Reader.Obey(l.rules())
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = d.Serve(ctx, v.Door(), log, v.Serve)
	}()
	l.stop = sync.OnceFunc(func() { cancel(); <-done; _ = d.Close() })
	l.t.Cleanup(func() { l.stop() })
	l.peer = l.world.Session()
}

// tapped is a card session that ends when the card is pulled.
type tapped struct {
	iso7816.Conn
	lane   *lane
	cut    chan struct{}
	closed atomic.Bool
}

func (c *tapped) Exchange(ctx context.Context, capdu []byte) ([]byte, error) {
	select {
	case <-c.cut:
		return nil, iso7816.ErrDead
	default:
	}
	c.lane.mu.Lock()
	c.lane.sent = append(c.lane.sent, [2]byte(capdu))
	if capdu[1] == 0xEA {
		c.lane.relayed = append(c.lane.relayed, [4]byte(capdu[5:]))
	}
	c.lane.mu.Unlock()
	b, err := c.Conn.Exchange(ctx, capdu)
	if err != nil && c.lane.tears {
		c.lane.slot.Attach("slot", false, false)
	}
	return b, err
}

// commands counts the commands of this class and instruction.
func (l *lane) commands(class, instruction byte) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.sent {
		if s == [2]byte{class, instruction} {
			n++
		}
	}
	return n
}

func (c *tapped) Close() error {
	c.closed.Store(true)
	return c.Conn.Close()
}

func (l *lane) open(context.Context, string) (iso7816.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.card == nil {
		return nil, iso7816.ErrDead
	}
	l.opened++
	c := &tapped{Conn: virtualcard.NewConn(l.card), lane: l, cut: l.cut}
	l.inUse = append(l.inUse, c)
	return c, nil
}

func (l *lane) insert(change func(*virtualcard.Profile)) {
	l.t.Helper()
	p := virtualcard.Profile{PAN: testPAN, PSN: 1, Expiry: "3112", IssuerMasterKey: issuerKey}
	if change != nil {
		change(&p)
	}
	p, err := complete(p)
	if err != nil {
		l.t.Fatal(err)
	}
	card, err := virtualcard.New(p, nil)
	if err != nil {
		l.t.Fatal(err)
	}
	l.mu.Lock()
	l.card, l.cut = card, make(chan struct{})
	l.mu.Unlock()
	l.slot.Attach("slot", true, false)
}

func (l *lane) pull() {
	l.mu.Lock()
	close(l.cut)
	l.card = nil
	l.mu.Unlock()
	l.slot.Attach("slot", false, false)
}

func takeOrder(n byte) sred.Take {
	return sred.Take{
		Order: sred.OrderID{n, 1}, Attempt: 1, Amount: 1234, Currency: 978, Exponent: 2, Country: 528,
		Date: [3]byte{0x26, 0x05, 0x11}, Time: [3]byte{0x12, 0, 0}, Unpredictable: [4]byte{n, 2, 3, 4}, TimeoutSeconds: 5,
		Interfaces: sred.InterfaceChip,
	}
}

// next waits for the next message that is no Progress.
func (l *lane) next(kind byte, message any) {
	l.t.Helper()
	for {
		got, body := l.peer.Read()
		if got == sred.KindProgress {
			continue
		}
		if got != kind {
			l.t.Fatalf("kind %02x instead of %02x: %x", got, kind, body)
		}
		parse(l.t, body, message)
		return
	}
}

// until waits for a Progress of this stage.
func (l *lane) until(stage sred.Stage) sred.Progress {
	l.t.Helper()
	for {
		var p sred.Progress
		l.peer.Expect(sred.KindProgress, &p)
		if p.Stage == stage {
			return p
		}
	}
}

// opener opens the reader's envelopes as the secure world would: a twin of the
// reader's DUKPT device has the same keys.
type opener struct {
	t   *testing.T
	own *dukpt.Device
	id  orderauth.DeviceID
}

func (l *lane) opener() *opener {
	l.t.Helper()
	own, err := dukpt.Load(make([]byte, dukpt.StateSize), l.world.ID, dukpt.AES256, bytes.Clone(l.world.Initial))
	if err != nil {
		l.t.Fatal(err)
	}
	return &opener{l.t, own, l.world.ID}
}

func (o *opener) open(e sred.Envelope, digest [32]byte) (account, data []byte) {
	o.t.Helper()
	for {
		tx, err := o.own.Next(make([]byte, dukpt.RoomTransaction), func([]byte) error { return nil })
		if err != nil {
			o.t.Fatal(err)
		}
		if tx.KSN() != e.KSN {
			continue // skipped by the reader
		}
		account, data, err = openWith(tx, e, digest, o.id)
		if err != nil {
			o.t.Fatal(err)
		}
		return account, data
	}
}

func openWith(tx *dukpt.Transaction, e sred.Envelope, digest [32]byte, id orderauth.DeviceID) (account, data []byte, err error) {
	var key [32]byte
	if err := tx.DataEncryptionKey(key[:], dukpt.AES256); err != nil {
		return nil, nil, err
	}
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, nil, err
	}
	plain, err := gcm.Open(nil, sred.Nonce(), e.Sealed[:], sred.AAD(digest, id, e.KSN, e.Number))
	if err != nil {
		return nil, nil, err
	}
	return contents.Unpack(plain)
}

// approval is the issuer's answer to an ARQC, after checking it.
func approval(t *testing.T, order sred.OrderID, data []byte) sred.Answer {
	t.Helper()
	l, err := tlv.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	atc, _ := l.Find(0x9F36)
	arqc, _ := l.Find(0x9F26)
	session := virtualcard.SessionKey(virtualcard.CardKey(issuerKey, testPAN, 1), uint16(atc[0])<<8|uint16(atc[1]))
	csu := []byte{0, 0x80, 0, 0}
	return sred.Answer{Order: order, Result: sred.HostApproved, ARC: [2]byte{'0', '0'},
		IssuerAuth: append(virtualcard.ARPC2(session, arqc, csu), csu...)}
}

// sell takes a card through an order that approves, from Take to Finished.
func (l *lane) sell(take sred.Take, keys *opener) sred.Finished {
	l.t.Helper()
	digest := sred.OrderDigest(l.peer.Order(sred.KindTake, take))
	var verify sred.Verify
	l.next(sred.KindVerify, &verify)
	if account, _ := keys.open(verify.Envelope, digest); !bytes.Contains(account, []byte{0x47, 0x61, 0x73, 0x90}) {
		l.t.Fatal("envelope 1 has no account data")
	}
	l.peer.Order(sred.KindPINDone, sred.PINDone{Order: take.Order, Result: sred.PINEntered})
	var online sred.Online
	l.next(sred.KindOnline, &online)
	_, data := keys.open(online.Envelope, digest)
	l.checkTerms(take, data)
	l.peer.Order(sred.KindAnswer, approval(l.t, take.Order, data))
	var f sred.Finished
	l.next(sred.KindFinished, &f)
	return f
}

// checkTerms holds what the cryptogram covers to the order.
func (l *lane) checkTerms(take sred.Take, data []byte) {
	l.t.Helper()
	list, err := tlv.Parse(data)
	if err != nil {
		l.t.Fatal(err)
	}
	for tag, want := range map[tlv.Tag][]byte{
		0x9F02: {0, 0, 0, 0, 0x12, 0x34}, 0x5F2A: {0x09, 0x78}, 0x9F37: take.Unpredictable[:], 0x9A: take.Date[:],
	} {
		if got, _ := list.Find(tag); !bytes.Equal(got, want) {
			l.t.Errorf("tag %X is %X instead of %X", uint32(tag), got, want)
		}
	}
}

func TestASaleGoesFromTheOrderToTheCardsTC(t *testing.T) {
	l := newLane(t)
	keys := l.opener()
	go l.insertWhenAsked(nil)
	take := takeOrder(1)
	f := l.sell(take, keys)
	if f.Order != take.Order || f.Result != sred.CardApproved || f.Cryptogram == [8]byte{} || f.TVR == [5]byte{} {
		t.Fatalf("%+v", f)
	}
	if s := l.shown.String(); !strings.Contains(s, "12.34 EUR · INSERT CARD") || strings.Contains(s, testPAN) {
		t.Errorf("display:\n%s", s)
	}
}

// insertWhenAsked waits until the display asks for a card.
func (l *lane) insertWhenAsked(change func(*virtualcard.Profile)) {
	for range 500 {
		if strings.HasSuffix(l.shown.String(), "INSERT CARD\n") {
			l.insert(change)
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestACardLeftInTheSlotMustGoBeforeTheNextPayment(t *testing.T) {
	l := newLane(t)
	keys := l.opener()
	l.insert(nil)
	l.until(sred.StageCardPresent)
	l.peer.Order(sred.KindTake, takeOrder(1))
	if p := l.until(sred.StageCardPresent); p.Order != takeOrder(1).Order {
		t.Fatal("told without its order")
	}
	l.pull()
	l.until(sred.StageCardGone)
	l.peer.Order(sred.KindStop, sred.Stop{Order: takeOrder(1).Order})
	var failed sred.Failed
	l.next(sred.KindFailed, &failed)
	if failed.Code != sred.CodeStopped || l.opened != 0 {
		t.Fatalf("%+v, %d card sessions", failed, l.opened)
	}
	go l.insertWhenAsked(nil)
	l.sell(takeOrder(2), keys)
}

func TestACardThatWasChangedFasterThanTheSlotIsLookedAtIsTaken(t *testing.T) {
	l := newLane(t)
	l.insert(nil)
	l.until(sred.StageCardPresent)
	l.peer.Order(sred.KindTake, takeOrder(1))
	l.until(sred.StageCardPresent)
	l.slot.Attach("slot", false, false)
	l.slot.Attach("slot", true, false)
	var verify sred.Verify
	l.next(sred.KindVerify, &verify)
}

func TestAFurtherAttemptGoesOnWithTheSameCardSession(t *testing.T) {
	l := newLane(t)
	keys := l.opener()
	go l.insertWhenAsked(nil)
	l.sell(takeOrder(1), keys)
	again := takeOrder(2)
	again.Attempt = 2
	l.sell(again, keys)
	if l.opened != 1 {
		t.Errorf("%d card sessions", l.opened)
	}
}

func TestAFurtherAttemptAfterAPullWaitsForACard(t *testing.T) {
	l := newLane(t)
	keys := l.opener()
	go l.insertWhenAsked(nil)
	l.sell(takeOrder(1), keys)
	l.pull()
	l.until(sred.StageCardGone)
	go l.insertWhenAsked(nil)
	again := takeOrder(2)
	again.Attempt = 2
	l.sell(again, keys)
	if l.opened != 2 {
		t.Errorf("%d card sessions", l.opened)
	}
}

func TestAPulledCardEndsTheOrderAtOnce(t *testing.T) {
	for name, wait := range map[string]func(l *lane, take sred.Take){
		"while the PIN is entered": func(l *lane, _ sred.Take) { l.next(sred.KindVerify, &sred.Verify{}) },
		"while the host is asked": func(l *lane, take sred.Take) {
			l.next(sred.KindVerify, &sred.Verify{})
			l.peer.Order(sred.KindPINDone, sred.PINDone{Order: take.Order})
			l.next(sred.KindOnline, &sred.Online{})
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLane(t)
			take := takeOrder(1)
			go l.insertWhenAsked(nil)
			l.peer.Order(sred.KindTake, take)
			wait(l, take)
			began := time.Now()
			l.pull()
			var f sred.Failed
			l.next(sred.KindFailed, &f)
			if f.Code != sred.CodeCardRemoved || time.Since(began) > time.Second {
				t.Fatalf("%+v after %v", f, time.Since(began))
			}
			l.peer.Order(sred.KindAnswer, sred.Answer{Order: take.Order}) // crosses Failed, and is dropped
			go l.insertWhenAsked(nil)
			l.sell(takeOrder(2), l.opener())
		})
	}
}

func TestACardTornAtAnyCommandEndsDefined(t *testing.T) {
	for _, at := range []string{"select", "gpo", "read", "gac1", "gac2"} {
		t.Run(at, func(t *testing.T) {
			l := newLane(t)
			l.tears = true
			if code := l.failing(func(p *virtualcard.Profile) { p.TearAtCommand = at }); code != sred.CodeCardRemoved {
				t.Fatalf("code %d", code)
			}
		})
	}
}

func TestCardsThatMisbehaveEndDefined(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*virtualcard.Profile)
		want   sred.Code
	}{
		"mute":              {func(p *virtualcard.Profile) { p.MuteAtCommand = "gpo" }, sred.CodeCardError},
		"mute before GPO":   {func(p *virtualcard.Profile) { p.MuteAt = 1 }, sred.CodeTimeout}, // asked to be inserted again
		"nonsense":          {func(p *virtualcard.Profile) { p.Garbage = virtualcard.GarbageNonsense }, sred.CodeCardError},
		"an unasked TC":     {func(p *virtualcard.Profile) { p.Garbage = virtualcard.GarbageTC }, sred.CodeCardError},
		"blocked":           {func(p *virtualcard.Profile) { p.Blocked = true }, sred.CodeNotAccepted},
		"of another scheme": {func(p *virtualcard.Profile) { p.AID = virtualcard.Hex{0xA0, 0, 0, 9, 9, 9, 9} }, sred.CodeNotAccepted},
	} {
		t.Run(name, func(t *testing.T) {
			if code := newLane(t).failing(c.change); code != c.want {
				t.Fatalf("code %d instead of %d", code, c.want)
			}
		})
	}
}

// failing takes a card that does not come to an end, and plays along as far as
// it goes.
func (l *lane) failing(change func(*virtualcard.Profile)) sred.Code {
	l.t.Helper()
	take := takeOrder(1)
	l.peer.Order(sred.KindTake, take)
	go l.insertWhenAsked(change)
	for {
		switch kind, body := l.peer.Read(); kind {
		case sred.KindVerify:
			l.peer.Order(sred.KindPINDone, sred.PINDone{Order: take.Order})
		case sred.KindOnline:
			l.peer.Order(sred.KindAnswer, sred.Answer{Order: take.Order, Result: sred.HostDeclined, ARC: [2]byte{'0', '5'}})
		case sred.KindFinished:
			l.t.Fatal("the card came to an end")
		case sred.KindFailed:
			var f sred.Failed
			parse(l.t, body, &f)
			return f.Code
		}
	}
}

func TestAnOfflineDeclineIsFinished(t *testing.T) {
	l := newLane(t)
	take := takeOrder(1)
	l.peer.Order(sred.KindTake, take)
	go l.insertWhenAsked(func(p *virtualcard.Profile) { p.Declines, p.NoCVM = true, true })
	var f sred.Finished
	l.next(sred.KindFinished, &f)
	if f.Result != sred.CardDeclined || f.Cryptogram == [8]byte{} {
		t.Fatalf("%+v", f)
	}
}

func TestAStopIsTakenAtAnyMoment(t *testing.T) {
	stop := func(l *lane, take sred.Take) {
		l.peer.Order(sred.KindStop, sred.Stop{Order: take.Order})
		var f sred.Failed
		l.next(sred.KindFailed, &f)
		if f.Code != sred.CodeStopped || f.Order != take.Order {
			l.t.Fatalf("%+v", f)
		}
	}
	t.Run("before a card", func(t *testing.T) {
		l := newLane(t)
		take := takeOrder(1)
		l.peer.Order(sred.KindTake, take)
		stop(l, take)
	})
	t.Run("while the PIN is entered", func(t *testing.T) {
		l := newLane(t)
		take := takeOrder(1)
		go l.insertWhenAsked(nil)
		l.peer.Order(sred.KindTake, take)
		l.next(sred.KindVerify, &sred.Verify{})
		stop(l, take)
	})
	t.Run("after the ARQC the card is asked for an AAC", func(t *testing.T) {
		l := newLane(t)
		take := takeOrder(1)
		go l.insertWhenAsked(nil)
		l.peer.Order(sred.KindTake, take)
		l.next(sred.KindVerify, &sred.Verify{})
		l.peer.Order(sred.KindPINDone, sred.PINDone{Order: take.Order})
		l.next(sred.KindOnline, &sred.Online{})
		stop(l, take)
		if n := l.commands(0x80, 0xAE); n != 2 {
			t.Errorf("%d GENERATE AC", n)
		}
	})
	t.Run("when all is over", func(t *testing.T) {
		l := newLane(t)
		keys := l.opener()
		l.peer.Order(sred.KindStop, sred.Stop{Order: sred.OrderID{9}})
		go l.insertWhenAsked(nil)
		l.sell(takeOrder(1), keys)
		l.peer.Order(sred.KindStop, sred.Stop{Order: takeOrder(1).Order})
		l.peer.Order(sred.KindShow, sred.Show{Text: sred.TextApproved})
		l.pull()
		l.until(sred.StageCardGone)
	})
}

func TestWhatTheDoorDoesNotPermitEndsTheSession(t *testing.T) {
	for name, send := range map[string]func(l *lane){
		"two orders at a time": func(l *lane) {
			l.peer.Order(sred.KindTake, takeOrder(1))
			l.peer.Order(sred.KindTake, takeOrder(2))
		},
		"a PIN result that nobody asked for": func(l *lane) {
			l.peer.Order(sred.KindTake, takeOrder(1))
			l.peer.Order(sred.KindPINDone, sred.PINDone{Order: takeOrder(1).Order})
		},
		"an answer before the question": func(l *lane) {
			l.peer.Order(sred.KindTake, takeOrder(1))
			l.peer.Order(sred.KindAnswer, sred.Answer{Order: takeOrder(1).Order})
		},
		"an unknown kind":  func(l *lane) { l.peer.Order(0x99, sred.Stop{}) },
		"a malformed Take": func(l *lane) { l.peer.Order(sred.KindTake, sred.Stop{}) },
		"an unknown text":  func(l *lane) { l.peer.Order(sred.KindShow, sred.Show{Text: 99}) },
		"a changed amount": func(l *lane) {
			sealed := l.peer.Seal(sred.KindTake, takeOrder(1))
			sealed[16+1+7] ^= 1 // the last byte of the amount
			l.peer.Write(sred.KindTake, sealed)
		},
		"a replayed Take": func(l *lane) {
			sealed := l.peer.Order(sred.KindTake, takeOrder(1))
			l.peer.Order(sred.KindStop, sred.Stop{Order: takeOrder(1).Order})
			l.peer.Write(sred.KindTake, sealed)
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLane(t)
			l.peer.Order(sred.KindShow, sred.Show{Text: sred.TextPleaseWait}) // the twin
			send(l)
			l.ended()
			l.peer = l.world.Session() // it dials again, and works
			l.peer.Order(sred.KindTake, takeOrder(3))
			go l.insertWhenAsked(nil)
			l.next(sred.KindVerify, &sred.Verify{})
		})
	}
}

// ended waits until the reader has ended the session.
func (l *lane) ended() {
	l.t.Helper()
	_ = l.peer.Conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	for {
		kind, body, err := frame.Read(l.peer.Conn, frame.MaxBody)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			l.t.Fatal("the session goes on")
		}
		if err != nil {
			return
		}
		if kind == sred.KindVerify || kind == sred.KindOnline {
			l.t.Fatalf("a card was read: %x", body)
		}
	}
}

func TestALostSessionEndsTheOrderAndAsksTheCardForAnAAC(t *testing.T) {
	l := newLane(t)
	take := takeOrder(1)
	go l.insertWhenAsked(nil)
	l.peer.Order(sred.KindTake, take)
	l.next(sred.KindVerify, &sred.Verify{})
	l.peer.Order(sred.KindPINDone, sred.PINDone{Order: take.Order})
	l.next(sred.KindOnline, &sred.Online{})
	_ = l.peer.Conn.Close()
	l.peer = l.world.Session() // only after the order has ended
	if n := l.commands(0x80, 0xAE); n != 2 {
		t.Errorf("%d GENERATE AC", n)
	}
	if !l.inUse[0].closed.Load() {
		t.Error("the card session was not closed")
	}
}

func TestALostReaderEndsTheOrder(t *testing.T) {
	l := newLane(t)
	l.peer.Order(sred.KindTake, takeOrder(1))
	time.Sleep(50 * time.Millisecond)
	l.slot.Detach()
	var f sred.Failed
	l.next(sred.KindFailed, &f)
	if f.Code != sred.CodeReaderLost {
		t.Fatalf("%+v", f)
	}
	l.until(sred.StageReaderLost)
	l.slot.Attach("slot", false, false)
	l.until(sred.StageReaderReady)
}

func TestNoCardInTimeIsATimeout(t *testing.T) {
	l := newLane(t)
	take := takeOrder(1)
	take.TimeoutSeconds = 1
	l.peer.Order(sred.KindTake, take)
	var f sred.Failed
	l.next(sred.KindFailed, &f)
	if f.Code != sred.CodeTimeout {
		t.Fatalf("%+v", f)
	}
}

func TestAnAmountThatCannotBeShownIsNotRead(t *testing.T) {
	for name, change := range map[string]func(*sred.Take){
		"too large":           func(k *sred.Take) { k.Amount = 1_000_000_000_000 },
		"an unknown currency": func(k *sred.Take) { k.Currency = 999 },
		"another exponent":    func(k *sred.Take) { k.Exponent = 0 },
	} {
		l := newLane(t)
		take := takeOrder(1)
		change(&take)
		l.peer.Order(sred.KindTake, take)
		var f sred.Failed
		l.next(sred.KindFailed, &f)
		if f.Code != sred.CodeInternal || strings.Contains(l.shown.String(), "INSERT") {
			t.Errorf("%s: %+v, display:\n%s", name, f, l.shown)
		}
	}
}

func TestKeySerialNumbersRiseAcrossRestarts(t *testing.T) {
	l := newLane(t)
	last := ""
	for n := range byte(3) {
		take := takeOrder(n)
		go l.insertWhenAsked(nil)
		l.peer.Order(sred.KindTake, take)
		var v sred.Verify
		l.next(sred.KindVerify, &v)
		if ksn := string(v.Envelope.KSN[:]); ksn <= last {
			t.Fatalf("%x after %x", ksn, last)
		} else {
			last = ksn
		}
		l.pull()
		l.stop()
		l.start()
	}
}

func TestAnEnvelopeOpensForItsOwnOrderOnly(t *testing.T) {
	l := newLane(t)
	go l.insertWhenAsked(nil)
	digest := sred.OrderDigest(l.peer.Order(sred.KindTake, takeOrder(1)))
	var v sred.Verify
	l.next(sred.KindVerify, &v)
	for name, c := range map[string]struct {
		digest [32]byte
		id     orderauth.DeviceID
		opens  bool
	}{
		"its own":        {digest, l.world.ID, true},
		"another order":  {sred.OrderDigest(nil), l.world.ID, false},
		"another device": {digest, orderauth.DeviceID{1}, false},
	} {
		tx, err := l.opener().own.Next(make([]byte, dukpt.RoomTransaction), func([]byte) error { return nil })
		if err != nil || tx.KSN() != v.Envelope.KSN {
			t.Fatal(err)
		}
		if _, _, err := openWith(tx, v.Envelope, c.digest, c.id); (err == nil) != c.opens {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func parse(t *testing.T, body []byte, message any) {
	t.Helper()
	if err := frame.Parse(body, message); err != nil {
		t.Fatal(err)
	}
}

// complete fills in a profile's defaults, which reading it does.
func complete(p virtualcard.Profile) (virtualcard.Profile, error) {
	b, err := json.Marshal(p)
	if err != nil {
		return p, err
	}
	return virtualcard.ParseProfile(b)
}
