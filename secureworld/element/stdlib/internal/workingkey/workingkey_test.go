package workingkey

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt/receiver"
	"github.com/strongroom-pos/strongroom/secureworld/element/stdlib/internal/aes256"
)

func open(tb testing.TB, keep bool) *Keys {
	tb.Helper()
	k, err := New(keep)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(k.Close)
	return k
}

func base(tb testing.TB) *Base {
	tb.Helper()
	b := NewBase(baseKey())
	tb.Cleanup(b.Erase)
	return b
}

func baseKey() *[keySize]byte {
	var bdk [keySize]byte
	for i := range bdk {
		bdk[i] = byte(7 * i)
	}
	return &bdk
}

func ksnOf(tb testing.TB, terminal, counter uint32) dukpt.KSN {
	tb.Helper()
	id := [8]byte{0x11, 0x22, 0x33, 0x44}
	binary.BigEndian.PutUint32(id[4:], terminal)
	k, err := dukpt.NewKSN(id, counter)
	if err != nil {
		tb.Fatal(err)
	}
	return k
}

// usages are all of them, with the oracle's word for each.
func usages() map[Usage]func(*dukpt.Transaction, []byte, dukpt.KeyType) error {
	return map[Usage]func(*dukpt.Transaction, []byte, dukpt.KeyType) error{
		PIN():        (*dukpt.Transaction).PINEncryptionKey,
		DeviceMAC():  (*dukpt.Transaction).MACGenerationKey,
		AnswerMAC():  (*dukpt.Transaction).MACVerificationKey,
		DeviceData(): (*dukpt.Transaction).DataEncryptionKey,
	}
}

// agree holds every usage's key to that of package receiver.
func agree(t *testing.T, k *Keys, ksn dukpt.KSN) {
	t.Helper()
	var first, want [keySize]byte
	bdk := baseKey()
	if err := receiver.InitialKey(first[:], bdk[:], dukpt.AES256, ksn.InitialKeyID()); err != nil {
		t.Fatal(err)
	}
	tx, err := receiver.Transaction(first[:], dukpt.AES256, ksn, make([]byte, dukpt.RoomTransaction))
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Wipe()
	for u, derive := range usages() {
		if err := derive(tx, want[:], dukpt.AES256); err != nil {
			t.Fatal(err)
		}
		w, err := k.Derive(base(t), ksn, u)
		if err != nil {
			t.Fatal(err)
		}
		if *w.Key() != want {
			t.Errorf("counter %08x, usage %04x: another key", ksn.Counter(), u.indicator)
		}
		w.Release()
	}
}

func validCounter(r *rand.Rand) uint32 {
	for {
		if c := r.Uint32() & r.Uint32() >> (r.Uint32() % 32); dukpt.ValidCounter(c) {
			return c
		}
	}
}

func TestKeysAreThoseOfTheReceiver(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, keep := range []bool{false, true} {
		k := open(t, keep)
		for _, c := range []uint32{1, 2, 3, 0xFFFF, 0xFFFF0000, 0x80000000, 0xAAAAAAAA, 0x55555555, 1} {
			agree(t, k, ksnOf(t, 1, c))
		}
		for range 200 { // any order: forward, back and again
			agree(t, k, ksnOf(t, r.Uint32()%5, validCounter(r)))
		}
		c := uint32(0x000F8FF8)
		for range 40 {
			agree(t, k, ksnOf(t, 9, c))
			c, _ = dukpt.NextCounter(c)
		}
	}
}

func TestTheNextCounterNeedsOneNewKey(t *testing.T) {
	k := open(t, true)
	bdk := base(t)
	c := uint32(0x00AAAA00)
	var before [steps][keySize]byte
	for i := range 200 {
		ksn := ksnOf(t, 1, c)
		w, err := k.Derive(bdk, ksn, PIN())
		if err != nil {
			t.Fatal(err)
		}
		p := pathOf(w.shard, ksn.InitialKeyID())
		changed := 0
		for at := range bits.OnesCount32(c) {
			if p.keys[at] != before[at] {
				changed++
			}
		}
		before = p.keys
		w.Release()
		if i > 0 && changed > 1 {
			t.Errorf("counter %08x: %d new keys", c, changed)
		}
		c, _ = dukpt.NextCounter(c)
	}
}

