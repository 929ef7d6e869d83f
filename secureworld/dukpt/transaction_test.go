package dukpt

import (
	"bytes"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt/internal/reference"
)

var usages = []struct {
	name, code string
	derive     func(*Transaction, []byte, KeyType) error
}{
	{"key encryption", "0002", (*Transaction).KeyEncryptionKey},
	{"PIN", "1000", (*Transaction).PINEncryptionKey},
	{"MAC generation", "2000", (*Transaction).MACGenerationKey},
	{"MAC verification", "2001", (*Transaction).MACVerificationKey},
	{"MAC both", "2002", (*Transaction).MACBothKey},
	{"data encryption", "3000", (*Transaction).DataEncryptionKey},
	{"data decryption", "3001", (*Transaction).DataDecryptionKey},
	{"data both", "3002", (*Transaction).DataBothKey},
}

func TestEveryUsageAndTypeAgreesWithTheStandard(t *testing.T) {
	for _, kt := range []KeyType{AES128, AES192, AES256} {
		d, _ := loaded(t, kt)
		tr, err := d.Next(make([]byte, RoomTransaction), stored)
		if err != nil {
			t.Fatal(err)
		}
		key := reference.TransactionKey(pattern(kt.Size()), int(kt), testID[:], 1)
		seen := map[string]bool{}
		for _, u := range usages {
			for wt := TDEA2; wt <= kt; wt++ {
				got := make([]byte, wt.Size())
				want := reference.WorkingKey(key, u.code, int(wt), testID[:], 1)
				if err := u.derive(tr, got, wt); err != nil || !bytes.Equal(got, want) {
					t.Errorf("%v, %s, %v: got %X, %v", kt, u.name, wt, got, err)
				}
				if seen[string(got)] {
					t.Errorf("%v, %s, %v repeats another key", kt, u.name, wt)
				}
				seen[string(got)] = true
			}
		}
	}
}

func TestAWorkingKeyIsNeverStrongerThanTheInitialKey(t *testing.T) {
	for _, kt := range []KeyType{AES128, AES192} {
		d, _ := loaded(t, kt)
		tr, err := d.Next(make([]byte, RoomTransaction), stored)
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range usages {
			for wt := kt + 1; wt <= AES256+2; wt++ {
				dst := make([]byte, wt.Size())
				if u.derive(tr, dst, wt) == nil || !zero(dst) {
					t.Errorf("%s: %v under %v", u.name, wt, kt)
				}
			}
		}
	}
}

func TestMemoryOfAnotherLengthThanTheKeyIsRefused(t *testing.T) {
	d, _ := loaded(t, AES256)
	tr, err := d.Next(make([]byte, RoomTransaction), stored)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 40 {
		for wt := TDEA2; wt <= AES256; wt++ {
			dst := make([]byte, n)
			if err := tr.DataEncryptionKey(dst, wt); (err == nil) != (n == wt.Size()) {
				t.Errorf("%d bytes for %v: %v", n, wt, err)
			}
		}
	}
}

func BenchmarkDeviceNextAES256(b *testing.B) {
	d, _ := loaded(b, AES256)
	room := make([]byte, RoomTransaction)
	for b.Loop() {
		if _, err := d.Next(room, stored); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDeviceReserve16AES256(b *testing.B) {
	d, _ := loaded(b, AES256)
	rooms := make([][]byte, 16)
	for i := range rooms {
		rooms[i] = make([]byte, RoomTransaction)
	}
	for b.Loop() {
		if _, err := d.Reserve(rooms, stored); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWorkingKeyAES256(b *testing.B) {
	d, _ := loaded(b, AES256)
	tr, err := d.Next(make([]byte, RoomTransaction), stored)
	if err != nil {
		b.Fatal(err)
	}
	dst := make([]byte, 32)
	for b.Loop() {
		if err := tr.DataEncryptionKey(dst, AES256); err != nil {
			b.Fatal(err)
		}
	}
}
