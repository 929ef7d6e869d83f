package dukpt

import (
	"bytes"
	"errors"
	"math/bits"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt/internal/reference"
)

func TestLoadFillsThePublishedRegistersAndErasesTheKey(t *testing.T) {
	v := loadPublished(t)
	memory, initial := make([]byte, StateSize), bytes.Clone(v.InitialKey)
	if _, err := Load(memory, [8]byte(v.InitialKeyID), AES128, initial); err != nil {
		t.Fatal(err)
	}
	if len(v.Registers) != registers {
		t.Fatalf("%d registers published", len(v.Registers))
	}
	for i, want := range v.Registers {
		if got := state(memory).register(i); !bytes.Equal(got, want) {
			t.Errorf("register %d: got %X", i, got)
		}
	}
	if !zero(initial) || bytes.Contains(memory, v.InitialKey) || !zero(memory[workAt:]) {
		t.Error("the initial key outlived its loading")
	}
}

func TestADeviceGivesThePublishedTransactions(t *testing.T) {
	v := loadPublished(t)
	d, err := Load(make([]byte, StateSize), [8]byte(v.InitialKeyID), AES128, bytes.Clone(v.InitialKey))
	if err != nil || len(v.Transactions) == 0 {
		t.Fatal(len(v.Transactions), err)
	}
	for _, want := range v.Transactions {
		tr, err := d.Next(make([]byte, RoomTransaction), stored)
		if err != nil {
			t.Fatal(err)
		}
		ksn := tr.KSN()
		if !bytes.Equal(ksn[:], want.KSN) {
			t.Fatalf("got KSN %X, want %X", ksn, want.KSN)
		}
		same(t, "PIN", tr.PINEncryptionKey, AES128, want.PINKey)
		same(t, "MAC", tr.MACGenerationKey, AES128, want.MACGenerationKey)
		same(t, "data", tr.DataEncryptionKey, AES128, want.DataEncryptionKey)
	}
}

func same(t *testing.T, name string, derive func([]byte, KeyType) error, kt KeyType, want []byte) {
	t.Helper()
	got := make([]byte, kt.Size())
	if err := derive(got, kt); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s key: got %X, %v", name, got, err)
	}
}

// stateAt builds what a device holds when c is its next counter: the key of c,
// and above its lowest bit the key of every counter that begins like c and has
// a one where c has a zero.
func stateAt(kt KeyType, initial []byte, c uint32) []byte {
	s := blank(make([]byte, StateSize), testID, kt)
	s.setCounter(c)
	for i := bits.TrailingZeros32(c); i < registers; i++ {
		at := c>>i<<i | 1<<i
		if (c>>i&1 == 0 || at == c) && ValidCounter(at) {
			copy(s.register(i), reference.TransactionKey(initial, int(kt), testID[:], at))
		}
	}
	return s
}

// From many places the device's steps give the keys of the standard's walk, and
// its registers are exactly those that belong to the next counter.
func TestEveryStepAgreesWithTheWalkFromTheInitialKey(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	starts := []uint32{1, 0xFFFE, 0x1FFF0, 0xFFFE2000, 0xFFFEFFF0 &^ 0xFFF0, 0xFFFF0000 - 0x8000}
	for range 20 {
		starts = append(starts, randomCounter(random))
	}
	for i, start := range starts {
		kt := AES128 + KeyType(i%3)
		initial := pattern(kt.Size())
		d, err := Resume(stateAt(kt, initial, start))
		if err != nil {
			t.Fatalf("%08X: %v", start, err)
		}
		checkSteps(t, d, kt, initial, start, 12)
	}
}