func pathOf(s *shard, id [8]byte) *path {
	for i := range s.paths {
		if s.paths[i].id == id && s.paths[i].used != 0 {
			return &s.paths[i]
		}
	}
	return nil
}

func TestMoreTerminalsThanPlacesAreServed(t *testing.T) {
	k := open(t, true)
	for terminal := range uint32(3 * Terminals / 2) {
		w, err := k.Derive(base(t), ksnOf(t, terminal, 3), PIN())
		if err != nil {
			t.Fatal(err)
		}
		w.Release()
	}
	for terminal := uint32(0); terminal < 3*Terminals/2; terminal += 97 {
		agree(t, k, ksnOf(t, terminal, 4))
	}
}

func TestTheTerminalThatWasSilentForLongestGivesWay(t *testing.T) {
	k := open(t, true)
	s := &k.shards[0]
	s.mu.Lock()
	defer s.mu.Unlock()
	id := func(i int) [8]byte { return [8]byte{7: byte(i + 1)} }
	for i := range setSize {
		s.find(id(i), 2).id = id(i)
	}
	s.find(id(0), 2)
	s.find(id(99), 2).id = id(99)
	for i := range setSize {
		if kept := pathOf(s, id(i)) != nil; kept != (i != 1) {
			t.Errorf("terminal %d: kept %t", i, kept)
		}
	}
}

func TestNothingIsLeftOnTheBench(t *testing.T) {
	for _, keep := range []bool{false, true} {
		k := open(t, keep)
		w, err := k.Derive(base(t), ksnOf(t, 1, 7), PIN())
		if err != nil {
			t.Fatal(err)
		}
		w.Block(&[aes256.BlockSize]byte{1, 2, 3})
		w.Cipher()
		b := w.shard.bench
		w.Release()
		if b.working != [keySize]byte{} || b.field != [aes256.BlockSize]byte{} || b.room != [aes256.Room]byte{} || b.path != (path{}) {
			t.Error("a key or a PIN block is left")
		}
		k.Forget()
		for i := range k.shards {
			if *k.shards[i].paths != [sets * setSize]path{} {
				t.Error("a path is left")
			}
		}
		agree(t, k, ksnOf(t, 1, 8))
	}
}

func TestCountersThatNoTransactionHasAreRefused(t *testing.T) {
	k := open(t, true)
	for _, bad := range []dukpt.KSN{{}, {8: 0xFF, 9: 0xFF, 10: 0xFF}} {
		if _, err := k.Derive(base(t), bad, PIN()); !errors.Is(err, ErrKSN) {
			t.Errorf("counter %08x: %v", bad.Counter(), err)
		}
	}
}

func TestManyCallersGetTheirOwnKeys(t *testing.T) {
	k := open(t, true)
	var wg sync.WaitGroup
	for caller := range uint32(8) {
		wg.Go(func() {
			for c := uint32(1); c < 60; c++ {
				agree(t, k, ksnOf(t, caller%3, c))
			}
		})
	}
	wg.Wait()
}

// TestNothingIsAllocatedInVectorRegisters: the standard library's schedules are the
// only allocations of the other form.
func TestNothingIsAllocatedInVectorRegisters(t *testing.T) {
	want := 3.0 // the path's one new key, the working key and its cipher
	if aes256.Vector() {
		want = 0
	}
	k, bdk, c := open(t, true), base(t), uint32(0x00AAAA00)
	if n := testing.AllocsPerRun(200, func() {
		w, err := k.Derive(bdk, ksnOf(t, 1, c), PIN())
		if err != nil {
			t.Fatal(err)
		}
		w.Cipher()
		w.Release()
		c, _ = dukpt.NextCounter(c)
	}); n > want {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkNextCounter(b *testing.B) {
	for name, keep := range map[string]bool{"whole way": false, "kept path": true} {
		b.Run(name, func(b *testing.B) {
			k, bdk, c := open(b, keep), base(b), uint32(0x00AAAA00)
			for b.Loop() {
				w, err := k.Derive(bdk, ksnOf(b, 1, c), PIN())
				if err != nil {
					b.Fatal(err)
				}
				w.Release()
				c = c&^0xFF | (c+1)&0xFF
			}
		})
	}
}
