package shamir

import (
	"bytes"
	"crypto/rand"
	"errors"
	"math/bits"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// FIPS 197, 4.2: {57} • {83} = {c1}, {57} • {13} = {fe}.
func TestProductsAreThoseOfTheStandard(t *testing.T) {
	if multiply(0x57, 0x83) != 0xc1 || multiply(0x57, 0x13) != 0xfe {
		t.Error("another field")
	}
}

func TestEveryElementTimesItsInverseIsOne(t *testing.T) {
	for a := 1; a < 256; a++ {
		if multiply(byte(a), inverse(byte(a))) != 1 {
			t.Errorf("%#x", a)
		}
	}
	if inverse(0) != 0 {
		t.Error("the inverse of zero")
	}
}

func split(t *rapid.T, secret []byte, k, n int) [][]byte {
	shares := make([][]byte, n)
	for i := range shares {
		shares[i] = make([]byte, len(secret))
	}
	if err := Split(secret, k, shares, make([]byte, (k-1)*len(secret)), rand.Reader); err != nil {
		t.Fatal(err)
	}
	return shares
}

func TestAnySharesThatAreEnoughGiveTheSecretBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.SliceOfN(rapid.Byte(), 1, 40).Draw(t, "secret")
		n := rapid.IntRange(1, 12).Draw(t, "n")
		k := rapid.IntRange(1, n).Draw(t, "k")
		shares := split(t, secret, k, n)
		chosen := rapid.Permutation([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}[:n]).Draw(t, "points")
		chosen = chosen[:rapid.IntRange(k, n).Draw(t, "how many")]
		var some [][]byte
		for _, p := range chosen {
			some = append(some, shares[p-1])
		}
		got := make([]byte, len(secret))
		if err := Combine(got, chosen, some); err != nil || !bytes.Equal(got, secret) {
			t.Fatalf("%x, %v", got, err)
		}
	})
}

// Of k - 1 shares every secret is as likely as any other: for each there is one
// share that goes with them. Shown for each byte of one share of two.
func TestOneShareTooFewFitsEverySecret(t *testing.T) {
	share := byte(0x5a) // at point 1, k = 2
	var seen [256]bool
	for other := range 256 {
		secret := make([]byte, 1)
		if err := Combine(secret, []byte{1, 2}, [][]byte{{share}, {byte(other)}}); err != nil {
			t.Fatal(err)
		}
		seen[secret[0]] = true
	}
	if slices.Contains(seen[:], false) {
		t.Error("a secret that one share rules out")
	}
}

// A share that is one bit off gives another secret, and nothing tells: the
// control for why shares are sealed.
func TestAWrongShareGivesAnotherSecret(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "secret")
		shares := split(t, secret, 3, 3)
		shares[rapid.IntRange(0, 2).Draw(t, "share")][rapid.IntRange(0, 31).Draw(t, "byte")] ^= 1
		got := make([]byte, 32)
		if err := Combine(got, []byte{1, 2, 3}, shares); err != nil || bytes.Equal(got, secret) {
			t.Fatalf("%v", err)
		}
	})
}

func TestWhatIsNoSetOfSharesIsRefused(t *testing.T) {
	three := [][]byte{{1}, {2}, {3}}
	for name, points := range map[string][]byte{"a point twice": {1, 2, 1}, "the secret's point": {0, 1, 2}, "too few points": {1, 2}, "none": {}} {
		if err := Combine(make([]byte, 1), points, three); !errors.Is(err, ErrShares) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := Combine(make([]byte, 2), []byte{1, 2, 3}, three); !errors.Is(err, ErrShares) {
		t.Errorf("another length: %v", err)
	}
	for _, k := range []int{0, 4} {
		if err := Split([]byte{1}, k, three, make([]byte, 3), rand.Reader); !errors.Is(err, ErrShares) {
			t.Errorf("%d of 3: %v", k, err)
		}
	}
	if err := Split([]byte{1}, 3, three, make([]byte, 1), rand.Reader); !errors.Is(err, ErrShares) {
		t.Error("too little work space was accepted")
	}
	if err := Split([]byte{1}, 3, three, make([]byte, 2), bytes.NewReader(nil)); err == nil {
		t.Error("no random numbers, and no error")
	}
}

// The polynomial has a coefficient for each power: shares are not the secret, and
// differ between two splits, at about half of all bits.
func TestSharesLookRandom(t *testing.T) {
	secret := make([]byte, 4096)
	rapid.Check(t, func(t *rapid.T) {
		shares := split(t, secret, 2, 2)
		ones := 0
		for _, b := range shares[0] {
			ones += bits.OnesCount8(b)
		}
		if ones < 15000 || ones > 17768 { // half of 32768, more than ten standard deviations
			t.Fatalf("%d ones", ones)
		}
	})
}
