package elementapplet

import (
	"bytes"
	"crypto/aes"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/apdu"
	"github.com/strongroom-pos/strongroom/secureworld/element/conformance"
	"github.com/strongroom-pos/strongroom/secureworld/element/stdlib/engine"
)

func newWorld(t *testing.T) *conformance.World {
	t.Helper()
	seed := rand.Uint64()
	t.Logf("questions of seed %d", seed)
	w, err := conformance.NewPart(seed)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func newCard(t *testing.T, w *conformance.World, pace Pace) (*Card, *apdu.Client) {
	t.Helper()
	c, err := New(w.KBPK, w.File, pace)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Wipe)
	conn := virtualcard.NewConn(c)
	return c, apdu.NewClient(func(q []byte) ([]byte, error) { return conn.Exchange(t.Context(), q) })
}

func TestTheCardAnswersAsTheGoMakeDoes(t *testing.T) {
	w := newWorld(t)
	ops, wipe, err := engine.Open(w.File, w.KBPK)
	if err != nil {
		t.Fatal(err)
	}
	defer wipe()
	_, client := newCard(t, w, Pace{})
	w.Hold(t, 500, conformance.Make{Name: "stdlib", Verbs: Verbs, Operations: ops}, conformance.Make{Name: "card", Verbs: Verbs, Operations: client})
}

func TestTheCardRefusesEveryKeyBlockThatWasChanged(t *testing.T) {
	w := newWorld(t)
	_, client := newCard(t, w, Pace{})
	w.Spoilt(t, client)
}

// The vectors of NIST SP 800-38B, appendix D.3 (AES-256).
func TestTheMACGivesItsVectors(t *testing.T) {
	k := key(unhex(t, "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"))
	message := unhex(t, "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710")
	for n, want := range map[int]string{
		0:  "028962f61b7bf89efc6b551f4667d983",
		16: "28a7023f452e8f82bd4bf28d8c37c35c",
		40: "aaf3d8f1de5640c232f5b169b9c911e6",
		64: "e1992190549f6ed5696a2c056c315410",
	} {
		if got := cmac(&k, message[:n]); hex.EncodeToString(got[:]) != want {
			t.Errorf("%d bytes: %x", n, got)
		}
	}
}

func TestThePANFieldIsLaidOutAsTheStandardSays(t *testing.T) {
	for pan, want := range map[string]string{
		"476173900101":        "04761739001010000000000000000000",
		"4761739001010010":    "44761739001010010000000000000000",
		"4761739001010010123": "74761739001010010123000000000000",
		"4761":                "00000000047610000000000000000000",
	} {
		if got, ok := panField([]byte(pan)); !ok || hex.EncodeToString(got[:]) != want {
			t.Errorf("%d digits: %x", len(pan), got)
		}
	}
	for _, pan := range []string{"", "47617390010100101234", "4761A"} {
		if _, ok := panField([]byte(pan)); ok {
			t.Errorf("%d characters were taken", len(pan))
		}
	}
}

func TestATranslationKeepsThePINAndTakesTheFill(t *testing.T) {
	from, _ := aes.NewCipher(make([]byte, keySize))
	to, _ := aes.NewCipher(bytes.Repeat([]byte{1}, keySize))
	pan := []byte("4761739001010010")
	clearField := [blockSize]byte{0x45, 0x12, 0x34, 0x5A, 0xAA, 0xAA, 0xAA, 0xAA}
	account, _ := panField(pan)
	block := clearField
	from.Encrypt(block[:], block[:])
	for i := range block {
		block[i] ^= account[i]
	}
	from.Encrypt(block[:], block[:])
	out, ok := translate(from, to, block, pan, []byte("12345678"))
	if !ok {
		t.Fatal("refused")
	}
	to.Decrypt(out[:], out[:])
	for i := range out {
		out[i] ^= account[i]
	}
	to.Decrypt(out[:], out[:])
	if !bytes.Equal(out[:8], clearField[:8]) || string(out[8:]) != "12345678" {
		t.Errorf("%x", out)
	}
}

