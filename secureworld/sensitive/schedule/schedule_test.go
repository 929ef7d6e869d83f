package schedule

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"reflect"
	"runtime"
	"sync"
	"testing"
	"unsafe"
)

func TestMovingWorksWithThisGo(t *testing.T) {
	if err := SelfTest(); err != nil {
		t.Fatal(err)
	}
}

func TestMovedCiphersAnswerLikeTheStandardLibrary(t *testing.T) {
	for _, n := range []int{16, 24, 32} {
		key := counting(n)
		want, _ := aes.NewCipher(key)
		for _, room := range [][]byte{nil, make([]byte, RoomAES), make([]byte, RoomAES+7)[7:]} {
			b, erase, err := NewAES(key, room)
			if err != nil {
				t.Fatal(err)
			}
			sameBlock(t, fmt.Sprint("AES ", n), b, want)
			erase()
		}
		wantGCM, _ := newGCM(want)
		for _, room := range [][]byte{nil, make([]byte, RoomGCM)} {
			a, erase, err := NewGCM(key, room)
			if err != nil {
				t.Fatal(err)
			}
			nonce := make([]byte, 12)
			got := a.Seal(nil, nonce, counting(100), key)
			if !bytes.Equal(got, wantGCM.Seal(nil, nonce, counting(100), key)) {
				t.Errorf("GCM %d seals differently", n)
			}
			if _, err := a.Open(nil, nonce, got, key); err != nil {
				t.Errorf("GCM %d does not open", n)
			}
			erase()
		}
	}
}

func TestTDESWithTwoKeysIsTDESWithTheFirstRepeated(t *testing.T) {
	for _, n := range []int{16, 24} {
		key := counting(24)
		if n == 16 {
			copy(key[16:], key[:8])
		}
		want, _ := newTDES((*[24]byte)(key))
		for _, room := range [][]byte{nil, make([]byte, RoomTDES)} {
			b, erase, err := NewTDES(counting(24)[:n], room)
			if err != nil {
				t.Fatal(err)
			}
			sameBlock(t, fmt.Sprint("TDES ", n), b, want)
			erase()
		}
	}
}

func sameBlock(t *testing.T, name string, got, want cipher.Block) {
	t.Helper()
	in := counting(16)[:want.BlockSize()]
	a, b := make([]byte, len(in)), make([]byte, len(in))
	got.Encrypt(a, in)
	want.Encrypt(b, in)
	if !bytes.Equal(a, b) {
		t.Errorf("%s enciphers differently", name)
	}
	got.Decrypt(a, a)
	if !bytes.Equal(a, in) {
		t.Errorf("%s does not decipher what it enciphered", name)
	}
}

// The schedule must be in the room before (the control) and nowhere after.
func TestEraseClearsTheRoom(t *testing.T) {
	makers := map[string]struct {
		size int
		make func(room []byte) (func(), error)
	}{
		"AES":  {RoomAES, func(r []byte) (func(), error) { _, e, err := NewAES(counting(32), r); return e, err }},
		"GCM":  {RoomGCM, func(r []byte) (func(), error) { _, e, err := NewGCM(counting(32), r); return e, err }},
		"TDES": {RoomTDES, func(r []byte) (func(), error) { _, e, err := NewTDES(counting(24), r); return e, err }},
	}
	for name, m := range makers {
		room := make([]byte, m.size)
		erase, err := m.make(room)
		if err != nil {
			t.Fatal(err)
		}
		if zero(room) {
			t.Errorf("%s: nothing was moved into the room", name)
		}
		erase()
		if !zero(room) {
			t.Errorf("%s: the schedule outlived its erasure", name)
		}
	}
}

func TestTheHeapCopyIsClearedAtOnce(t *testing.T) {
	b, err := aes.NewCipher(counting(32))
	if err != nil {
		t.Fatal(err)
	}
	old := object(&b, aesLayout())
	if zero(old) {
		t.Fatal("the control finds no schedule on the heap")
	}
	if _, _, err := place(b, aesLayout(), make([]byte, RoomAES), RoomAES); err != nil {
		t.Fatal(err)
	}
	if !zero(old) {
		t.Error("the schedule is still on the heap after the move")
	}
}

