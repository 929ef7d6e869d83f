package service

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"math/big"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/pinpad/internal/display"
	"github.com/strongroom-pos/strongroom/pinpad/internal/entry"
	"github.com/strongroom-pos/strongroom/pinpad/internal/keypad"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/pinblock"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
)

// card is the key of a card that verifies PINs.
type card struct{ *rsa.PrivateKey }

func newCard(t *testing.T) card {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	return card{k}
}

func (c card) order(n byte) pinentry.EncipherPIN {
	return pinentry.EncipherPIN{Order: pinentry.OrderID{n, 8}, Tries: 3, Amount: 1234, Currency: 978, Exponent: 2,
		TimeoutSeconds: 5, Challenge: [8]byte{1, 2, 3, 4, 5, 6, 7, n}, Modulus: c.N.Bytes(), PublicExponent: []byte{1, 0, 1}}
}

// pin opens what VERIFY brings, as the card does.
func (c card) pin(t *testing.T, e pinentry.Enciphered, challenge [8]byte) string {
	t.Helper()
	data := new(big.Int).Exp(new(big.Int).SetBytes(e.Data), c.D, c.N).FillBytes(make([]byte, len(e.Data)))
	if data[0] != 0x7f || [8]byte(data[9:17]) != challenge {
		t.Fatalf("%x", data[:17])
	}
	pin := make([]byte, 12)
	n, err := pinblock.DecodeFormat2(pin, data[1:9])
	if err != nil {
		t.Fatal(err)
	}
	return string(pin[:n])
}

func labels(names ...string) (l [pinentry.Choices * pinentry.LabelSize]byte) {
	for i, name := range names {
		copy(l[i*pinentry.LabelSize:], name)
	}
	return l
}

func chooseOrder(n byte, names ...string) pinentry.Choose {
	return pinentry.Choose{Order: pinentry.OrderID{n, 9}, Amount: 1234, Currency: 978, Exponent: 2, TimeoutSeconds: 5,
		Count: uint8(len(names)), Labels: labels(names...)}
}

func keyOrder(counter uint64) pinentry.KeyCard {
	return pinentry.KeyCard{Order: pinentry.OrderID{byte(counter), 10}, Amount: 1234, Currency: 978, Exponent: 2,
		TimeoutSeconds: 5, Counter: counter}
}

func (l *lane) digits(s string) {
	l.t.Helper()
	for _, d := range []byte(s) {
		l.press(keypad.Key(d))
	}
	l.press(keypad.OK)
}

// asks waits until the display has this title.
func (l *lane) asks(title string) display.Screen {
	l.t.Helper()
	for range 500 {
		if s := l.service.Display.Screen(); s.Title == title {
			return s
		}
		time.Sleep(10 * time.Millisecond)
	}
	l.t.Fatalf("%+v instead of %s", l.service.Display.Screen(), title)
	return display.Screen{}
}

func (l *lane) fails(code pinentry.Code, order pinentry.OrderID) {
	l.t.Helper()
	var f pinentry.Failed
	l.peer.Expect(pinentry.KindFailed, &f)
	if f.Code != code || f.Order != order {
		l.t.Errorf("%+v instead of %d", f, code)
	}
}

// keyedOf opens a keyed card as the kernel does.
func (l *lane) keyedOf(k pinentry.Keyed, counter uint64) string {
	l.t.Helper()
	block, err := aes.NewCipher(l.world.Keyed)
	if err != nil {
		l.t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		l.t.Fatal(err)
	}
	plain, err := gcm.Open(nil, pinentry.KeyedNonce(counter), k.Sealed[:], pinentry.PANAAD(k.Order, l.world.ID))
	if err != nil {
		l.t.Fatal(err)
	}
	return string(plain)
}

