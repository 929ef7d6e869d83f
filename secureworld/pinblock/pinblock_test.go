package pinblock

import (
	"bytes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	mathrand "math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/strongroom-pos/strongroom/secureworld/sensitive/schedule"
)

// hexBytes reads a hex string of a vector file.
type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

type row struct {
	Format     int
	Formats    []int
	PIN, PAN   string
	Nonce      string
	Block      hexBytes
	Prefix     string
	Fill       hexBytes
	Key        hexBytes
	PANField   hexBytes `json:"pan_field"`
	Enciphered hexBytes
	Why        string
}

type published struct {
	Clear        []row
	PrefixOnly   []row `json:"prefix_only"`
	Format4      []row
	PANFields    []row `json:"format4_pan_field"`
	RejectDecode []row `json:"reject_decode"`
	RejectEncode []row `json:"reject_encode"`
}

func loadPublished(t testing.TB) (v published) {
	t.Helper()
	text, err := os.ReadFile("testdata/pinblock.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	for _, rows := range [][]row{v.Clear, v.PrefixOnly, v.Format4, v.PANFields, v.RejectDecode, v.RejectEncode} {
		if len(rows) == 0 {
			t.Fatal("a part of the vectors is missing")
		}
	}
	return v
}

const testPAN = "4111111111111111"

