package elementtest

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt/receiver"
	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/keyblock"
)

const keySize = 32

// World has the keys of one element, as its file and in clear.
type World struct {
	KBPK []byte // 32 bytes
	File element.KeyFile

	terminal, pinPad bdk
}

type bdk struct {
	id  [4]byte
	key []byte
}

// NewWorld makes random keys for the slots of the AES verbs.
func NewWorld(tb testing.TB) *World {
	tb.Helper()
	w := &World{
		KBPK:     random(keySize),
		terminal: bdk{[4]byte{0x11, 0x11, 0x22, 0x22}, random(keySize)},
		pinPad:   bdk{[4]byte{0x33, 0x33, 0x44, 0x44}, random(keySize)},
	}
	w.File.Keys = []element.KeyEntry{
		{Slot: element.SlotTerminalBDK, BDKID: "11112222", Block: w.Block(tb, "B0", 'X', w.terminal.key)},
		{Slot: element.SlotPINBDK, BDKID: "33334444", Block: w.Block(tb, "B0", 'X', w.pinPad.key)},
		{Slot: element.SlotZonePIN, Block: w.Block(tb, "P0", 'B', random(keySize))},
		{Slot: element.SlotPANReference, Block: w.Block(tb, "M6", 'C', random(keySize))},
	}
	return w
}

// Block wraps an AES key under the world's KBPK.
func (w *World) Block(tb testing.TB, usage string, mode byte, key []byte) string {
	tb.Helper()
	h := keyblock.Header{Version: 'D', Usage: usage, Algorithm: 'A', Mode: mode, KeyVersion: "00", Exportability: 'N'}
	b, err := keyblock.Wrap(w.KBPK, h, key, rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return string(b)
}

// working is what the terminal of a KSN works with.
func (b bdk) working(tb testing.TB, ksn element.KSN, derive func(*dukpt.Transaction, []byte, dukpt.KeyType) error) cipher.Block {
	tb.Helper()
	initial, key := make([]byte, keySize), make([]byte, keySize)
	if err := receiver.InitialKey(initial, b.key, dukpt.AES256, [8]byte(ksn[:8])); err != nil {
		tb.Fatal(err)
	}
	t, err := receiver.Transaction(initial, dukpt.AES256, dukpt.KSN(ksn), make([]byte, dukpt.RoomTransaction))
	if err != nil {
		tb.Fatal(err)
	}
	defer t.Wipe()
	if err := derive(t, key, dukpt.AES256); err != nil {
		tb.Fatal(err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		tb.Fatal(err)
	}
	return block
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}