// wiped stops the PIN pad and looks at what is left of an entry.
func (l *lane) wiped() {
	l.t.Helper()
	l.stop()
	if l.service.typed != (entry.PIN{}) {
		l.t.Error("a PIN is left")
	}
	for name, f := range map[string]entry.Field{"number": l.service.card.Number, "expiry": l.service.card.Expiry, "code": l.service.card.Code} {
		v := reflect.ValueOf(f)
		if !v.FieldByName("digits").IsZero() || f.Len() != 0 {
			l.t.Errorf("the %s is left", name)
		}
	}
}

func TestAPINReachesTheCardAndNobodyElse(t *testing.T) {
	l := newLane(t) // the acquirer's key is not needed
	c := newCard(t)
	for n, want := range []string{"1234", "123456789012"} {
		o := c.order(byte(n))
		l.peer.Order(pinentry.KindEncipherPIN, o)
		l.shows(display.StatePIN)
		l.digits(want)
		var e pinentry.Enciphered
		l.peer.Expect(pinentry.KindEnciphered, &e)
		if e.Order != o.Order || len(e.Data) != len(o.Modulus) || c.pin(t, e, o.Challenge) != want {
			t.Errorf("%d: %+v", n, e)
		}
	}
	l.wiped()
}

func TestTheDisplaySaysWhatTheCardSaysOfItsTries(t *testing.T) {
	l, c := newLane(t), newCard(t)
	for n, x := range []struct {
		tries uint8
		again bool
		want  string
	}{{3, false, ""}, {3, true, "WRONG PIN – TRY AGAIN"}, {1, false, "LAST TRY"}, {1, true, "WRONG PIN – LAST TRY"}, {pinentry.UnknownTries, false, ""}} {
		o := c.order(byte(n))
		o.Tries, o.Again = x.tries, x.again
		l.peer.Order(pinentry.KindEncipherPIN, o)
		if s := l.shows(display.StatePIN); s.Note != x.want || s.Amount != "12.34 EUR" || s.Title != "ENTER PIN" {
			t.Errorf("%d tries, %v: %+v", x.tries, x.again, s)
		}
		l.press('1', keypad.OK, keypad.Cancel) // OK is too early: a PIN is not left out
		l.fails(pinentry.CodeCanceled, o.Order)
	}
	l.wiped()
}

func TestOrdersOfACardThatCannotBeCarriedOutAskNobody(t *testing.T) {
	c := newCard(t)
	for name, change := range map[string]func(o *pinentry.EncipherPIN){
		"no try left":         func(o *pinentry.EncipherPIN) { o.Tries = 0 },
		"an even modulus":     func(o *pinentry.EncipherPIN) { o.Modulus[len(o.Modulus)-1] &^= 1 },
		"a short modulus":     func(o *pinentry.EncipherPIN) { o.Modulus = o.Modulus[:40] },
		"no modulus":          func(o *pinentry.EncipherPIN) { o.Modulus = nil },
		"an exponent of one":  func(o *pinentry.EncipherPIN) { o.PublicExponent = []byte{1} },
		"no exponent":         func(o *pinentry.EncipherPIN) { o.PublicExponent = nil },
		"an unknown currency": func(o *pinentry.EncipherPIN) { o.Currency = 999 },
		"another exponent":    func(o *pinentry.EncipherPIN) { o.Exponent = 3 },
		"an amount too large": func(o *pinentry.EncipherPIN) { o.Amount = 1 << 50 },
	} {
		t.Run(name, func(t *testing.T) {
			l := newLane(t)
			o := c.order(1)
			o.Modulus = slices.Clone(o.Modulus)
			change(&o)
			l.peer.Order(pinentry.KindEncipherPIN, o)
			l.fails(pinentry.CodeInternal, o.Order)
			if l.service.Display.Screen().State == display.StatePIN {
				t.Error("asked")
			}
			l.peer.Order(pinentry.KindEncipherPIN, c.order(2)) // the twin
			l.digits("1234")
			l.peer.Expect(pinentry.KindEnciphered, &pinentry.Enciphered{})
		})
	}
}

