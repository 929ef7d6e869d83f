package app_test

import (
	"slices"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/scan"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// Places in what a PIN pad seals of a keyed card.
const (
	keyedExpiry = pinentry.MaxPAN
	keyedCode   = keyedExpiry + 4
)

// keyedCard is what was keyed in: a canary PAN, an expiry date and a code.
func keyedCard(t testing.TB) (b [pinentry.KeyedSize]byte) {
	t.Helper()
	digits, err := scan.GeneratePAN("541333", 16)
	if err != nil {
		t.Fatal(err)
	}
	copy(b[:], digits)
	copy(b[keyedExpiry:], "2812")
	copy(b[keyedCode:], "917")
	return b
}

// sealedKeyed seals what was keyed in as the PIN pad does.
func (l *lane) sealedKeyed(card [pinentry.KeyedSize]byte) (sealed [call.KeyedSealedSize]byte) {
	gcm(l.keyedKey[:]).Seal(sealed[:0], pinentry.KeyedNonce(uint64(l.terms.RRN)), card[:], pinentry.PANAAD(l.pinOrder, l.pad))
	return sealed
}

func (l *lane) keyed(card [pinentry.KeyedSize]byte) (got call.Authorised, code call.Code) {
	l.t.Helper()
	q := call.AuthoriseKey{Terms: l.terms, Sealed: l.sealedKeyed(card),
		KSNRequest: l.request, KSNReversal: l.reversal, KSNRepeat: l.repeat}
	return got, l.call(call.OpAuthoriseKey, q, &got)
}

func TestAKeyedCardTellsItsReceiptNothingOfAChip(t *testing.T) {
	l, card := newLane(t), keyedCard(t)
	got, code := l.keyed(card)
	if code != 0 || got.Entry != payment.EntryModeKeyed || got.CVM != payment.CVMNone || got.Brand != payment.BrandMastercard {
		t.Fatalf("%v: %v, %v, %v", code, got.Entry, got.CVM, got.Brand)
	}
	if got.AID != (payment.AID{}) || got.Label != (payment.Label{}) || got.Cryptogram != (payment.Cryptogram{}) || got.Sequence != 0 {
		t.Errorf("%+v", got)
	}
	if got.Masked.Digits() != string(card[12:16]) || got.Token.Zero() {
		t.Errorf("masked %v, token %v", got.Masked, got.Token)
	}
	if answered, code := l.checked(l.approval(got.Request)); code != 0 || !answered.Approved {
		t.Errorf("approval: %v", code)
	}
}

func TestACardHasOneTokenHoweverItCame(t *testing.T) {
	c := noCVM(t)
	one, two := newLane(t), newLane(t)
	two.tokenKey = one.tokenKey
	chip, code := one.authorise(c, false)
	if code != 0 {
		t.Fatal(code)
	}
	card := keyedCard(t)
	clear(card[:pinentry.MaxPAN])
	copy(card[:], c.digits)
	if keyed, code := two.keyed(card); code != 0 || keyed.Token != chip.Token {
		t.Errorf("%v", code)
	}
}

func TestKeyedCardsThatAreNoneAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*[pinentry.KeyedSize]byte)
		code   call.Code
	}{
		"wrong check digit": {func(b *[pinentry.KeyedSize]byte) { b[15] = '0' + (b[15]-'0'+1)%10 }, call.CodeCardData},
		"no code":           {func(b *[pinentry.KeyedSize]byte) { clear(b[keyedCode:]) }, call.CodeCardData},
		"no date":           {func(b *[pinentry.KeyedSize]byte) { clear(b[keyedExpiry:keyedCode]) }, call.CodeCardData},
		"month 13":          {func(b *[pinentry.KeyedSize]byte) { b[keyedExpiry+2], b[keyedExpiry+3] = '1', '3' }, call.CodeCardData},
		"no number":         {func(b *[pinentry.KeyedSize]byte) { clear(b[:keyedExpiry]) }, call.CodeCardData},
		"nobody's number":   {func(b *[pinentry.KeyedSize]byte) { clear(b[:keyedExpiry]); copy(b[:], "0000000000000000") }, call.CodeCardData},
		"nothing changed":   {func(*[pinentry.KeyedSize]byte) {}, 0},
	} {
		l, card := newLane(t), keyedCard(t)
		c.change(&card)
		if _, code := l.keyed(card); code != c.code {
			t.Errorf("%s: %v", name, code)
		}
		if c.code != 0 && slices.Contains(l.asked, call.HostSealAccount) {
			t.Errorf("%s: the application went on", name)
		}
	}
}

func TestKeyedCardOfAnotherOrderIsRefused(t *testing.T) {
	for name, change := range map[string]func(*lane, *call.AuthoriseKey){
		"another order":  func(l *lane, _ *call.AuthoriseKey) { l.pinOrder[0] ^= 1 },
		"another device": func(l *lane, _ *call.AuthoriseKey) { l.pad[0] ^= 1 },
		"another nonce":  func(l *lane, _ *call.AuthoriseKey) { l.terms.RRN++ },
		"changed":        func(_ *lane, q *call.AuthoriseKey) { q.Sealed[3] ^= 1 },
	} {
		l := newLane(t)
		q := call.AuthoriseKey{Terms: l.terms, Sealed: l.sealedKeyed(keyedCard(t)), KSNRequest: l.request}
		change(l, &q)
		if code := l.call(call.OpAuthoriseKey, q, nil); code != call.CodeEnvelope {
			t.Errorf("%s: %v", name, code)
		}
	}
}

func TestTermsOfAKeyedCardAreCheckedBeforeItIsOpened(t *testing.T) {
	l := newLane(t)
	l.terms.Amount = 0
	if _, code := l.keyed(keyedCard(t)); code != call.CodeMalformed || len(l.asked) != 0 {
		t.Errorf("%v, %d host calls", code, len(l.asked))
	}
}
