package engine

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/cmac"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt/receiver"
	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/stdlib/internal/aes256"
	"github.com/strongroom-pos/strongroom/secureworld/keyblock"
	"github.com/strongroom-pos/strongroom/secureworld/pinblock"
)

const (
	terminalID = "11112222"
	pinID      = "33334444"
	pan        = "4111111111111111"
)

// world is an element with the keys that it was given.
type world struct {
	kbpk          []byte
	terminal, pin []byte
	file          element.KeyFile
	ops           *operations
}

func newWorld(tb testing.TB) *world {
	tb.Helper()
	w := &world{kbpk: random(32), terminal: random(32), pin: random(32)}
	w.file.Keys = []element.KeyEntry{
		{Slot: element.SlotTerminalBDK, BDKID: terminalID, Block: w.block(tb, "B0", 'A', 'X', w.terminal)},
		{Slot: element.SlotPINBDK, BDKID: pinID, Block: w.block(tb, "B0", 'A', 'X', w.pin)},
		{Slot: element.SlotZonePIN, Block: w.block(tb, "P0", 'A', 'B', random(32))},
		{Slot: element.SlotIssuerAC, Block: w.block(tb, "E0", 'T', 'X', random(16))},
		{Slot: element.SlotPVK, Decimalisation: "0123456789012345", Block: w.block(tb, "V1", 'T', 'C', random(16))},
		{Slot: element.SlotPANReference, Block: w.block(tb, "M6", 'A', 'C', random(32))},
	}
	r, err := newRing(w.file, w.kbpk, true)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(r.wipe)
	w.ops = newOperations(r)
	return w
}