func TestPINsForTheCardAndForTheAcquirerShareOnePace(t *testing.T) {
	l, c := loaded(t), newCard(t)
	l.service.AtOnce = 2
	l.enter(1, '1', '2', '3', '4', keypad.OK)
	l.peer.Order(pinentry.KindEncipherPIN, c.order(1))
	l.digits("1234")
	l.peer.Expect(pinentry.KindEnciphered, &pinentry.Enciphered{})
	o := c.order(2)
	o.TimeoutSeconds = 1 // less than the wait
	l.peer.Order(pinentry.KindEncipherPIN, o)
	l.fails(pinentry.CodeTimeout, o.Order)
}

func TestTheCardholderChoosesByNumber(t *testing.T) {
	l := newLane(t)
	eight := []string{"A", "B", "C", "D", "E", "F", "G", "SIXTEEN LETTERS!"}
	for n, x := range []struct {
		names   []string
		confirm bool
		keys    []keypad.Key
		lines   []string
		want    uint8
	}{
		{[]string{"VISA CREDIT", "GIROCARD"}, false, []keypad.Key{'3', keypad.OK, '2'}, []string{"1 VISA CREDIT", "2 GIROCARD"}, 2},
		{eight, false, []keypad.Key{'9', '8'}, []string{"1 A", "2 B", "3 C", "4 D", "5 E", "6 F", "7 G", "8 SIXTEEN LETTERS!"}, 8},
		{eight, false, []keypad.Key{keypad.Cancel}, nil, 0},
		{[]string{"VISA CREDIT"}, true, []keypad.Key{'1', keypad.OK}, []string{"VISA CREDIT"}, 1},
		{[]string{"VISA CREDIT"}, true, []keypad.Key{keypad.Cancel}, nil, 0},
	} {
		o := chooseOrder(byte(n), x.names...)
		o.Confirm = x.confirm
		l.peer.Order(pinentry.KindChoose, o)
		if s := l.shows(display.StateChoice); s.Amount != "12.34 EUR" || x.lines != nil && !slices.Equal(s.Lines, x.lines) {
			t.Errorf("%d: %+v", n, s)
		}
		l.press(x.keys...)
		var c pinentry.Chosen
		l.peer.Expect(pinentry.KindChosen, &c)
		if c.Choice != x.want || c.Order != o.Order {
			t.Errorf("%d: %+v", n, c)
		}
		l.shows(display.StateWait)
	}
}

func TestLabelsThatMayNotBeShownAskNobody(t *testing.T) {
	for name, change := range map[string]func(o *pinentry.Choose){
		"none":                   func(o *pinentry.Choose) { o.Count = 0 },
		"nine":                   func(o *pinentry.Choose) { o.Count = 9 },
		"fewer than there are":   func(o *pinentry.Choose) { o.Count = 1 },
		"more than there are":    func(o *pinentry.Choose) { o.Count = 3 },
		"two to confirm":         func(o *pinentry.Choose) { o.Confirm = true },
		"a control code":         func(o *pinentry.Choose) { o.Labels[2] = 0x1b },
		"a letter beyond ASCII":  func(o *pinentry.Choose) { o.Labels[2] = 0xe9 },
		"a gap":                  func(o *pinentry.Choose) { o.Labels[2] = 0 },
		"nothing but spaces":     func(o *pinentry.Choose) { copy(o.Labels[:], strings.Repeat(" ", pinentry.LabelSize)) },
		"a second that is empty": func(o *pinentry.Choose) { clear(o.Labels[pinentry.LabelSize:]) },
		"something behind":       func(o *pinentry.Choose) { o.Labels[7*pinentry.LabelSize] = 'X' },
		"an unknown currency":    func(o *pinentry.Choose) { o.Currency = 999 },
	} {
		t.Run(name, func(t *testing.T) {
			l := newLane(t)
			o := chooseOrder(1, "VISA CREDIT", "GIROCARD")
			change(&o)
			l.peer.Order(pinentry.KindChoose, o)
			l.fails(pinentry.CodeInternal, o.Order)
			l.peer.Order(pinentry.KindChoose, chooseOrder(2, "VISA CREDIT", "GIROCARD")) // the twin
			l.press('1')
			l.peer.Expect(pinentry.KindChosen, &pinentry.Chosen{})
		})
	}
}

