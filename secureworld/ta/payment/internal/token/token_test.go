package token

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/scan"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

func random(t *testing.T) (key []byte, merchant payment.MerchantID, digits []byte) {
	t.Helper()
	key = make([]byte, KeySize)
	_, _ = rand.Read(key)
	copy(merchant[:], "MERCHANT0000001")
	digits, err := scan.GeneratePAN("476173", 16)
	if err != nil {
		t.Fatal(err)
	}
	return key, merchant, digits
}

func of(t *testing.T, key []byte, merchant payment.MerchantID, digits []byte) payment.Token {
	t.Helper()
	got, err := Of(key, merchant, digits)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestTokenIsTheFirstHalfOfTheKeyedHash(t *testing.T) {
	key, merchant, digits := random(t)
	h := hmac.New(sha256.New, key)
	h.Write(append([]byte("\x0fMERCHANT0000001\x12strongroom token 1\x10"), digits...))
	if got := of(t, key, merchant, digits); !bytes.Equal(got[:], h.Sum(nil)[:16]) {
		t.Error("the form is not the one that the acquirer computes")
	}
}

func TestSameCardAtOneMerchantHasOneToken(t *testing.T) {
	for range 200 {
		key, merchant, digits := random(t)
		if of(t, key, merchant, digits) != of(t, key, merchant, bytes.Clone(digits)) {
			t.Fatal("two tokens")
		}
	}
}

// TestTokensOfTwoMerchantsShareNothing: for many cards, neither the same key
// under another merchant nor another key gives a token that agrees with the
// first in more bits than chance does.
func TestTokensOfTwoMerchantsShareNothing(t *testing.T) {
	key, merchant, _ := random(t)
	otherKey, other, _ := random(t)
	copy(other[:], "MERCHANT0000002")
	var byMerchant, byKey, bits int
	for range 500 {
		_, _, digits := random(t)
		one := of(t, key, merchant, digits)
		byMerchant += agreeing(one, of(t, key, other, digits))
		byKey += agreeing(one, of(t, otherKey, merchant, digits))
		bits += 8 * len(one)
	}
	// 64,000 fair coins: 32,000, deviation 126. Six deviations are 760.
	for name, n := range map[string]int{"merchant": byMerchant, "key": byKey} {
		if n < bits/2-760 || n > bits/2+760 {
			t.Errorf("another %s: %d of %d bits agree", name, n, bits)
		}
	}
}

func agreeing(a, b payment.Token) (n int) {
	for i := range a {
		for x := ^(a[i] ^ b[i]); x != 0; x &= x - 1 {
			n++
		}
	}
	return n
}

func TestTwoCardsHaveTwoTokens(t *testing.T) {
	key, merchant, _ := random(t)
	seen := map[payment.Token]string{}
	for range 500 {
		_, _, digits := random(t)
		got := of(t, key, merchant, digits)
		if before, there := seen[got]; there && before != string(digits) {
			t.Fatal("two cards share a token")
		}
		seen[got] = string(digits)
	}
}

func TestUnusableKeyIsRefused(t *testing.T) {
	_, merchant, digits := random(t)
	for _, n := range []int{0, 16, 31, 32, 33} {
		if got, err := Of(make([]byte, n), merchant, digits); !errors.Is(err, ErrKey) || !got.Zero() {
			t.Errorf("%d zeros: %v", n, err)
		}
	}
}