func (w *world) block(tb testing.TB, usage string, algorithm, mode byte, key []byte) string {
	tb.Helper()
	h := keyblock.Header{Version: 'D', Usage: usage, Algorithm: algorithm, Mode: mode, KeyVersion: "00", Exportability: 'N'}
	b, err := keyblock.Wrap(w.kbpk, h, key, rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return string(b)
}

// device makes transactions under one of the base derivation keys.
func device(tb testing.TB, bdk []byte, id string) *dukpt.Device {
	tb.Helper()
	b, _ := hex.DecodeString(id + "00000001")
	initial := make([]byte, 32)
	if err := receiver.InitialKey(initial, bdk, dukpt.AES256, [8]byte(b)); err != nil {
		tb.Fatal(err)
	}
	d, err := dukpt.Load(make([]byte, dukpt.StateSize), [8]byte(b), dukpt.AES256, initial)
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

func next(tb testing.TB, d *dukpt.Device, derive func(*dukpt.Transaction, []byte, dukpt.KeyType) error) (element.KSN, cipher.Block) {
	tb.Helper()
	t, err := d.Next(make([]byte, dukpt.RoomTransaction), func([]byte) error { return nil })
	if err != nil {
		tb.Fatal(err)
	}
	defer t.Wipe()
	key := make([]byte, 32)
	if err := derive(t, key, dukpt.AES256); err != nil {
		tb.Fatal(err)
	}
	b, err := aes.NewCipher(key)
	if err != nil {
		tb.Fatal(err)
	}
	return element.KSN(t.KSN()), b
}

func pinBlock(tb testing.TB, b cipher.Block, pin string) (out element.PINBlock) {
	tb.Helper()
	if err := pinblock.EncodeFormat4(out[:], b, []byte(pin), []byte(pan), rand.Reader); err != nil {
		tb.Fatal(err)
	}
	return out
}

func TestAccountsOpenUnderTheirOwnKSNOnly(t *testing.T) {
	w := newWorld(t)
	d := device(t, w.terminal, terminalID)
	ksn, b := next(t, d, (*dukpt.Transaction).DataEncryptionKey)
	other, _ := next(t, d, (*dukpt.Transaction).DataEncryptionKey)
	gcm, _ := cipher.NewGCM(b)
	sealed := gcm.Seal(nil, make([]byte, 12), []byte("account"), ksn[:])
	if a, err := w.ops.OpenAccount(element.OpenAccount{KSN: ksn, Sealed: sealed}); err != nil || string(a.Data) != "account" {
		t.Fatal("not opened")
	}
	if _, err := w.ops.OpenAccount(element.OpenAccount{KSN: other, Sealed: sealed}); !errors.Is(err, element.CodeSeal) {
		t.Errorf("another KSN: %v", err)
	}
	for i := range sealed {
		wrong := bytes.Clone(sealed)
		wrong[i] ^= 1
		if _, err := w.ops.OpenAccount(element.OpenAccount{KSN: ksn, Sealed: wrong}); !errors.Is(err, element.CodeSeal) {
			t.Errorf("byte %d changed: %v", i, err)
		}
	}
}

func TestMACsHaveDirections(t *testing.T) {
	w := newWorld(t)
	d := device(t, w.terminal, terminalID)
	ksn, b := next(t, d, (*dukpt.Transaction).MACGenerationKey)
	var mac [element.MACSize]byte
	copy(mac[:], cmac.Sum(nil, b, []byte("message")))
	if _, err := w.ops.MACVerify(element.MACVerify{KSN: ksn, Data: []byte("message"), MAC: mac}); err != nil {
		t.Error(err)
	}
	if _, err := w.ops.MACVerify(element.MACVerify{KSN: ksn, Data: []byte("massage"), MAC: mac}); !errors.Is(err, element.CodeSeal) {
		t.Error(err)
	}
	m, err := w.ops.MACGenerate(element.MACGenerate{KSN: ksn, Data: []byte("message")})
	if err != nil || m.MAC == mac {
		t.Error("an answer's MAC could be a question's")
	}
	ksn, b = next(t, d, (*dukpt.Transaction).MACVerificationKey)
	m, err = w.ops.MACGenerate(element.MACGenerate{KSN: ksn, Data: []byte("answer")})
	if err != nil || !cmac.Verify(b, m.MAC[:], []byte("answer")) {
		t.Error("the terminal does not accept the answer's MAC")
	}
}

func TestKSNsServeOnePurpose(t *testing.T) {
	w := newWorld(t)
	terminal, tb := next(t, device(t, w.terminal, terminalID), (*dukpt.Transaction).PINEncryptionKey)
	pin, _ := next(t, device(t, w.pin, pinID), (*dukpt.Transaction).DataEncryptionKey)
	_, err := w.ops.TranslatePIN(element.TranslatePIN{KSN: terminal, Block: pinBlock(t, tb, "1234"), PAN: []byte(pan)}, &element.Chance{})
	if !errors.Is(err, element.CodeKey) {
		t.Errorf("a terminal's KSN opens PINs: %v", err)
	}
	_, err1 := w.ops.OpenAccount(element.OpenAccount{KSN: pin})
	_, err2 := w.ops.MACVerify(element.MACVerify{KSN: pin})
	_, err3 := w.ops.MACGenerate(element.MACGenerate{KSN: pin})
	for _, err := range []error{err1, err2, err3} {
		if !errors.Is(err, element.CodeKey) {
			t.Errorf("a PIN pad's KSN opens data: %v", err)
		}
	}
	for _, bad := range []element.KSN{{}, {0x11, 0x11, 0x22, 0x22}, {0x11, 0x11, 0x22, 0x22, 8: 0xFF, 9: 0xFF, 10: 0xFF}} {
		if _, err := w.ops.MACGenerate(element.MACGenerate{KSN: bad}); !errors.Is(err, element.CodeKey) {
			t.Errorf("a bad KSN: %v", err)
		}
	}
}

func TestPINsAreTranslatedAndVerified(t *testing.T) {
	w := newWorld(t)
	d := device(t, w.pin, pinID)
	zone := func(pin string) element.PINBlock {
		t.Helper()
		ksn, b := next(t, d, (*dukpt.Transaction).PINEncryptionKey)
		r, err := w.ops.TranslatePIN(element.TranslatePIN{KSN: ksn, Block: pinBlock(t, b, pin), PAN: []byte(pan)}, &element.Chance{})
		if err != nil {
			t.Fatal(err)
		}
		return r.Block
	}
	for _, pin := range []string{"1234", "123456789012"} {
		o, err := w.ops.PINOffset(element.PINOffset{Block: zone(pin), PAN: []byte(pan)})
		if err != nil || len(o.Offset) != len(pin) {
			t.Fatal("no offset")
		}
		if _, err := w.ops.VerifyPIN(element.VerifyPIN{Block: zone(pin), PAN: []byte(pan), Offset: o.Offset}); err != nil {
			t.Error("the right PIN is refused")
		}
		good := zone(pin)
		broken := good
		broken[3] ^= 1
		for why, r := range map[string]element.VerifyPIN{
			"a wrong PIN":      {Block: zone("4321"), PAN: []byte(pan), Offset: o.Offset},
			"a longer PIN":     {Block: zone("12345"), PAN: []byte(pan), Offset: o.Offset},
			"another PAN":      {Block: good, PAN: []byte("5555555555554444"), Offset: o.Offset},
			"no PAN":           {Block: good, Offset: o.Offset},
			"a broken block":   {Block: broken, PAN: []byte(pan), Offset: o.Offset},
			"no reference":     {Block: good, PAN: []byte(pan)},
			"a bad reference":  {Block: good, PAN: []byte(pan), Offset: []byte("12A4")},
			"half a reference": {Block: good, PAN: []byte(pan), Offset: o.Offset[:len(o.Offset)-1]},
		} {
			if _, err := w.ops.VerifyPIN(r); err != element.CodePIN { //nolint:errorlint // exactly this one
				t.Errorf("%s: %v", why, err)
			}
		}
	}
}

func TestABlockUnderAnotherKeyIsNotTranslated(t *testing.T) {
	w := newWorld(t)
	d := device(t, w.pin, pinID)
	_, b := next(t, d, (*dukpt.Transaction).PINEncryptionKey)
	refused := 0
	for range 50 {
		ksn, _ := next(t, d, (*dukpt.Transaction).PINEncryptionKey)
		if _, err := w.ops.TranslatePIN(element.TranslatePIN{KSN: ksn, Block: pinBlock(t, b, "1234"), PAN: []byte(pan)}, &element.Chance{}); errors.Is(err, element.CodePIN) {
			refused++
		}
	}
	if refused < 49 { // format 4 has no authentication of its own: a wrong key may pass by chance
		t.Errorf("refused %d of 50", refused)
	}
}

func TestReferencesAreKeyed(t *testing.T) {
	one, two := newWorld(t), newWorld(t)
	r := element.PANReference{PAN: []byte(pan)}
	a, err1 := one.ops.PANReference(r)
	again, err2 := one.ops.PANReference(r)
	b, err3 := two.ops.PANReference(r)
	if err := errors.Join(err1, err2, err3); err != nil || a != again || a == b {
		t.Error("not a keyed reference")
	}
	if _, err := one.ops.PANReference(element.PANReference{PAN: []byte("12A")}); !errors.Is(err, element.CodeMalformed) {
		t.Error("no account number, but a reference")
	}
}

func TestKeysLoadIntoTheirOwnSlotOnly(t *testing.T) {
	w := newWorld(t)
	for i := range w.file.Keys {
		for j := range w.file.Keys {
			if i == j || w.file.Keys[i].Block[5:9] == w.file.Keys[j].Block[5:9] {
				continue // the same usage and algorithm
			}
			e := w.file.Keys[i]
			e.Block = w.file.Keys[j].Block
			if r, err := newRing(element.KeyFile{Keys: []element.KeyEntry{e}}, w.kbpk, true); err == nil {
				r.wipe()
				t.Errorf("a key for %s loads as %s", w.file.Keys[j].Slot, e.Slot)
			}
		}
	}
	for why, e := range map[string]element.KeyEntry{
		"unknown slot":    {Slot: "dek", Block: w.file.Keys[0].Block},
		"no BDK id":       {Slot: element.SlotTerminalBDK, Block: w.file.Keys[0].Block},
		"a weak table":    {Slot: element.SlotPVK, Block: w.file.Keys[4].Block, Decimalisation: "0000000000000000"},
		"a short key":     {Slot: element.SlotZonePIN, Block: w.block(t, "P0", 'A', 'B', random(16))},
		"another mode":    {Slot: element.SlotZonePIN, Block: w.block(t, "P0", 'A', 'E', random(32))},
		"a damaged block": {Slot: element.SlotZonePIN, Block: damaged(w.file.Keys[2].Block)},
	} {
		if r, err := newRing(element.KeyFile{Keys: []element.KeyEntry{e}}, w.kbpk, true); err == nil {
			r.wipe()
			t.Errorf("%s: loaded", why)
		}
	}
	twice := append([]element.KeyEntry{}, w.file.Keys[0], w.file.Keys[1])
	twice[1].BDKID = terminalID
	if _, err := newRing(element.KeyFile{Keys: twice}, w.kbpk, true); err == nil {
		t.Error("one BDK id has two purposes")
	}
}

// damaged changes the last digit of a block's MAC.
func damaged(block string) string {
	last := byte('0')
	if block[len(block)-1] == last {
		last = '1'
	}
	return block[:len(block)-1] + string(last)
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

// TestTranslatingAllocatesNothingOfItsOwn: what the standard library's schedules take
// is all, and in vector registers nothing is taken at all.
func TestTranslatingAllocatesNothingOfItsOwn(t *testing.T) {
	want := 3.0 // schedules: of the path's one new key, the working key and its cipher
	if aes256.Vector() {
		want = 0
	}
	w := newWorld(t)
	d := device(t, w.pin, pinID)
	requests := make([]element.TranslatePIN, 0, 102)
	for range cap(requests) {
		ksn, block := next(t, d, (*dukpt.Transaction).PINEncryptionKey)
		requests = append(requests, element.TranslatePIN{KSN: ksn, Block: pinBlock(t, block, "1234"), PAN: []byte(pan)})
	}
	chance, i := new(element.Chance), 0
	if n := testing.AllocsPerRun(100, func() {
		if _, err := w.ops.TranslatePIN(requests[i], chance); err != nil {
			t.Fatal(err)
		}
		i++
	}); n > want {
		t.Errorf("%v allocations", n)
	}
}

// TestMACsAllocateNothingOfTheirOwn is the same for the other verbs of every payment.
func TestMACsAllocateNothingOfTheirOwn(t *testing.T) {
	want := 2.0 // schedules of the working key and of its cipher; its path was gone before
	if aes256.Vector() {
		want = 0
	}
	w := newWorld(t)
	ksn, b := next(t, device(t, w.terminal, terminalID), (*dukpt.Transaction).MACGenerationKey)
	verify := element.MACVerify{KSN: ksn, Data: make([]byte, 400)}
	copy(verify.MAC[:], cmac.Sum(nil, b, verify.Data))
	generate := element.MACGenerate{KSN: ksn, Data: make([]byte, 400)}
	for verb, do := range map[string]func() error{
		"verify":   func() error { _, err := w.ops.MACVerify(verify); return err },
		"generate": func() error { _, err := w.ops.MACGenerate(generate); return err },
	} {
		if n := testing.AllocsPerRun(100, func() {
			if err := do(); err != nil {
				t.Fatal(err)
			}
		}); n > want {
			t.Errorf("%s: %v allocations", verb, n)
		}
	}
}

// TestTheFillIsOfTheGivenChance holds translations to package pinblock and to chance.
func TestTheFillIsOfTheGivenChance(t *testing.T) {
	w := newWorld(t)
	ksn, block := next(t, device(t, w.pin, pinID), (*dukpt.Transaction).PINEncryptionKey)
	r := element.TranslatePIN{KSN: ksn, Block: pinBlock(t, block, "1234"), PAN: []byte(pan)}
	for fill := range byte(3) {
		chance := &element.Chance{fill, 8: 99}
		var want element.PINBlock
		if err := pinblock.Translate4(want[:], block, w.ops.ring.zone, r.Block[:], r.PAN, bytes.NewReader(chance[:])); err != nil {
			t.Fatal(err)
		}
		if got, err := w.ops.TranslatePIN(r, chance); err != nil || got.Block != want {
			t.Errorf("chance %d: another block, %v", fill, err)
		}
	}
}

// TestKeptPathsChangeNoAnswer asks an element that keeps paths and one that does not.
func TestKeptPathsChangeNoAnswer(t *testing.T) {
	w := newWorld(t)
	plain, wipe, err := OpenWithoutPaths(w.file, w.kbpk)
	if err != nil {
		t.Fatal(err)
	}
	defer wipe()
	d := device(t, w.pin, pinID)
	for range 70 {
		ksn, block := next(t, d, (*dukpt.Transaction).PINEncryptionKey)
		r := element.TranslatePIN{KSN: ksn, Block: pinBlock(t, block, "1234"), PAN: []byte(pan)}
		a, err1 := w.ops.TranslatePIN(r, &element.Chance{})
		b, err2 := plain.TranslatePIN(r, &element.Chance{})
		if a != b || errors.Join(err1, err2) != nil {
			t.Errorf("counter %x: answers differ", ksn[8:])
		}
	}
}

func BenchmarkTranslatePIN(b *testing.B) {
	w := newWorld(b)
	d := device(b, w.pin, pinID)
	requests := make([]element.TranslatePIN, 0, 512)
	for range cap(requests) {
		ksn, block := next(b, d, (*dukpt.Transaction).PINEncryptionKey)
		requests = append(requests, element.TranslatePIN{KSN: ksn, Block: pinBlock(b, block, "1234"), PAN: []byte(pan)})
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := w.ops.TranslatePIN(requests[i%len(requests)], &element.Chance{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerifyARQC(b *testing.B) {
	w := newWorld(b)
	r := element.VerifyARQC{PAN: []byte(pan), PSN: 1, Data: make([]byte, 40), Derivation: element.DeriveCommon, Method: element.Method2}
	for b.Loop() { // a wrong cryptogram costs the same up to the answer
		if _, err := w.ops.VerifyARQC(r); !errors.Is(err, element.CodeCryptogram) {
			b.Fatal(err)
		}
	}
}

func BenchmarkMACVerify(b *testing.B) {
	w := newWorld(b)
	ksn, block := next(b, device(b, w.terminal, terminalID), (*dukpt.Transaction).MACGenerationKey)
	r := element.MACVerify{KSN: ksn, Data: make([]byte, 400)}
	copy(r.MAC[:], cmac.Sum(nil, block, r.Data))
	for b.Loop() {
		if _, err := w.ops.MACVerify(r); err != nil {
			b.Fatal(err)
		}
	}
}