func TestACardIsKeyedInAndSealedForThePaymentApplication(t *testing.T) {
	l := newLane(t)
	o := keyOrder(1)
	l.peer.Order(pinentry.KindKeyCard, o)
	if s := l.asks("CARD NUMBER"); s.Amount != "12.34 EUR" || s.Lines != nil || s.State != display.StateCard {
		t.Errorf("%+v", s)
	}
	l.digits(testPAN)
	if s := l.asks("VALID TO (MMYY)"); !slices.Equal(s.Lines, []string{"•••• 0010"}) {
		t.Errorf("%+v", s)
	}
	l.digits("1230")
	l.asks("SECURITY CODE")
	l.digits("987")
	var k pinentry.Keyed
	l.peer.Expect(pinentry.KindKeyed, &k)
	if got := l.keyedOf(k, 1); k.Order != o.Order || got != testPAN+"\x00\x00\x00"+"3012"+"987\x00" {
		t.Errorf("%q", got)
	}
	l.wiped()
}

func TestASlipInACardMayBePutRightOnce(t *testing.T) {
	l := newLane(t)
	l.peer.Order(pinentry.KindKeyCard, keyOrder(1))
	l.asks("CARD NUMBER")
	l.digits("4761739001010011")
	for l.asks("CARD NUMBER").Note != "WRONG NUMBER – TRY AGAIN" {
		time.Sleep(10 * time.Millisecond)
	}
	l.digits(testPAN)
	l.asks("VALID TO (MMYY)")
	l.digits("1330")
	for l.asks("VALID TO (MMYY)").Note != "WRONG DATE – TRY AGAIN" {
		time.Sleep(10 * time.Millisecond)
	}
	l.digits("0130")
	l.asks("SECURITY CODE")
	l.digits("1234")
	var k pinentry.Keyed
	l.peer.Expect(pinentry.KindKeyed, &k)
	if got := l.keyedOf(k, 1); got != testPAN+"\x00\x00\x00"+"3001"+"1234" {
		t.Errorf("%q", got)
	}

	l.peer.Order(pinentry.KindKeyCard, keyOrder(2))
	l.asks("CARD NUMBER")
	l.digits("4761739001010011")
	for l.asks("CARD NUMBER").Note == "" {
		time.Sleep(10 * time.Millisecond)
	}
	l.digits("4761739001010011")
	l.fails(pinentry.CodeCanceled, keyOrder(2).Order)
	l.asks("CARD NOT VALID")
	l.wiped()
}

func TestNothingIsLeftOfACardWhoseEntryEnded(t *testing.T) {
	for name, end := range map[string]func(l *lane, o pinentry.KeyCard){
		"canceled":  func(l *lane, o pinentry.KeyCard) { l.press(keypad.Cancel); l.fails(pinentry.CodeCanceled, o.Order) },
		"timed out": func(l *lane, o pinentry.KeyCard) { l.fails(pinentry.CodeTimeout, o.Order) },
		"stopped": func(l *lane, o pinentry.KeyCard) {
			l.peer.Order(pinentry.KindStop, pinentry.Stop{Order: o.Order})
			l.shows(display.StateIdle)
		},
		"lost": func(l *lane, _ pinentry.KeyCard) {
			_ = l.peer.Conn.Close()
			l.peer = l.world.Session()
			l.shows(display.StateIdle)
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLane(t)
			o := keyOrder(1)
			o.TimeoutSeconds = 2
			l.peer.Order(pinentry.KindKeyCard, o)
			l.digits(testPAN)
			l.asks("VALID TO (MMYY)")
			l.press('1', '2')
			end(l, o)
			if l.service.Keypad.Press('3') {
				t.Error("a key was taken after the end")
			}
			l.wiped()
		})
	}
}