func TestEraseClearsAnObjectThatStayedOnTheHeap(t *testing.T) {
	b, erase, err := NewAES(counting(32), nil)
	if err != nil {
		t.Fatal(err)
	}
	old := object(&b, aesLayout())
	before := zero(old)
	erase()
	if before || !zero(old) {
		t.Error("the schedule outlived its erasure on the heap")
	}
}

func TestWhatCannotMoveStaysAndAnswers(t *testing.T) {
	b, _ := aes.NewCipher(counting(16))
	want, _ := aes.NewCipher(counting(16))
	room := make([]byte, RoomAES)
	moved, _, err := place(b, layout{moves: errAnswer}, room, RoomAES)
	if err != nil || !zero(room) {
		t.Fatal("an object was moved although its guard failed")
	}
	sameBlock(t, "unmoved", moved, want)
}

func TestAnObjectOfAnotherTypeIsNeverMoved(t *testing.T) {
	b, _ := newTDES((*[24]byte)(counting(24)))
	room := make([]byte, RoomAES)
	if _, erase, err := place(b, aesLayout(), room, RoomAES); err != nil || !zero(room) {
		t.Error("an object was moved by the layout of another type")
	} else {
		erase()
	}
	want, _ := newTDES((*[24]byte)(counting(24)))
	sameBlock(t, "foreign", b, want)
}

func TestObjectsWithPointersAreNotPlain(t *testing.T) {
	if plain(reflect.TypeOf(hmac.New(sha256.New, counting(32))).Elem()) {
		t.Error("HMAC passes for plain")
	}
	type inner struct{ p unsafe.Pointer }
	type outer struct {
		n int
		a [2]inner
	}
	for _, v := range []any{"", []byte{}, map[int]int{}, func() {}, make(chan int), new(int), outer{}, [1]any{}} {
		if plain(reflect.TypeOf(v)) {
			t.Errorf("%T passes for plain", v)
		}
	}
	if !plain(reflect.TypeOf([2]struct{ a, b uint32 }{})) {
		t.Error("an array of plain structs does not pass for plain")
	}
}

func TestShortRoomsAndWrongKeyLengthsAreRefused(t *testing.T) {
	for n := range 40 {
		_, _, errAES := NewAES(make([]byte, n), nil)
		_, _, errGCM := NewGCM(make([]byte, n), nil)
		_, _, errTDES := NewTDES(make([]byte, n), nil)
		if aesKey := n == 16 || n == 24 || n == 32; aesKey != (errAES == nil) || aesKey != (errGCM == nil) {
			t.Errorf("AES key of %d bytes: %v, %v", n, errAES, errGCM)
		}
		if (n == 16 || n == 24) != (errTDES == nil) {
			t.Errorf("TDES key of %d bytes: %v", n, errTDES)
		}
	}
	_, _, a := NewAES(counting(16), make([]byte, RoomAES-1))
	_, _, g := NewGCM(counting(16), make([]byte, RoomGCM-1))
	_, _, d := NewTDES(counting(16), make([]byte, RoomTDES-1))
	if a == nil || g == nil || d == nil {
		t.Error("a room that is too small is accepted")
	}
}

func TestMovedCiphersSurviveTheCollector(t *testing.T) {
	want, _ := aes.NewCipher(counting(32))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 50 {
				b, erase, err := NewAES(counting(32), make([]byte, RoomAES))
				if err != nil {
					t.Error(err)
					return
				}
				runtime.GC()
				sameBlock(t, "after a collection", b, want)
				erase()
			}
		})
	}
	wg.Wait()
}

func BenchmarkNewAES256Moved(b *testing.B) {
	key, room := counting(32), make([]byte, RoomAES)
	for b.Loop() {
		_, erase, err := NewAES(key, room)
		if err != nil {
			b.Fatal(err)
		}
		erase()
	}
}

func BenchmarkNewAES256Plain(b *testing.B) {
	key := counting(32)
	for b.Loop() {
		if _, err := aes.NewCipher(key); err != nil {
			b.Fatal(err)
		}
	}
}

func zero(b []byte) bool { return len(bytes.Trim(b, "\x00")) == 0 }
