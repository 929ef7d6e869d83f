package conformance

import (
	"maps"
	"math/rand/v2"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/keyblock"
)

// World is the keys of an element: its file, and in clear.
type World struct {
	KBPK []byte // 32 bytes
	File element.KeyFile

	keys   map[element.Slot][]byte
	guests guests
	random *source
}

// Identifiers and table of the world's keys.
const (
	terminalID = "11112222"
	pinPadID   = "33334444"
	exchangeID = "55550001"
	guestID    = "7777ABCD" // of a base derivation key that comes along
	table      = "1234567890123456"
)

// slotHead is what the key block of a slot says, and how long its key is.
type slotHead struct {
	slot            element.Slot
	usage           string
	algorithm, mode byte
	size            int
	id, table       string
}

func slots() []slotHead {
	return []slotHead{
		{element.SlotTerminalBDK, "B0", 'A', 'X', 32, terminalID, ""},
		{element.SlotPINBDK, "B0", 'A', 'X', 32, pinPadID, ""},
		{element.SlotZonePIN, "P0", 'A', 'B', 32, "", ""},
		{element.SlotIssuerAC, "E0", 'T', 'X', 16, "", ""},
		{element.SlotPVK, "V1", 'T', 'C', 16, "", table},
		{element.SlotPANReference, "M6", 'A', 'C', 32, "", ""},
		{element.SlotIssuerSMI, "E2", 'T', 'X', 16, "", ""},
		{element.SlotIssuerCVC3, "E4", 'T', 'X', 16, "", ""},
		{element.SlotCVK, "C0", 'T', 'C', 16, "", ""},
		{element.SlotKeyExchange, "K1", 'A', 'B', 32, exchangeID, ""},
	}
}

// NewWorld makes a key for every slot, the same for the same seed. given replaces
// some of them; an empty key leaves the slot out.
func NewWorld(seed uint64, given map[element.Slot][]byte) (*World, error) {
	w := &World{keys: make(map[element.Slot][]byte), random: newSource(seed)}
	w.KBPK = w.random.bytes(32)
	for _, s := range slots() {
		w.keys[s.slot] = w.random.bytes(s.size)
	}
	w.guests = guests{base: w.random.bytes(32), zone: w.random.bytes(32)}
	maps.Copy(w.keys, given)
	for _, s := range slots() {
		if len(w.keys[s.slot]) == 0 {
			continue
		}
		if err := w.add(s, w.keys[s.slot]); err != nil {
			return nil, err
		}
	}
	return w, nil
}

func (w *World) add(s slotHead, key []byte) error {
	h := keyblock.Header{Version: 'D', Usage: s.usage, Algorithm: s.algorithm, Mode: s.mode, KeyVersion: "00", Exportability: 'N'}
	block, err := keyblock.Wrap(w.KBPK, h, key, w.random)
	if err != nil {
		return err
	}
	e := element.KeyEntry{Slot: s.slot, Block: string(block), BDKID: s.id, Decimalisation: s.table}
	if s.slot == element.SlotKeyExchange {
		e.BDKID, e.KEKID = "", s.id
	}
	w.File.Keys = append(w.File.Keys, e)
	return nil
}

// source is random and can be repeated.
type source struct {
	*rand.Rand
	stream *rand.ChaCha8
}

func newSource(seed uint64) *source {
	var key [32]byte
	for i := range 8 {
		key[i] = byte(seed >> (8 * i))
	}
	stream := rand.NewChaCha8(key)
	return &source{rand.New(stream), stream} //nolint:gosec // variety, no secret
}

// Read implements io.Reader.
func (s *source) Read(p []byte) (int, error) { return s.stream.Read(p) }

func (s *source) bytes(n int) []byte {
	b := make([]byte, n)
	_, _ = s.Read(b) // never fails
	return b
}

func (s *source) digits(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = '0' + byte(s.IntN(10))
	}
	return b
}

// oneIn is true once in n times.
func (s *source) oneIn(n int) bool { return s.IntN(n) == 0 }