func checkSteps(t *testing.T, d *Device, kt KeyType, initial []byte, c uint32, steps int) {
	t.Helper()
	for ok := true; ok && steps > 0; steps-- {
		tr, err := d.Next(make([]byte, RoomTransaction), stored)
		if err != nil || tr.KSN().Counter() != c {
			t.Fatalf("%08X: %v", c, err)
		}
		key := reference.TransactionKey(initial, int(kt), testID[:], c)
		same(t, "PIN", tr.PINEncryptionKey, kt, reference.WorkingKey(key, "1000", int(kt), testID[:], c))
		if c, ok = NextCounter(c); ok && !bytes.Equal(d.state, stateAt(kt, initial, c)) {
			t.Fatalf("before %08X the registers are not those of the standard", c)
		}
	}
}

func TestAfterTheLastCounterNothingIsLeft(t *testing.T) {
	memory := stateAt(AES256, pattern(32), 0xFFFF0000)
	d, err := Resume(memory)
	if err != nil || d.Remaining() != 1 {
		t.Fatal(d.Remaining(), err)
	}
	two := [][]byte{make([]byte, RoomTransaction), make([]byte, RoomTransaction)}
	if _, err := d.Reserve(two, stored); !errors.Is(err, ErrExhausted) {
		t.Fatalf("two transactions from one: %v", err)
	}
	if _, err := d.Next(two[0], stored); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Next(two[1], stored); !errors.Is(err, ErrExhausted) || d.Remaining() != 0 {
		t.Errorf("after the last: %v", err)
	}
	if !zero(memory[registersAt:]) {
		t.Error("keys are left in an exhausted device")
	}
	if d, err := Resume(memory); err != nil || d.Remaining() != 0 {
		t.Errorf("an exhausted device does not resume: %v", err)
	}
}

func TestAReservationIsStoredOnceBeforeItIsGivenOut(t *testing.T) {
	d, _ := loaded(t, AES256)
	rooms := make([][]byte, 5)
	for i := range rooms {
		rooms[i] = make([]byte, RoomTransaction)
	}
	calls, snapshot := 0, make([]byte, StateSize)
	taken, err := d.Reserve(rooms, func(s []byte) error {
		calls++
		copy(snapshot, s)
		return nil
	})
	if err != nil || calls != 1 || len(taken) != len(rooms) {
		t.Fatal(calls, len(taken), err)
	}
	again, err := Resume(snapshot)
	if err != nil || again.Remaining() != d.Remaining() {
		t.Fatalf("what was stored is not the state after the reservation: %v", err)
	}
	for i, tr := range taken {
		if tr.KSN().Counter() != uint32(i+1) {
			t.Errorf("transaction %d has counter %d", i, tr.KSN().Counter())
		}
	}
	next, err := again.Next(make([]byte, RoomTransaction), stored)
	if err != nil || next.KSN().Counter() != 6 {
		t.Errorf("after a restart the next counter is %d, %v", next.KSN().Counter(), err)
	}
}

// A fault pair: not stored and said so, stored and said it was not.
func TestADeviceWhoseStateIsNotStoredIsDead(t *testing.T) {
	fault := errors.New("disk")
	for _, done := range []bool{false, true} {
		d, memory := loaded(t, AES256)
		snapshot := bytes.Clone(memory)
		room := make([]byte, RoomTransaction)
		tr, err := d.Next(room, func(s []byte) error {
			if done {
				copy(snapshot, s)
			}
			return fault
		})
		if tr != nil || !errors.Is(err, fault) || !zero(room) || !zero(memory) || d.Remaining() != 0 {
			t.Fatalf("done=%v: something usable is left: %v", done, err)
		}
		if _, err := d.Next(room, stored); !errors.Is(err, ErrDead) {
			t.Errorf("done=%v: a dead device answers: %v", done, err)
		}
		resumed, err := Resume(snapshot)
		if err != nil {
			t.Fatal(err)
		}
		next, err := resumed.Next(room, stored)
		if want := map[bool]uint32{false: 1, true: 2}[done]; err != nil || next.KSN().Counter() != want {
			t.Errorf("done=%v: resumed at %d, want %d", done, next.KSN().Counter(), want)
		}
	}
}