func aesBlock(t testing.TB, key []byte) cipher.Block {
	t.Helper()
	b, _, err := schedule.NewAES(key, nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// nibbles is a source whose bytes, reduced to 16 values, are the hex digits of s.
func nibbles(s string) *bytes.Reader {
	out := make([]byte, len(s))
	for i, c := range []byte(s) {
		out[i] = byte(strings.IndexByte("0123456789ABCDEF", c))
	}
	return bytes.NewReader(out)
}

func encodeClear(format int, dst []byte, r row) error {
	switch format {
	case 0:
		return EncodeFormat0(dst, []byte(r.PIN), []byte(r.PAN))
	case 1:
		return EncodeFormat1(dst, []byte(r.PIN), nibbles(r.Nonce))
	case 2:
		return EncodeFormat2(dst, []byte(r.PIN))
	default:
		return EncodeFormat3(dst, []byte(r.PIN), []byte(r.PAN), rand.Reader)
	}
}

func decodeClear(format int, pin, block []byte, pan string) (int, error) {
	switch format {
	case 0:
		return DecodeFormat0(pin, block, []byte(pan))
	case 1:
		return DecodeFormat1(pin, block)
	case 2:
		return DecodeFormat2(pin, block)
	default:
		return DecodeFormat3(pin, block, []byte(pan))
	}
}

func TestClearFieldsAreThePublished(t *testing.T) {
	for _, r := range loadPublished(t).Clear {
		dst, pin := make([]byte, 8), make([]byte, 12)
		if err := encodeClear(r.Format, dst, r); err != nil || !bytes.Equal(dst, r.Block) {
			t.Errorf("format %d: %X, want %X, %v", r.Format, dst, []byte(r.Block), err)
		}
		n, err := decodeClear(r.Format, pin, r.Block, r.PAN)
		if err != nil || string(pin[:n]) != r.PIN {
			t.Errorf("format %d: %X does not give its PIN back: %v", r.Format, []byte(r.Block), err)
		}
	}
}

func TestFormat3BeginsAsPublishedAndComesBack(t *testing.T) {
	for _, r := range loadPublished(t).PrefixOnly {
		seen := map[string]bool{}
		for range 20 {
			dst, pin := make([]byte, 8), make([]byte, 12)
			if err := encodeClear(3, dst, r); err != nil {
				t.Fatal(err)
			}
			seen[string(dst)] = true
			prefix := strings.ToUpper(hex.EncodeToString(dst))[:len(r.Prefix)]
			n, err := DecodeFormat3(pin, dst, []byte(r.PAN))
			if prefix != r.Prefix || err != nil || string(pin[:n]) != r.PIN {
				t.Errorf("%X, %v", dst, err)
			}
		}
		if len(seen) == 1 {
			t.Error("the fill is not random")
		}
	}
}

func TestFormat4BlocksAreThePublished(t *testing.T) {
	for _, r := range loadPublished(t).Format4 {
		b, dst, pin := aesBlock(t, r.Key), make([]byte, 16), make([]byte, 12)
		if err := EncodeFormat4(dst, b, []byte(r.PIN), []byte(r.PAN), bytes.NewReader(r.Fill)); err != nil || !bytes.Equal(dst, r.Enciphered) {
			t.Errorf("%X, %v", dst, err)
		}
		n, err := DecodeFormat4(pin, b, r.Enciphered, []byte(r.PAN))
		if err != nil || string(pin[:n]) != r.PIN {
			t.Errorf("%X does not give its PIN back: %v", []byte(r.Enciphered), err)
		}
	}
}

func TestPANFieldsAreThePublished(t *testing.T) {
	rows := loadPublished(t).PANFields
	rows = append(rows, row{PAN: "12345678", PANField: hexBytes{0, 0, 0x01, 0x23, 0x45, 0x67, 0x80, 15: 0}})
	for _, r := range rows {
		field := make([]byte, 16)
		f, ok := panOf4([]byte(r.PAN))
		if f.xor(field); !ok {
			t.Errorf("%s is refused", r.PAN)
		}
		if !bytes.Equal(field, r.PANField) {
			t.Errorf("%X, want %X", field, []byte(r.PANField))
		}
	}
}

func TestPublishedBadBlocksAreRefused(t *testing.T) {
	for _, r := range loadPublished(t).RejectDecode {
		pin := bytes.Repeat([]byte{0xEE}, 12)
		if n, err := decodeClear(r.Format, pin, r.Block, r.PAN); !errors.Is(err, ErrRefused) || n != 0 || !bytes.Equal(pin, make([]byte, 12)) {
			t.Errorf("%s: %d, %v", r.Why, n, err)
		}
	}
}

func TestPublishedBadInputIsNotEncoded(t *testing.T) {
	b := aesBlock(t, make([]byte, 32))
	for _, r := range loadPublished(t).RejectEncode {
		pan := r.PAN
		if !strings.Contains(r.Why, "PAN") && !strings.Contains(r.Why, "20 digits") {
			pan = testPAN
		}
		for format := range 5 {
			aboutPAN := pan != testPAN
			if r.Formats != nil && !slices.Contains(r.Formats, format) || aboutPAN && (format == 1 || format == 2) {
				continue
			}
			dst := bytes.Repeat([]byte{0xEE}, 16)
			err := EncodeFormat4(dst, b, []byte(r.PIN), []byte(pan), rand.Reader)
			if format < 4 {
				err = encodeClear(format, dst[:8], row{PIN: r.PIN, PAN: pan, Nonce: "0123456789AB"})
				clear(dst[8:])
			}
			if err == nil || !bytes.Equal(dst, make([]byte, 16)) {
				t.Errorf("format %d, %s: %v", format, r.Why, err)
			}
		}
	}
}

func TestPINsAndPANsOfEveryLengthComeBack(t *testing.T) {
	b, digits := aesBlock(t, make([]byte, 16)), "1234567890123456789"
	for p := range 20 {
		for n := range 16 {
			dst, pin := make([]byte, 16), make([]byte, 0, 12)
			err := EncodeFormat4(dst, b, []byte(digits[:n]), []byte(digits[:p]), rand.Reader)
			if want := n >= 4 && n <= 12 && p >= 1; (err == nil) != want {
				t.Fatalf("PIN of %d, PAN of %d digits: %v", n, p, err)
			}
			if err != nil {
				continue
			}
			got, err := DecodeFormat4(pin, b, dst, []byte(digits[:p]))
			if err != nil || got != n || string(pin[:n]) != digits[:n] {
				t.Errorf("PIN of %d, PAN of %d digits does not come back: %v", n, p, err)
			}
		}
	}
}

// wellFormed is a second opinion on the PIN field, by text.
func wellFormed(field []byte) bool {
	text := strings.ToUpper(hex.EncodeToString(field))
	for n := 4; n <= 12; n++ {
		pattern := "^4" + "0123456789ABC"[n:n+1] + strings.Repeat("[0-9]", n) + strings.Repeat("A", 14-n) + "[0-9A-F]{16}$"
		if regexp.MustCompile(pattern).MatchString(text) {
			return true
		}
	}
	return false
}

// Every field that differs in one digit from a good one is decided as the text
// of the standard decides it, and both answers occur.
func TestEveryDigitOfTheFieldIsChecked(t *testing.T) {
	accepted, refused := 0, 0
	for _, pin := range []string{"1234", "98765", "123456789012"} {
		good := make([]byte, 16)
		format4.put(good, []byte(pin))
		for at := range 32 {
			for v := range byte(16) {
				field := bytes.Clone(good)
				xorNibble(field, at, v)
				_, ok := format4.check(field)
				if want := wellFormed(field); (ok == 1) != want {
					t.Errorf("field %X: %v, want %v", field, ok == 1, want)
				}
				accepted, refused = accepted+ok, refused+1-ok
			}
		}
	}
	if accepted == 0 || refused == 0 {
		t.Errorf("%d accepted, %d refused", accepted, refused)
	}
}

// A block under a wrong key, or for another PAN, is refused unless every check
// happens to pass.
func TestAWrongKeyOrPANIsRefusedUnlessEveryCheckPasses(t *testing.T) {
	key := make([]byte, 16)
	dst, pin := make([]byte, 16), make([]byte, 12)
	if err := EncodeFormat4(dst, aesBlock(t, key), []byte("1234"), []byte(testPAN), rand.Reader); err != nil {
		t.Fatal(err)
	}
	random := mathrand.NewChaCha8([32]byte{5})
	for i := range 4000 {
		pan := []byte(testPAN)
		if i%2 == 0 {
			_, _ = random.Read(key)
		} else {
			clear(key)
			pan[int(random.Uint64()%16)] = byte('2' + random.Uint64()%8)
		}
		b := aesBlock(t, key)
		field := bytes.Clone(dst)
		account, _ := panOf4(pan)
		decipher4(field, b, account)
		n, err := DecodeFormat4(pin, b, dst, pan)
		if wellFormed(field) != (err == nil) || err != nil && (n != 0 || !bytes.Equal(pin, make([]byte, 12))) {
			t.Fatalf("%d: field %X, %v", i, field, err)
		}
	}
}

func TestEveryChangedBitOfABlockIsRefused(t *testing.T) {
	b, dst, pin := aesBlock(t, make([]byte, 32)), make([]byte, 16), make([]byte, 12)
	if err := EncodeFormat4(dst, b, []byte("123456"), []byte(testPAN), nibbles("0123456789ABCDEF")); err != nil {
		t.Fatal(err)
	}
	for bit := range 128 {
		bad := bytes.Clone(dst)
		bad[bit/8] ^= 1 << (bit % 8)
		if _, err := DecodeFormat4(pin, b, bad, []byte(testPAN)); !errors.Is(err, ErrRefused) {
			t.Errorf("bit %d: %v", bit, err)
		}
	}
}

func TestDecodingRefusesWrongSizesAndMissingCiphers(t *testing.T) {
	b, pan := aesBlock(t, make([]byte, 32)), []byte(testPAN)
	tdes, _, err := schedule.NewTDES(make([]byte, 16), nil)
	if err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 16)
	if err := EncodeFormat4(block, b, []byte("1234"), pan, rand.Reader); err != nil {
		t.Fatal(err)
	}
	for name, decode := range map[string]func() (int, error){
		"nil cipher":  func() (int, error) { return DecodeFormat4(make([]byte, 12), nil, block, pan) },
		"TDES":        func() (int, error) { return DecodeFormat4(make([]byte, 12), tdes, block, pan) },
		"short block": func() (int, error) { return DecodeFormat4(make([]byte, 12), b, block[:15], pan) },
		"long block":  func() (int, error) { return DecodeFormat4(make([]byte, 12), b, append(block, 0), pan) },
		"no PAN":      func() (int, error) { return DecodeFormat4(make([]byte, 12), b, block, nil) },
		"letters":     func() (int, error) { return DecodeFormat4(make([]byte, 12), b, block, []byte("41111111111111AB")) },
		"small pin":   func() (int, error) { return DecodeFormat4(make([]byte, 11), b, block, pan) },
		"clear small": func() (int, error) { return DecodeFormat2(make([]byte, 11), block[:8]) },
		"clear short": func() (int, error) { return DecodeFormat2(make([]byte, 12), block[:7]) },
		"short PAN":   func() (int, error) { return DecodeFormat0(make([]byte, 12), block[:8], []byte("411111111111")) },
	} {
		if _, err := decode(); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if EncodeFormat4(block, nil, []byte("1234"), pan, rand.Reader) == nil ||
		EncodeFormat4(block[:15], b, []byte("1234"), pan, rand.Reader) == nil ||
		EncodeFormat2(block[:7], []byte("1234")) == nil {
		t.Error("a PIN is encoded without a cipher or into too little memory")
	}
}

func TestATranslatedBlockHoldsTheSamePIN(t *testing.T) {
	from, to := aesBlock(t, make([]byte, 16)), aesBlock(t, bytes.Repeat([]byte{1}, 32))
	for _, p := range []string{"1234", "12345", "123456789012"} {
		block, dst, pin := make([]byte, 16), make([]byte, 16), make([]byte, 12)
		if err := EncodeFormat4(block, from, []byte(p), []byte(testPAN), rand.Reader); err != nil {
			t.Fatal(err)
		}
		if err := Translate4(dst, from, to, block, []byte(testPAN), rand.Reader); err != nil {
			t.Fatal(err)
		}
		if n, err := DecodeFormat4(pin, to, dst, []byte(testPAN)); err != nil || string(pin[:n]) != p {
			t.Errorf("the PIN changed: %v", err)
		}
		if err := Translate4(block, from, to, block, []byte(testPAN), rand.Reader); err != nil || bytes.Equal(block, dst) {
			t.Errorf("in place, with fresh fill: %v", err)
		}
	}
}

func TestARefusedTranslationLeavesNothing(t *testing.T) {
	from, to := aesBlock(t, make([]byte, 16)), aesBlock(t, bytes.Repeat([]byte{1}, 16))
	block, pan := make([]byte, 16), []byte(testPAN)
	if err := EncodeFormat4(block, from, []byte("1234"), pan, rand.Reader); err != nil {
		t.Fatal(err)
	}
	other := []byte("4111111111111112")
	broken := iotest.ErrReader(errors.New("no random"))
	for name, translate := range map[string]func(dst []byte) error{
		"wrong key":  func(dst []byte) error { return Translate4(dst, to, from, block, pan, rand.Reader) },
		"wrong PAN":  func(dst []byte) error { return Translate4(dst, from, to, block, other, rand.Reader) },
		"bad PAN":    func(dst []byte) error { return Translate4(dst, from, to, block, nil, rand.Reader) },
		"short":      func(dst []byte) error { return Translate4(dst, from, to, block[:8], pan, rand.Reader) },
		"no cipher":  func(dst []byte) error { return Translate4(dst, from, nil, block, pan, rand.Reader) },
		"no random":  func(dst []byte) error { return Translate4(dst, from, to, block, pan, broken) },
		"small room": func(dst []byte) error { return Translate4(dst[:15], from, to, block, pan, rand.Reader) },
	} {
		dst := bytes.Repeat([]byte{0xEE}, 16)
		err := translate(dst)
		if err == nil || !bytes.Equal(dst[:15], make([]byte, 15)) {
			t.Errorf("%s: %X, %v", name, dst, err)
		}
		if errors.Is(err, ErrRefused) == (name == "no random") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFillIsUniformOverItsValuesAndEndsWithABrokenSource(t *testing.T) {
	counts := map[byte]int{}
	for i := range 252 {
		v, err := uniform(6, bytes.NewReader([]byte{byte(i)}))
		if err != nil {
			t.Fatal(err)
		}
		counts[v]++
	}
	for v, n := range counts {
		if v > 5 || n != 42 {
			t.Errorf("%d comes %d times of 252", v, n)
		}
	}
	if _, err := uniform(6, bytes.NewReader(bytes.Repeat([]byte{0xFF}, 100))); err == nil {
		t.Error("a source that gives one value for ever is drawn from for ever")
	}
}

func FuzzCanonicalFormat4(f *testing.F) {
	b := aesBlock(f, make([]byte, 16))
	seed := make([]byte, 16)
	if err := EncodeFormat4(seed, b, []byte("1234"), []byte(testPAN), rand.Reader); err != nil {
		f.Fatal(err)
	}
	field := bytes.Clone(seed)
	account, _ := panOf4([]byte(testPAN))
	decipher4(field, b, account)
	f.Add(field, testPAN)
	f.Add([]byte{}, "")
	// The fuzzer writes clear fields: blocks it invents would never pass.
	f.Fuzz(func(t *testing.T, field []byte, pan string) {
		account, ok := panOf4([]byte(pan))
		if len(field) != 16 || !ok {
			return
		}
		block, again, pin := bytes.Clone(field), make([]byte, 16), make([]byte, 12)
		encipher4(block, b, account)
		n, err := DecodeFormat4(pin, b, block, []byte(pan))
		if err != nil {
			return
		}
		err = EncodeFormat4(again, b, pin[:n], []byte(pan), bytes.NewReader(field[8:]))
		if err != nil || !bytes.Equal(again, block) {
			t.Errorf("field %X comes back as another block: %v", field, err)
		}
	})
}

func FuzzCanonicalFormat0(f *testing.F) {
	f.Add([]byte{0x04, 0x12, 0x74, 0xED, 0xCB, 0xA9, 0x87, 0x6F}, "4012345678909")
	f.Fuzz(func(t *testing.T, block []byte, pan string) {
		pin, again := make([]byte, 12), make([]byte, 8)
		n, err := DecodeFormat0(pin, block, []byte(pan))
		if err != nil {
			return
		}
		if err := EncodeFormat0(again, pin[:n], []byte(pan)); err != nil || !bytes.Equal(again, block) {
			t.Errorf("%X becomes %X, %v", block, again, err)
		}
	})
}

func BenchmarkTranslate4(b *testing.B) {
	from, to := aesBlock(b, make([]byte, 16)), aesBlock(b, make([]byte, 32))
	block, dst, pan := make([]byte, 16), make([]byte, 16), []byte(testPAN)
	if err := EncodeFormat4(block, from, []byte("1234"), pan, rand.Reader); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := Translate4(dst, from, to, block, pan, rand.Reader); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "translations/s")
}
