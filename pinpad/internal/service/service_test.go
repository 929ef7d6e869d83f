package service

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/pinpad/internal/display"
	"github.com/strongroom-pos/strongroom/pinpad/internal/keypad"
	"github.com/strongroom-pos/strongroom/pinpad/internal/seal"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
	"github.com/strongroom-pos/strongroom/secureworld/pinblock"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/device"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/device/devicetest"
)

const testPAN = "4761739001010010" // published test PAN

// lane is a PIN pad and its secure world, with the acquirer's PIN key.
type lane struct {
	t     *testing.T
	world *devicetest.World
	key   []byte // the acquirer's initial key
	id    [8]byte

	service *Service
	stop    func()
	peer    *devicetest.Peer
}

func newLane(t *testing.T) *lane {
	t.Helper()
	l := &lane{t: t, world: devicetest.New(t, orderauth.DoorPINEntry), key: devicetest.Random(32), id: [8]byte(devicetest.Random(8))}
	l.start()
	return l
}

// start starts the PIN pad and takes its session up to the loaded key.
func (l *lane) start() {
	l.t.Helper()
	d, err := device.Open(l.world.Dir, orderauth.DoorPINEntry)
	if err != nil {
		l.t.Fatal(err)
	}
	l.service = &Service{
		Sealer: &seal.Sealer{Device: d}, Display: display.New(), Keypad: &keypad.Keypad{}, Health: func(bool, bool) {},
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = d.Serve(ctx, l.service.Door(), slog.New(slog.DiscardHandler), l.service.Serve)
	}()
	l.stop = sync.OnceFunc(func() { cancel(); <-done; _ = d.Close() })
	l.t.Cleanup(func() { l.stop() })
	l.peer = l.world.Session()
}

func (l *lane) load() pinentry.KeyLoaded {
	l.t.Helper()
	block := l.world.Block(l.world.KBPK, "B1", 'X', l.key, l.id[:])
	l.peer.Send(pinentry.KindLoadKey, pinentry.LoadKey{Block: []byte(block)})
	var k pinentry.KeyLoaded
	l.peer.Expect(pinentry.KindKeyLoaded, &k)
	return k
}

// loaded is a lane whose PIN key is loaded.
func loaded(t *testing.T) *lane {
	t.Helper()
	l := newLane(t)
	if k := l.load(); k.Refused || k.Key != pinentry.KeyID(l.id) {
		t.Fatalf("%+v", k)
	}
	return l
}

// order asks for a PIN; the PAN is sealed as the payment application would.
func (l *lane) order(counter uint64) pinentry.EnterPIN {
	l.t.Helper()
	o := pinentry.EnterPIN{Order: pinentry.OrderID{byte(counter), 7}, Attempt: 1, Amount: 1234, Currency: 978, Exponent: 2, TimeoutSeconds: 5, Counter: counter}
	l.sealPAN(&o, testPAN)
	return o
}

func (l *lane) sealPAN(o *pinentry.EnterPIN, pan string) {
	l.t.Helper()
	block, err := aes.NewCipher(l.world.PAN)
	if err != nil {
		l.t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		l.t.Fatal(err)
	}
	var plain [pinentry.MaxPAN]byte
	copy(plain[:], pan)
	copy(o.SealedPAN[:], gcm.Seal(nil, pinentry.PANNonce(o.Counter), plain[:], pinentry.PANAAD(o.Order, l.world.ID)))
}

