package keyblock

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

// hexBytes reads a hex string of a vector file.
type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

type published struct {
	Valid []struct {
		Origin string
		KBPK   hexBytes
		Block  string
		Header struct {
			Version, Usage, Algorithm, Mode, Exportability string
			KeyVersion                                     string          `json:"key_version"`
			Optional                                       []OptionalBlock `json:"optional_blocks"`
		}
		Key       hexBytes
		KCV       hexBytes
		KCVMethod string `json:"kcv_method"`
	}
	Invalid []struct {
		Origin string
		KBPK   hexBytes
		Block  string
	}
	KeyDerivation []struct {
		KBPK    hexBytes
		Derived struct {
			Version    string
			KBEK, KBAK hexBytes
		}
	} `json:"key_derivation"`
}

func loadPublished(t testing.TB) (v published) {
	t.Helper()
	text, err := os.ReadFile("testdata/blocks.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &v); err != nil || len(v.Valid) == 0 || len(v.Invalid) == 0 || len(v.KeyDerivation) == 0 {
		t.Fatal(err)
	}
	return v
}

var withB = Policy{TDES: true}

func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7 + 1)
	}
	return b
}

func aesPIN() Header {
	return Header{Version: 'D', Usage: "P0", Algorithm: 'A', Mode: 'E', KeyVersion: "00", Exportability: 'N'}
}

func TestPublishedBlocksOpenOrAreRefusedByPolicy(t *testing.T) {
	opened := 0
	for _, v := range loadPublished(t).Valid {
		dst := make([]byte, 256)
		h, n, err := withB.Unwrap(v.KBPK, []byte(v.Block), dst)
		if strings.Contains("ACE", v.Header.Version) {
			if !errors.Is(err, ErrPolicy) {
				t.Errorf("%s: %v", v.Origin, err)
			}
			continue
		}
		want := Header{
			Version: v.Header.Version[0], Usage: v.Header.Usage, Algorithm: v.Header.Algorithm[0], Mode: v.Header.Mode[0],
			KeyVersion: v.Header.KeyVersion, Exportability: v.Header.Exportability[0],
		}
		want.Optional = append(want.Optional, v.Header.Optional...)
		if err != nil || !bytes.Equal(dst[:n], v.Key) || !reflect.DeepEqual(h, want) {
			t.Errorf("%s: %+v, %X, %v", v.Origin, h, dst[:n], err)
		}
		opened++
		if _, _, err := Unwrap(v.KBPK, []byte(v.Block), dst); errors.Is(err, ErrPolicy) != (v.Header.Version == "B") {
			t.Errorf("%s: without asking for B: %v", v.Origin, err)
		}
		rewrap(t, v.Origin, v.KBPK, h, v.Key, v.Block)
	}
	if opened < 6 {
		t.Errorf("%d blocks opened", opened)
	}
}

// What was unwrapped is wrapped again: the header comes out the same but for its
// length (keys are padded to hide theirs), and the key comes back.
func rewrap(t *testing.T, origin string, kbpk []byte, h Header, key []byte, original string) {
	t.Helper()
	block, err := withB.Wrap(kbpk, h, key, rand.Reader)
	if err != nil {
		t.Errorf("%s: %v", origin, err)
		return
	}
	_, n, _ := withB.parse(block)
	if string(block[5:n]) != original[5:n] {
		t.Errorf("%s: another header: %s", origin, block[:n])
	}
	dst := make([]byte, 256)
	h2, size, err := withB.Unwrap(kbpk, block, dst)
	if err != nil || !reflect.DeepEqual(h, h2) || !bytes.Equal(dst[:size], key) {
		t.Errorf("%s: %v", origin, err)
	}
}

func TestPublishedInvalidBlocksAreRefused(t *testing.T) {
	for _, v := range loadPublished(t).Invalid {
		if _, _, err := withB.Unwrap(v.KBPK, []byte(v.Block), make([]byte, 256)); err == nil {
			t.Errorf("%s: accepted", v.Origin)
		}
	}
}

func TestDerivedKeysAreThePublished(t *testing.T) {
	checked := 0
	for _, v := range loadPublished(t).KeyDerivation {
		if v.Derived.Version != "B" {
			continue
		}
		w := newWork(&Header{Version: 'B'}, make([]byte, Room), 8)
		for purpose, want := range map[byte][]byte{encryptKey: v.Derived.KBEK, macKey: v.Derived.KBAK} {
			if err := w.derive(v.KBPK, purpose); err != nil || !bytes.Equal(w.derived[:len(want)], want) {
				t.Errorf("purpose %d: %X, %v", purpose, w.derived[:len(want)], err)
			}
		}
		checked++
	}
	if checked == 0 {
		t.Error("nothing was compared")
	}
}

