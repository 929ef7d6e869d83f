package offlinepin

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/strongroom-pos/strongroom/secureworld/oda"
	"github.com/strongroom-pos/strongroom/secureworld/pinblock"
)

// hexBytes reads a hex string of a vector file.
type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

type recorded struct {
	PIN       string
	Challenge hexBytes `json:"icc_unpredictable_number"`
	Prefix    hexBytes `json:"plain_prefix"`
	Length    int      `json:"plain_length"`
}

type scheme struct{ N, E, D hexBytes }

// shared reads the recorded PIN verification, the published test key it was
// made for, and the command. Where the vectors are not, the test says so; in CI
// that is a failure.
func shared(t *testing.T) (p recorded, key scheme, command []byte, found bool) {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "..", "shared", "vectors")
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("the shared vectors are missing and this is CI")
		}
		t.Log("LEFT OUT: ../shared/vectors is not here")
		return p, key, nil, false
	}
	var pins struct {
		Recorded recorded `json:"enciphered_offline_pin"`
	}
	var keys struct {
		Scheme struct{ ICC scheme } `json:"test_scheme"`
	}
	decode(t, filepath.Join(dir, "pinblock.json"), &pins)
	decode(t, filepath.Join(dir, "emv_oda.json"), &keys)
	return pins.Recorded, keys.Scheme.ICC, verifyCommand(t, dir), true
}

func decode(t *testing.T, path string, v any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatal(err)
	}
}

// verifyCommand is the data of VERIFY 00 20 00 88 in the transcript.
func verifyCommand(t *testing.T, dir string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "apdu_transcripts", "contact", "emvpt-vesa-electron.apdu"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "> 0020008880")
	line, _, _ := strings.Cut(rest, "\n")
	data, err := hex.DecodeString(strings.TrimSpace(line))
	if !found || err != nil {
		t.Fatal("the command is not there", err)
	}
	return data
}

func open(cipher, n, d []byte) []byte {
	modulus := new(big.Int).SetBytes(n)
	m := new(big.Int).Exp(new(big.Int).SetBytes(cipher), new(big.Int).SetBytes(d), modulus)
	return m.FillBytes(make([]byte, len(n)))
}

func TestTheRecordedCommandIsMadeAgainFromItsPadding(t *testing.T) {
	p, k, command, found := shared(t)
	if !found {
		return
	}
	plain := open(command, k.N, k.D)
	if !bytes.HasPrefix(plain, p.Prefix) || len(plain) != p.Length {
		t.Fatalf("the card would see %X", plain)
	}
	key := oda.PublicKey{Modulus: k.N, Exponent: k.E}
	got, err := Encipher(key, []byte(p.PIN), [8]byte(p.Challenge), bytes.NewReader(plain[paddingAt:]))
	if err != nil || !bytes.Equal(got, command) {
		t.Errorf("%X, %v", got, err)
	}
}

// testKey makes a key; math/big opens what was enciphered for it.
func testKey(t *testing.T, bits int) (oda.PublicKey, []byte) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return oda.PublicKey{Modulus: key.N.Bytes(), Exponent: []byte{1, 0, 1}}, key.D.Bytes()
}

func TestTheCardFindsPINChallengeAndPadding(t *testing.T) {
	challenge := [8]byte{1, 2, 3, 4, 5, 6, 7, 8}
	for _, bits := range []int{1024, 1032, 1152, 1984} {
		key, d := testKey(t, bits)
		for _, pin := range []string{"1234", "12345", "123456789012"} {
			cipher, err := Encipher(key, []byte(pin), challenge, rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			plain, digits := open(cipher, key.Modulus, d), make([]byte, 12)
			n, err := pinblock.DecodeFormat2(digits, plain[blockAt:challengeAt])
			if err != nil || string(digits[:n]) != pin || plain[0] != 0x7F || [8]byte(plain[9:17]) != challenge {
				t.Errorf("%d bits: %X, %v", bits, plain, err)
			}
		}
	}
}

func TestOnePINIsNeverEncipheredAlikeTwice(t *testing.T) {
	key, _ := testKey(t, 1024)
	a, errA := Encipher(key, []byte("1234"), [8]byte{}, rand.Reader)
	b, errB := Encipher(key, []byte("1234"), [8]byte{}, rand.Reader)
	if errA != nil || errB != nil || bytes.Equal(a, b) {
		t.Error("the padding is not random", errA, errB)
	}
}

func TestWhatCannotBeEncipheredIsRefused(t *testing.T) {
	good, _ := testKey(t, 1024)
	even := bytes.Clone(good.Modulus)
	even[len(even)-1]--
	low := bytes.Clone(good.Modulus)
	low[0] &= 0x7F
	for name, r := range map[string]struct {
		key oda.PublicKey
		pin string
	}{
		"no key":          {oda.PublicKey{}, "1234"},
		"504 bits":        {oda.PublicKey{Modulus: good.Modulus[:63], Exponent: good.Exponent}, "1234"},
		"1992 bits":       {oda.PublicKey{Modulus: append(bytes.Repeat([]byte{0x81}, 248), 1), Exponent: good.Exponent}, "1234"},
		"even":            {oda.PublicKey{Modulus: even, Exponent: good.Exponent}, "1234"},
		"first bit clear": {oda.PublicKey{Modulus: low, Exponent: good.Exponent}, "1234"},
		"exponent 1":      {oda.PublicKey{Modulus: good.Modulus, Exponent: []byte{1}}, "1234"},
		"three digits":    {good, "123"},
		"thirteen digits": {good, "1234567890123"},
		"a letter":        {good, "123A"},
	} {
		if out, err := Encipher(r.key, []byte(r.pin), [8]byte{}, rand.Reader); err == nil || out != nil {
			t.Errorf("%s: enciphered", name)
		}
	}
	if _, err := Encipher(good, []byte("1234"), [8]byte{}, iotest.ErrReader(errors.New("dry"))); !errors.Is(err, ErrRandom) {
		t.Error("no padding:", err)
	}
	if _, err := Encipher(good, []byte("1234"), [8]byte{}, bytes.NewReader(make([]byte, 20))); !errors.Is(err, ErrRandom) {
		t.Error("too little padding:", err)
	}
}

func TestNothingThatHeldThePINRemains(t *testing.T) {
	key, _ := testKey(t, 1024)
	r := new(rooms)
	if _, err := r.encipher(key, []byte("1234"), [8]byte{}, rand.Reader); err != nil {
		t.Fatal(err)
	}
	if r.data == [len(r.data)]byte{} || r.base == (number{}) {
		t.Fatal("the PIN was never here")
	}
	r.wipe()
	if *r != (rooms{}) {
		t.Error("something remains")
	}
}