// press presses keys as soon as they are taken.
func (l *lane) press(keys ...keypad.Key) {
	l.t.Helper()
	for _, k := range keys {
		for tries := 0; !l.service.Keypad.Press(k); tries++ {
			if tries > 500 {
				l.t.Fatal("nobody takes keys")
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
}

// shows waits until the display is in this state.
func (l *lane) shows(state display.State) display.Screen {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), 5*time.Second)
	defer cancel()
	s := l.service.Display.Screen()
	for s.State != state && ctx.Err() == nil {
		s = l.service.Display.Wait(ctx, s.Seq)
	}
	if s.State != state {
		l.t.Fatalf("the display shows %+v", s)
	}
	return s
}

// pinOf opens a PIN block as the acquirer's elements would.
func (l *lane) pinOf(e pinentry.Entered, pan string) (string, error) {
	l.t.Helper()
	host, err := dukpt.Load(make([]byte, dukpt.StateSize), l.id, dukpt.AES256, bytes.Clone(l.key))
	if err != nil {
		l.t.Fatal(err)
	}
	for {
		tx, err := host.Next(make([]byte, dukpt.RoomTransaction), func([]byte) error { return nil })
		if err != nil {
			l.t.Fatal(err)
		}
		if tx.KSN() != e.KSN {
			continue
		}
		var key [32]byte
		if err := tx.PINEncryptionKey(key[:], dukpt.AES256); err != nil {
			l.t.Fatal(err)
		}
		block, err := aes.NewCipher(key[:])
		if err != nil {
			l.t.Fatal(err)
		}
		pin := make([]byte, 12)
		n, err := pinblock.DecodeFormat4(pin, block, e.Block[:], []byte(pan))
		return string(pin[:n]), err
	}
}

// enter takes a PIN from order to block.
func (l *lane) enter(counter uint64, keys ...keypad.Key) pinentry.Entered {
	l.t.Helper()
	l.peer.Order(pinentry.KindEnterPIN, l.order(counter))
	l.press(keys...)
	var e pinentry.Entered
	l.peer.Expect(pinentry.KindEntered, &e)
	return e
}

func TestAPINReachesTheAcquirerAndNobodyElse(t *testing.T) {
	l := loaded(t)
	e := l.enter(1, '1', '2', '3', '4', '5', keypad.OK)
	if pin, err := l.pinOf(e, testPAN); err != nil || pin != "12345" {
		t.Fatalf("%q, %v", pin, err)
	}
	if pin, err := l.pinOf(e, "4761739001010028"); err == nil && pin == "12345" {
		t.Error("the block does not depend on the PAN")
	}
}

func TestTheDisplayShowsTheOrdersAmountAndDots(t *testing.T) {
	l := loaded(t)
	o := l.order(1)
	o.Attempt = 2
	l.peer.Order(pinentry.KindEnterPIN, o)
	if s := l.shows(display.StatePIN); s.Amount != "12.34 EUR" || s.Note == "" || s.Dots != 0 {
		t.Fatalf("%+v", s)
	}
	l.press('9', '8', '7')
	for i := 0; l.service.Display.Screen().Dots != 3; i++ {
		if i > 100 {
			t.Fatalf("%+v", l.service.Display.Screen())
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestKeysCorrectAndCancelAnEntry(t *testing.T) {
	l := loaded(t)
	e := l.enter(1, '9', '9', keypad.Clear, '1', '2', '3', keypad.OK, '4', keypad.OK) // OK is too early once
	if pin, err := l.pinOf(e, testPAN); err != nil || pin != "1234" {
		t.Errorf("%q, %v", pin, err)
	}
	l.peer.Order(pinentry.KindEnterPIN, l.order(2))
	l.press('1', '2', keypad.Cancel)
	var f pinentry.Failed
	l.peer.Expect(pinentry.KindFailed, &f)
	if f.Code != pinentry.CodeCanceled || f.Order != l.order(2).Order {
		t.Errorf("%+v", f)
	}
}

func TestAnEntryTimesOut(t *testing.T) {
	l := loaded(t)
	o := l.order(1)
	o.TimeoutSeconds = 1
	l.peer.Order(pinentry.KindEnterPIN, o)
	l.press('1')
	var f pinentry.Failed
	l.peer.Expect(pinentry.KindFailed, &f)
	if f.Code != pinentry.CodeTimeout {
		t.Fatalf("%+v", f)
	}
}

func TestAStopEndsAnEntryWithoutAnAnswer(t *testing.T) {
	l := loaded(t)
	l.peer.Order(pinentry.KindStop, pinentry.Stop{Order: pinentry.OrderID{9}}) // of an order that never came
	o := l.order(1)
	l.peer.Order(pinentry.KindEnterPIN, o)
	l.press('1', '2')
	l.peer.Order(pinentry.KindStop, pinentry.Stop{Order: o.Order})
	l.shows(display.StateIdle)
	if l.service.Keypad.Press('3') {
		t.Error("a key was taken after the end")
	}
	e := l.enter(2, '5', '6', '7', '8', keypad.OK) // the next message is that of the next order
	if pin, err := l.pinOf(e, testPAN); err != nil || pin != "5678" {
		t.Errorf("%q, %v", pin, err)
	}
}

func TestTextsOfTheDoorComeAfterTheEntry(t *testing.T) {
	l := loaded(t)
	l.peer.Order(pinentry.KindEnterPIN, l.order(1))
	l.shows(display.StatePIN)
	l.peer.Order(pinentry.KindShow, pinentry.Show{Text: pinentry.TextApproved})
	l.press('1', '2', '3', '4')
	if s := l.shows(display.StatePIN); s.Title != "ENTER PIN" {
		t.Errorf("%+v", s)
	}
	l.press(keypad.OK)
	l.peer.Expect(pinentry.KindEntered, &pinentry.Entered{})
	if s := l.shows(display.StateResult); s.Title != "APPROVED" {
		t.Errorf("%+v", s)
	}
}

func TestWithoutAKeyThereIsNoPIN(t *testing.T) {
	l := newLane(t)
	l.peer.Order(pinentry.KindEnterPIN, l.order(1))
	var f pinentry.Failed
	l.peer.Expect(pinentry.KindFailed, &f)
	if f.Code != pinentry.CodeNoKey {
		t.Fatalf("%+v", f)
	}
}

func TestOrdersThatCannotBeCarriedOutAskNobody(t *testing.T) {
	for name, change := range map[string]func(l *lane, o *pinentry.EnterPIN){
		"a counter again":     func(_ *lane, o *pinentry.EnterPIN) { o.Counter = 1 },
		"a lower counter":     func(_ *lane, o *pinentry.EnterPIN) { o.Counter = 0 },
		"an unknown currency": func(_ *lane, o *pinentry.EnterPIN) { o.Currency = 999 },
		"another exponent":    func(_ *lane, o *pinentry.EnterPIN) { o.Exponent = 3 },
		"an amount too large": func(_ *lane, o *pinentry.EnterPIN) { o.Amount = 1 << 50 },
	} {
		l := loaded(t)
		l.enter(1, '1', '2', '3', '4', keypad.OK)
		o := l.order(2)
		change(l, &o)
		l.peer.Order(pinentry.KindEnterPIN, o)
		var f pinentry.Failed
		l.peer.Expect(pinentry.KindFailed, &f)
		if f.Code != pinentry.CodeInternal || l.service.Display.Screen().State == display.StatePIN {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

func TestASealedPANIsGoodForItsOwnOrderOnly(t *testing.T) {
	for name, change := range map[string]func(l *lane, o *pinentry.EnterPIN){
		"of another order":   func(_ *lane, o *pinentry.EnterPIN) { o.Order[3] ^= 1 },
		"of another counter": func(_ *lane, o *pinentry.EnterPIN) { o.Counter++ },
		"changed":            func(_ *lane, o *pinentry.EnterPIN) { o.SealedPAN[0] ^= 1 },
		"too short":          func(l *lane, o *pinentry.EnterPIN) { l.sealPAN(o, "47617390010") },
		"no digits":          func(l *lane, o *pinentry.EnterPIN) { l.sealPAN(o, "4761739001010x10") },
		"a gap":              func(l *lane, o *pinentry.EnterPIN) { l.sealPAN(o, "476173900101\x000010") },
	} {
		l := loaded(t)
		o := l.order(1)
		change(l, &o)
		l.peer.Order(pinentry.KindEnterPIN, o)
		l.press('1', '2', '3', '4', keypad.OK)
		var f pinentry.Failed
		l.peer.Expect(pinentry.KindFailed, &f)
		if f.Code != pinentry.CodeInternal {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

func TestCountersRiseAcrossRestartsAndReloads(t *testing.T) {
	l := loaded(t)
	last := ""
	for n := range uint64(3) {
		e := l.enter(n+1, '1', '2', '3', '4', keypad.OK)
		if ksn := string(e.KSN[:]); ksn <= last {
			t.Fatalf("%x after %x", ksn, last)
		} else {
			last = ksn
		}
		l.stop()
		l.start()
		if k := l.load(); k.Refused { // as the secure world does at each session
			t.Fatalf("%+v", k)
		}
	}
	l.peer.Order(pinentry.KindEnterPIN, l.order(3)) // the order's counter is durable too
	var f pinentry.Failed
	l.peer.Expect(pinentry.KindFailed, &f)
}

func TestARefusedKeyLeavesTheOldOneInForce(t *testing.T) {
	l := loaded(t)
	l.peer.Send(pinentry.KindLoadKey, pinentry.LoadKey{Block: []byte("D0016")})
	var k pinentry.KeyLoaded
	l.peer.Expect(pinentry.KindKeyLoaded, &k)
	if !k.Refused || k.Key != pinentry.KeyID(l.id) {
		t.Fatalf("%+v", k)
	}
	e := l.enter(1, '1', '2', '3', '4', keypad.OK)
	if pin, err := l.pinOf(e, testPAN); err != nil || pin != "1234" {
		t.Errorf("%q, %v", pin, err)
	}
}

func TestWhatTheDoorDoesNotPermitEndsTheSession(t *testing.T) {
	for name, send := range map[string]func(l *lane){
		"two entries at a time": func(l *lane) {
			l.peer.Order(pinentry.KindEnterPIN, l.order(1))
			l.peer.Order(pinentry.KindEnterPIN, l.order(2))
		},
		"a key during an entry": func(l *lane) {
			l.peer.Order(pinentry.KindEnterPIN, l.order(1))
			l.peer.Send(pinentry.KindLoadKey, pinentry.LoadKey{})
		},
		"an unknown kind":   func(l *lane) { l.peer.Order(0x99, pinentry.Stop{}) },
		"a malformed order": func(l *lane) { l.peer.Order(pinentry.KindEnterPIN, pinentry.Stop{}) },
		"an unknown text":   func(l *lane) { l.peer.Order(pinentry.KindShow, pinentry.Show{Text: 99}) },
		"a changed amount": func(l *lane) {
			sealed := l.peer.Seal(pinentry.KindEnterPIN, l.order(1))
			sealed[16+1+7] ^= 1 // the last byte of the amount
			l.peer.Write(pinentry.KindEnterPIN, sealed)
		},
		"a replayed order": func(l *lane) {
			sealed := l.peer.Order(pinentry.KindEnterPIN, l.order(1))
			l.peer.Order(pinentry.KindStop, pinentry.Stop{Order: l.order(1).Order})
			l.peer.Write(pinentry.KindEnterPIN, sealed)
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := loaded(t)
			l.peer.Order(pinentry.KindShow, pinentry.Show{Text: pinentry.TextPleaseWait}) // the twin
			send(l)
			_ = l.peer.Conn.SetReadDeadline(time.Now().Add(5 * time.Second))
			if kind, _, err := frame.Read(l.peer.Conn, frame.MaxBody); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatalf("kind %02x, %v instead of the end", kind, err)
			}
			l.peer = l.world.Session() // it dials again, and works
			e := l.enter(9, '1', '2', '3', '4', keypad.OK)
			if pin, err := l.pinOf(e, testPAN); err != nil || pin != "1234" {
				t.Errorf("%q, %v", pin, err)
			}
		})
	}
}

func TestALostSessionEndsTheEntry(t *testing.T) {
	l := loaded(t)
	l.peer.Order(pinentry.KindEnterPIN, l.order(1))
	l.shows(display.StatePIN)
	_ = l.peer.Conn.Close()
	l.peer = l.world.Session()
	l.shows(display.StateIdle)
	if l.service.Keypad.Press('1') {
		t.Fatal("a key was taken without an order")
	}
}