func TestCheckValuesAreThePublished(t *testing.T) {
	for _, v := range loadPublished(t).Valid {
		var got []byte
		switch v.KCVMethod {
		case "AES CMAC of zero block":
			kcv, err := KCVAES(v.Key)
			if err != nil {
				t.Error(err)
			}
			got = kcv[:]
		case "TDES of zero block":
			kcv, err := KCVTDES(v.Key)
			if err != nil {
				t.Error(err)
			}
			got = kcv[:]
		}
		if !bytes.Equal(got, v.KCV) {
			t.Errorf("%s: %X, want %X", v.Origin, got, []byte(v.KCV))
		}
	}
	if _, err := KCVAES(make([]byte, 15)); err == nil {
		t.Error("a check value of no key")
	}
	if _, err := KCVTDES(make([]byte, 8)); err == nil {
		t.Error("a check value of no key")
	}
}

// Every character of a block matters: any other in its place is refused.
func TestEveryChangedCharacterIsRefused(t *testing.T) {
	for _, v := range loadPublished(t).Valid {
		if strings.Contains("ACE", v.Header.Version) || len(v.Block) > 200 {
			continue
		}
		for at := range v.Block {
			for _, c := range []byte{'0', '1', '9', 'A', 'B', 'D', 'F', 'T', 'X', 'a', ' ', 0, 0xFF, v.Block[at] ^ 1, v.Block[at] ^ 0x20} {
				if c == v.Block[at] {
					continue
				}
				bad := []byte(v.Block)
				bad[at] = c
				dst := make([]byte, 64)
				if _, _, err := withB.Unwrap(v.KBPK, bad, dst); err == nil || !bytes.Equal(dst, make([]byte, 64)) {
					t.Errorf("%s: %q at %d is accepted, or wrote a key", v.Origin, c, at)
				}
			}
		}
	}
}

func TestEveryOtherLengthIsRefused(t *testing.T) {
	for _, v := range loadPublished(t).Valid {
		if strings.Contains("ACE", v.Header.Version) {
			continue
		}
		block := []byte(v.Block)
		for n := range min(len(block), 300) {
			if _, _, err := withB.Unwrap(v.KBPK, block[:n], make([]byte, 256)); err == nil {
				t.Errorf("%s: cut to %d characters: accepted", v.Origin, n)
			}
		}
		for _, d := range []int{-32, -16, -2, -1, 1, 2, 16, 32} {
			changed := resize(block, len(block)+d)
			if _, _, err := withB.Unwrap(v.KBPK, changed, make([]byte, 256)); err == nil {
				t.Errorf("%s: %+d characters with the length field corrected: accepted", v.Origin, d)
			}
		}
	}
}

// resize cuts or extends a block and writes the new length into it.
func resize(block []byte, n int) []byte {
	out := append(bytes.Clone(block), bytes.Repeat([]byte{'0'}, 64)...)[:n]
	copy(out[1:5], fmt.Sprintf("%04d", n))
	return out
}

