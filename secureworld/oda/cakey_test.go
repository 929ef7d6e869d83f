package oda

import (
	"crypto/sha1"
	"errors"
	"slices"
	"testing"
)

func TestEveryPublishedKeyVerifies(t *testing.T) {
	_, v, found := shared(t)
	if !found {
		return
	}
	mustSet(t, keysOf(v.Keys...))
	for _, row := range slices.Concat(v.Keys, v.TestOnly) {
		if err := row.key().Verify(); err != nil {
			t.Errorf("%X/%X: %v", row.RID, row.Index, err)
		}
	}
}

func TestPublishedKeysWithAFalseCheckValueAreRefused(t *testing.T) {
	_, v, found := shared(t)
	if !found {
		return
	}
	for _, row := range v.BadCheck {
		if err := row.key().Verify(); !errors.Is(err, ErrCheck) {
			t.Errorf("%X/%X: %v", row.RID, row.Index, err)
		}
		if _, err := NewSet([]CAKey{row.key()}, nil, 0); !errors.Is(err, ErrCheck) {
			t.Errorf("%X/%X in a set: %v", row.RID, row.Index, err)
		}
	}
}

func TestAnIndexIsTakenOnlyOnceEvenByAnotherSize(t *testing.T) {
	_, v, found := shared(t)
	if !found {
		return
	}
	if _, err := NewSet(keysOf(append(v.Keys, v.TestOnly[1])...), nil, 0); !errors.Is(err, ErrDuplicate) {
		t.Error(err)
	}
}

// withCheck gives a key the check value it should have.
func withCheck(k CAKey) CAKey {
	k.Check = sha1.Sum(slices.Concat(k.RID[:], []byte{k.Index}, k.Modulus, k.Exponent))
	return k
}

func TestKeysOfAnotherShapeAreRefused(t *testing.T) {
	good := loadCards(t).Keys[0].key()
	for name, change := range map[string]func(*CAKey){
		"even modulus":            func(k *CAKey) { k.Modulus[len(k.Modulus)-1] ^= 1 },
		"first bit clear":         func(k *CAKey) { k.Modulus[0] &= 0x7F },
		"leading zero":            func(k *CAKey) { k.Modulus = append([]byte{0}, k.Modulus[1:]...) },
		"nothing":                 func(k *CAKey) { k.Modulus = nil },
		"504 bits":                func(k *CAKey) { k.Modulus = k.Modulus[len(k.Modulus)-63:]; k.Modulus[0] |= 0x80 },
		"1992 bits":               func(k *CAKey) { k.Modulus = append([]byte{0x80}, k.Modulus...) },
		"exponent 2":              func(k *CAKey) { k.Exponent = []byte{2} },
		"exponent 17":             func(k *CAKey) { k.Exponent = []byte{17} },
		"no exponent":             func(k *CAKey) { k.Exponent = nil },
		"exponent with zeros":     func(k *CAKey) { k.Exponent = []byte{0, 0, 3} },
		"last day that is no day": func(k *CAKey) { k.Expiry = [3]byte{0x29, 0x02, 0x30} },
	} {
		k := good.clone()
		change(&k)
		if err := withCheck(k).Verify(); !errors.Is(err, ErrKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestASetKeepsItsFloorAndItsLimits(t *testing.T) {
	keys := keysOf(loadCards(t).Keys...) // 1984 and 1408 bits
	if _, err := NewSet(keys, nil, 1408); err != nil {
		t.Error(err)
	}
	if _, err := NewSet(keys, nil, 1409); !errors.Is(err, ErrKey) {
		t.Error("a key below the floor:", err)
	}
	if _, err := NewSet(keys, make([]Revoked, maxRevoked+1), 0); !errors.Is(err, ErrTooMany) {
		t.Error("too many revoked:", err)
	}
	if _, err := NewSet(make([]CAKey, maxKeys+1), nil, 0); !errors.Is(err, ErrTooMany) {
		t.Error("too many keys:", err)
	}
}

func TestASetDoesNotShareMemoryWithItsCallers(t *testing.T) {
	row := loadCards(t).Keys[0]
	k := row.key().clone()
	s := mustSet(t, []CAKey{k})
	k.Modulus[5] ^= 1
	first, _ := s.Find(k.RID, k.Index)
	first.Modulus[6] ^= 1
	if again, ok := s.Find(k.RID, k.Index); !ok || again.Verify() != nil {
		t.Error("a key of the set changed")
	}
}

func TestFindNeedsBothRIDAndIndex(t *testing.T) {
	keys := keysOf(loadCards(t).Keys...)
	s := mustSet(t, keys)
	if _, ok := s.Find(keys[0].RID, keys[1].Index); ok {
		t.Error("found under the index of another scheme")
	}
	if _, ok := (Set{}).Find(keys[0].RID, keys[0].Index); ok {
		t.Error("found in an empty set")
	}
}