func TestKeysAreLoadedUnderTheProtectionKeyOnly(t *testing.T) {
	w, stranger := newWorld(t), newWorld(t)
	card, client := newCard(t, &conformance.World{KBPK: w.KBPK}, Pace{})
	if h, err := client.Status(element.Status{}); err != nil || h.Ready {
		t.Errorf("an empty card: %+v %v", h, err)
	}
	for _, e := range stranger.File.Keys {
		if err := client.Load(e); !errors.Is(err, element.CodeSeal) {
			t.Errorf("a block under another key: %v", err)
		}
	}
	for range 2 { // loading again is harmless
		for _, e := range w.File.Keys {
			if err := client.Load(e); err != nil {
				t.Error(err)
			}
		}
	}
	if h, err := client.Status(element.Status{}); err != nil || int(h.Keys) != len(w.File.Keys) {
		t.Errorf("%+v %v", h, err)
	}
	for why, e := range map[string]element.KeyEntry{
		"another slot": {Slot: element.SlotIssuerAC, Block: w.File.Keys[0].Block},
		"both uses":    {Slot: element.SlotPINBDK, BDKID: "11112222", Block: w.File.Keys[1].Block},
	} {
		if err := client.Load(e); !errors.Is(err, element.CodeKey) {
			t.Errorf("%s: %v", why, err)
		}
	}
	if err := client.Load(element.KeyEntry{Slot: element.SlotPINBDK, BDKID: "1", Block: w.File.Keys[1].Block}); !errors.Is(err, element.CodeMalformed) {
		t.Errorf("no BDK id: %v", err)
	}
	if err := client.Load(element.KeyEntry{Slot: element.SlotZonePIN, Block: w.File.Keys[3].Block}); !errors.Is(err, element.CodeSeal) {
		t.Errorf("a key of another use: %v", err)
	}
	for i := len(card.keys); i < maxKeys; i++ {
		card.keys[name{slot: "filler", bdk: [4]byte{byte(i)}}] = new(key)
	}
	if err := client.Load(element.KeyEntry{Slot: element.SlotTerminalBDK, BDKID: "55556666", Block: w.File.Keys[0].Block}); !errors.Is(err, element.CodeInternal) {
		t.Errorf("one key too many: %v", err)
	}
}

func TestKeysStayWhenThePowerGoes(t *testing.T) {
	w := newWorld(t)
	card, client := newCard(t, w, Pace{})
	r := element.PANReference{PAN: []byte("4761739001010010")}
	before, err := client.PANReference(r)
	if err != nil {
		t.Fatal(err)
	}
	card.Reset()
	if after, err := client.PANReference(r); err != nil || before != after {
		t.Errorf("after a reset: %v", err)
	}
	card.Wipe()
	if _, err := client.PANReference(r); !errors.Is(err, element.CodeKey) {
		t.Errorf("after the end: %v", err)
	}
}

func TestVerbsThatTheCardCannotDoAreNotOffered(t *testing.T) {
	_, client := newCard(t, newWorld(t), Pace{})
	s, err := client.Select()
	if err != nil || s.Verbs != Verbs {
		t.Fatalf("%+v %v", s, err)
	}
	_, err1 := client.VerifyPIN(element.VerifyPIN{})
	_, err2 := client.VerifyARQC(element.VerifyARQC{})
	_, err3 := client.PINOffset(element.PINOffset{})
	_, err4 := client.VerifyCVV(element.VerifyCVV{})
	_, err5 := client.VerifyCVC3(element.VerifyCVC3{})
	_, err6 := client.ScriptMAC(element.ScriptMAC{})
	for i, err := range []error{err1, err2, err3, err4, err5, err6} {
		if !errors.Is(err, element.CodeKey) {
			t.Errorf("%d: %v", i, err)
		}
	}
}

func TestACardIsAsSlowAsItsPace(t *testing.T) {
	_, client := newCard(t, newWorld(t), Paces()["feitian-a40"])
	began := time.Now()
	if _, err := client.MACGenerate(element.MACGenerate{KSN: element.KSN{0x11, 0x11, 0x22, 0x22, 11: 1}}); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < Paces()["feitian-a40"].Walk {
		t.Errorf("took %v", took)
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