func TestAWrongKBPKIsRefused(t *testing.T) {
	kbpk := pattern(32)
	block, err := Wrap(kbpk, aesPIN(), pattern(16), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for bit := range 256 {
		wrong := bytes.Clone(kbpk)
		wrong[bit/8] ^= 1 << (bit % 8)
		if _, _, err := Unwrap(wrong, block, make([]byte, 32)); !errors.Is(err, ErrMAC) {
			t.Fatalf("bit %d: %v", bit, err)
		}
	}
	for n := range 40 {
		if _, _, err := Unwrap(pattern(n), block, make([]byte, 32)); (err == nil) != (n == 32) {
			t.Errorf("KBPK of %d bytes: %v", n, err)
		}
	}
}

func TestAKBPKIsNeverWeakerThanTheKey(t *testing.T) {
	for _, c := range []struct {
		version, algorithm byte
		kbpk, key          int
		weak               bool
	}{
		{'D', 'A', 16, 16, false}, {'D', 'A', 16, 24, true}, {'D', 'A', 16, 32, true}, {'D', 'A', 24, 32, true},
		{'D', 'A', 24, 24, false}, {'D', 'A', 32, 32, false}, {'D', 'T', 16, 24, false}, {'D', 'H', 16, 17, true},
		{'D', 'H', 32, 64, false}, {'D', 'E', 24, 121, true}, {'D', 'R', 32, 2350, false},
		{'B', 'T', 16, 16, false}, {'B', 'T', 16, 24, true}, {'B', 'T', 24, 24, false},
	} {
		h := aesPIN()
		h.Version, h.Algorithm = c.version, c.algorithm
		block, err := withB.Wrap(pattern(c.kbpk), h, pattern(c.key), rand.Reader)
		if errors.Is(err, ErrWeakKBPK) != c.weak || !c.weak && err != nil {
			t.Errorf("%+v: %v", c, err)
		}
		if err != nil {
			continue
		}
		dst := make([]byte, maxPayload)
		if _, n, err := withB.Unwrap(pattern(c.kbpk), block, dst); err != nil || !bytes.Equal(dst[:n], pattern(c.key)) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// Whoever holds the KBPK may still break the rule: the opener checks for itself.
func TestAnAuthenticBlockWithATooStrongKeyIsRefused(t *testing.T) {
	for _, c := range []struct {
		kbpk, bits, payload int
		want                error
	}{
		{16, 256, 48, ErrWeakKBPK}, {32, 256, 48, nil}, {32, 128, 48, nil}, {32, 127, 48, errInside},
		{32, 264, 48, errKeyLength}, {32, 0, 48, errKeyLength}, {32, 256, 32, errInside}, {32, 0xFFF8, 48, errInside},
	} {
		h := aesPIN()
		header, err := h.encode(c.payload)
		if err != nil {
			t.Fatal(err)
		}
		w := newWork(&h, make([]byte, Room), c.payload)
		w.payload[0], w.payload[1] = byte(c.bits>>8), byte(c.bits)
		if err := w.seal(pattern(c.kbpk), header); err != nil {
			t.Fatal(err)
		}
		block := appendHex(appendHex(header, w.payload), w.mac)
		if _, _, err := Unwrap(pattern(c.kbpk), block, make([]byte, 64)); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestKeysOfAllLengthsGiveBlocksOfOneLength(t *testing.T) {
	lengths := map[int]bool{}
	for _, n := range []int{16, 24, 32} {
		block, err := Wrap(pattern(32), aesPIN(), pattern(n), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		lengths[len(block)] = true
	}
	if len(lengths) != 1 {
		t.Errorf("lengths %v", lengths)
	}
}

func TestTheSameInputGivesTheSameBlock(t *testing.T) {
	h := aesPIN()
	h.Optional = []OptionalBlock{{"IK", "1234567890123456"}, {"LB", "a label"}, {"AA", ""}}
	var first []byte
	for range 20 {
		block, err := Wrap(pattern(32), h, pattern(32), bytes.NewReader(make([]byte, 64)))
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = block
		}
		if !bytes.Equal(block, first) {
			t.Fatal("blocks differ")
		}
	}
}

func TestExpectRefusesAnyOtherKindOfKey(t *testing.T) {
	kbpk, dst := pattern(32), make([]byte, 32)
	block, err := Wrap(kbpk, aesPIN(), pattern(32), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := Expect{"P0", 'A', 'E'}
	if _, n, err := UnwrapAs(kbpk, block, dst, good); err != nil || n != 32 {
		t.Errorf("the expected key: %v", err)
	}
	clear(dst)
	for _, e := range []Expect{{"P1", 'A', 'E'}, {"P0", 'T', 'E'}, {"P0", 'A', 'D'}, {}} {
		if _, _, err := UnwrapAs(kbpk, block, dst, e); !errors.Is(err, ErrUnexpected) || dst[0] != 0 {
			t.Errorf("%v: %v", e, err)
		}
	}
}

func TestACallersWorkAreaIsUsedAndCleared(t *testing.T) {
	kbpk, dst, room := pattern(32), make([]byte, 32), make([]byte, Room)
	block, err := Wrap(kbpk, aesPIN(), pattern(32), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	e := Expect{"P0", 'A', 'E'}
	if _, _, err := withB.UnwrapIn(room, kbpk, block, dst, e); err != nil || !bytes.Equal(dst, pattern(32)) {
		t.Error(err)
	}
	if !bytes.Equal(room, make([]byte, Room)) {
		t.Error("key material is left in the work area")
	}
	if _, _, err := withB.UnwrapIn(room[1:], kbpk, block, dst, e); err == nil {
		t.Error("a small work area is accepted")
	}
	if _, _, err := Unwrap(kbpk, block, dst[:31]); err == nil {
		t.Error("a small destination is accepted")
	}
}

func TestStatedCheckValuesAreChecked(t *testing.T) {
	kbpk, key := pattern(32), pattern(16)
	inner, _ := KCVAES(key)
	outer, _ := KCVAES(kbpk)
	kc, kp := fmt.Sprintf("01%X", inner), fmt.Sprintf("01%X", outer)
	for _, c := range []struct {
		o    OptionalBlock
		want error
	}{
		{OptionalBlock{"KC", kc}, nil}, {OptionalBlock{"KC", kc[:8]}, nil}, {OptionalBlock{"KP", kp}, nil},
		{OptionalBlock{"KC", kp}, ErrCheckValue}, {OptionalBlock{"KP", kc}, ErrCheckValue},
		{OptionalBlock{"KC", "02" + kc[2:]}, errOptional}, {OptionalBlock{"KC", kc + "00"}, errOptional},
	} {
		h := aesPIN()
		h.Optional = []OptionalBlock{c.o}
		if _, err := Wrap(kbpk, h, key, rand.Reader); !errors.Is(err, c.want) {
			t.Errorf("%v: %v", c.o, err)
		}
	}
}

func TestWrapReportsMissingRandomness(t *testing.T) {
	broken := iotest.ErrReader(errors.New("no random"))
	if _, err := Wrap(pattern(32), aesPIN(), pattern(16), broken); err == nil {
		t.Error("padding without randomness")
	}
}

func BenchmarkUnwrapD(b *testing.B) {
	kbpk, dst := pattern(32), make([]byte, 32)
	block, err := Wrap(kbpk, aesPIN(), pattern(32), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	room := make([]byte, Room)
	for b.Loop() {
		if _, _, err := (Policy{}).UnwrapIn(room, kbpk, block, dst, Expect{"P0", 'A', 'E'}); err != nil {
			b.Fatal(err)
		}
	}
}