func TestACounterOfKeyedCardsIsTakenOnce(t *testing.T) {
	l := loaded(t)
	l.enter(9, '1', '2', '3', '4', keypad.OK) // PANs count apart
	keyIn := func(counter uint64) {
		l.peer.Order(pinentry.KindKeyCard, keyOrder(counter))
		for _, s := range []string{testPAN, "1230", "987"} {
			l.digits(s)
		}
		l.peer.Expect(pinentry.KindKeyed, &pinentry.Keyed{})
	}
	keyIn(5)
	l.stop()
	l.start()
	for _, counter := range []uint64{0, 4, 5} {
		l.peer.Order(pinentry.KindKeyCard, keyOrder(counter))
		l.fails(pinentry.CodeInternal, keyOrder(counter).Order)
	}
	keyIn(6)
}

// Each of the four kinds of entry against everything that may not come while it
// goes on, and Stop of another order and Show, which may.
func TestNoEntryTakesAnyOtherOrder(t *testing.T) {
	c := newCard(t)
	orders := map[string]func(l *lane, n byte){
		"EnterPIN":    func(l *lane, n byte) { l.peer.Order(pinentry.KindEnterPIN, l.order(uint64(n))) },
		"EncipherPIN": func(l *lane, n byte) { l.peer.Order(pinentry.KindEncipherPIN, c.order(n)) },
		"Choose":      func(l *lane, n byte) { l.peer.Order(pinentry.KindChoose, chooseOrder(n, "A", "B")) },
		"KeyCard":     func(l *lane, n byte) { l.peer.Order(pinentry.KindKeyCard, keyOrder(uint64(n))) },
	}
	others := map[string]func(l *lane){
		"LoadKey":  func(l *lane) { l.peer.Send(pinentry.KindLoadKey, pinentry.LoadKey{}) },
		"Welcome":  func(l *lane) { l.peer.Order(pinentry.KindWelcome, pinentry.Welcome{}) },
		"Keyed":    func(l *lane) { l.peer.Order(pinentry.KindKeyed, pinentry.Keyed{}) },
		"half one": func(l *lane) { l.peer.Order(pinentry.KindKeyCard, pinentry.Stop{}) },
	}
	for name, send := range orders {
		others[name] = func(l *lane) { send(l, 2) }
	}
	for running, begin := range orders {
		for name, send := range others {
			t.Run(running+", then "+name, func(t *testing.T) {
				l := loaded(t)
				begin(l, 1)
				for s := l.service.Display.Screen(); s.State == display.StateIdle || s.State == display.StateWait; s = l.service.Display.Screen() {
					time.Sleep(time.Millisecond)
				}
				l.peer.Order(pinentry.KindStop, pinentry.Stop{Order: pinentry.OrderID{0xff}})
				l.peer.Order(pinentry.KindShow, pinentry.Show{Text: pinentry.TextPleaseWait})
				send(l)
				_ = l.peer.Conn.SetReadDeadline(time.Now().Add(5 * time.Second))
				if kind, _, err := frame.Read(l.peer.Conn, frame.MaxBody); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
					t.Fatalf("kind %02x, %v instead of the end", kind, err)
				}
			})
		}
	}
}

func TestAChangedOrderOfAnyKindEndsTheSession(t *testing.T) {
	c := newCard(t)
	for kind, order := range map[byte]any{pinentry.KindEncipherPIN: c.order(1), pinentry.KindChoose: chooseOrder(1, "A", "B"), pinentry.KindKeyCard: keyOrder(1)} {
		l := newLane(t)
		sealed := l.peer.Seal(kind, order)
		sealed[20] ^= 1
		l.peer.Write(kind, sealed)
		l.peer.ExpectEnd()
		l.peer = l.world.Session()
		l.peer.Order(kind, order) // the twin
		for s := l.service.Display.Screen(); !slices.Contains([]display.State{display.StatePIN, display.StateChoice, display.StateCard}, s.State); s = l.service.Display.Screen() {
			time.Sleep(time.Millisecond)
		}
	}
}