func TestADeviceWhoseStoragePanicsIsDead(t *testing.T) {
	d, _ := loaded(t, AES128)
	func() {
		defer func() { _ = recover() }()
		_, _ = d.Next(make([]byte, RoomTransaction), func([]byte) error { panic("storage") })
	}()
	if _, err := d.Next(make([]byte, RoomTransaction), stored); !errors.Is(err, ErrDead) {
		t.Errorf("got %v", err)
	}
}

func TestRefusedReservationsChangeNothing(t *testing.T) {
	d, memory := loaded(t, AES128)
	before, room := bytes.Clone(memory), make([]byte, RoomTransaction)
	_, none := d.Reserve(nil, stored)
	_, short := d.Reserve([][]byte{room, room[:RoomTransaction-1]}, stored)
	_, nowhere := d.Next(room, nil)
	if none == nil || short == nil || nowhere == nil || !bytes.Equal(memory, before) || !zero(room) {
		t.Error("a refused reservation was accepted or left a trace")
	}
	if _, err := d.Next(room, stored); err != nil {
		t.Errorf("after refusals: %v", err)
	}
}

func TestLoadRefusesWhatDoesNotAgreeAndErasesTheKey(t *testing.T) {
	for _, c := range []struct {
		memory, key int
		kt          KeyType
	}{{StateSize - 1, 16, AES128}, {StateSize, 16, AES256}, {StateSize, 32, AES128}, {StateSize, 16, TDEA2}, {StateSize, 24, TDEA3}, {StateSize, 0, 9}} {
		key := pattern(c.key)
		if _, err := Load(make([]byte, c.memory), testID, c.kt, key); err == nil || !zero(key) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestResumeRefusesWhatIsNoState(t *testing.T) {
	_, good := loaded(t, AES192)
	if _, err := Resume(bytes.Clone(good)); err != nil {
		t.Fatal(err)
	}
	if _, err := Resume(good[:StateSize-1]); err == nil {
		t.Error("a short state is resumed")
	}
	for _, at := range []int{0, 3, typeAt, typeAt + 1, zeroAt, reservedAt, workAt, StateSize - 1} {
		bad := bytes.Clone(good)
		bad[at] ^= 0xFF
		if _, err := Resume(bad); err == nil {
			t.Errorf("byte %d changed: resumed", at)
		}
	}
	bad := bytes.Clone(good)
	state(bad).setCounter(0x0001FFFF)
	if _, err := Resume(bad); err == nil {
		t.Error("a counter that no transaction has is resumed")
	}
	bad = bytes.Clone(good)
	clear(state(bad).register(0))
	if _, err := Resume(bad); err == nil {
		t.Error("a state without the next key is resumed")
	}
}

func TestConcurrentTransactionsNeverShareACounter(t *testing.T) {
	d, _ := loaded(t, AES128)
	var mu sync.Mutex
	seen := map[KSN]bool{}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 50 {
				tr, err := d.Next(make([]byte, RoomTransaction), stored)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				if seen[tr.KSN()] {
					t.Errorf("%X twice", tr.KSN())
				}
				seen[tr.KSN()] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(seen) != 200 {
		t.Errorf("%d transactions", len(seen))
	}
}

func FuzzResumedStates(f *testing.F) {
	_, good := loaded(f, AES256)
	f.Add(good[:registersAt])
	f.Add(stateAt(AES128, pattern(16), 0xFFFF0000)[:registersAt])
	f.Fuzz(func(t *testing.T, head []byte) {
		memory := make([]byte, StateSize)
		copy(memory[:workAt], head)
		d, err := Resume(memory)
		if err != nil {
			return
		}
		left := d.Remaining()
		if _, err := d.Next(make([]byte, RoomTransaction), stored); (err == nil) != (left > 0) {
			t.Errorf("%d left, %v", left, err)
		}
	})
}
