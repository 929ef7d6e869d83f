package cmac_test

import (
	"bytes"
	"crypto/cipher"
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/cmac"
	"github.com/strongroom-pos/strongroom/secureworld/sensitive/schedule"
)

// hexBytes reads a hex string of a vector file.
type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

type vector struct {
	Source, Cipher, Label string
	Key, Message, Tag     hexBytes
	Context               hexBytes
	Output                hexBytes
}

func vectors(t *testing.T, file string) []vector {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var v []vector
	if err := json.Unmarshal(text, &v); err != nil || len(v) == 0 {
		t.Fatalf("%s: %d vectors, %v", file, len(v), err)
	}
	return v
}

func block(t testing.TB, kind string, key []byte) cipher.Block {
	t.Helper()
	make := schedule.NewAES
	if kind == "TDES" {
		make = schedule.NewTDES
	}
	b, _, err := make(key, nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSumGivesThePublishedTags(t *testing.T) {
	for _, v := range vectors(t, "testdata/cmac.json") {
		b := block(t, v.Cipher, v.Key)
		if got := cmac.Sum(nil, b, v.Message); !bytes.Equal(got, v.Tag) {
			t.Errorf("%s: got %X", v.Source, got)
		}
		if !cmac.Verify(b, v.Tag, v.Message) {
			t.Errorf("%s: not verified", v.Source)
		}
	}
}

func TestSumDoesNotDependOnHowTheMessageIsCut(t *testing.T) {
	for _, v := range vectors(t, "testdata/cmac.json") {
		b := block(t, v.Cipher, v.Key)
		for i := range len(v.Message) + 1 {
			for j := i; j <= len(v.Message); j++ {
				if got := cmac.Sum(nil, b, v.Message[:i], v.Message[i:j], nil, v.Message[j:]); !bytes.Equal(got, v.Tag) {
					t.Fatalf("%s: cut at %d and %d gives another tag", v.Source, i, j)
				}
			}
		}
	}
}

func TestSumAppends(t *testing.T) {
	v := vectors(t, "testdata/cmac.json")[0]
	got := cmac.Sum([]byte("before"), block(t, v.Cipher, v.Key), v.Message)
	if !bytes.Equal(got, append([]byte("before"), v.Tag...)) {
		t.Errorf("got %X", got)
	}
}

func TestVerifyRefusesWhatIsNotTheTag(t *testing.T) {
	for _, v := range vectors(t, "testdata/cmac.json") {
		b := block(t, v.Cipher, v.Key)
		for i := range len(v.Tag) * 8 {
			bad := bytes.Clone(v.Tag)
			bad[i/8] ^= 1 << (i % 8)
			if cmac.Verify(b, bad, v.Message) {
				t.Fatalf("%s: bit %d flipped is verified", v.Source, i)
			}
		}
		for n := range len(v.Tag) + 2 {
			tag := append(bytes.Clone(v.Tag), 0)[:n]
			if want := n >= 8 && n <= len(v.Tag); cmac.Verify(b, tag, v.Message) != want {
				t.Errorf("%s: a tag of %d bytes: want %v", v.Source, n, want)
			}
		}
		if cmac.Verify(b, v.Tag, v.Message, []byte{0}) {
			t.Errorf("%s: a longer message is verified", v.Source)
		}
	}
}

func TestKDFGivesTheAnswersOfOpenSSL(t *testing.T) {
	for _, v := range vectors(t, "testdata/kdf.json") {
		got := make([]byte, len(v.Output))
		cmac.KDF(got, block(t, "AES", v.Key), v.Label, v.Context)
		if !bytes.Equal(got, v.Output) {
			t.Errorf("%d bytes: got %X", len(got), got)
		}
	}
}

func TestKDFSeparatesLabelsContextsAndLengths(t *testing.T) {
	b := block(t, "AES", make([]byte, 32))
	seen := map[string]bool{}
	for _, label := range []string{"a", "b", "ab"} {
		for _, context := range []string{"", "a", "b"} {
			for _, n := range []int{16, 32} {
				out := make([]byte, n)
				cmac.KDF(out, b, label, []byte(context))
				if seen[string(out[:16])] {
					t.Errorf("label %q, context %q, %d bytes repeat another key", label, context, n)
				}
				seen[string(out[:16])] = true
			}
		}
	}
}

func TestConcurrentSumsUnderOneKeyAgree(t *testing.T) {
	v := vectors(t, "testdata/cmac.json")[3]
	b := block(t, v.Cipher, v.Key)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 200 {
				if !cmac.Verify(b, v.Tag, v.Message[:7], v.Message[7:]) {
					t.Error("a tag was computed wrongly")
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestAnotherBlockLengthIsAnInternalError(t *testing.T) {
	defer func() {
		if r := recover(); r == nil || !strings.Contains(r.(string), "internal error") {
			t.Errorf("got %v", r)
		}
	}()
	cmac.Sum(nil, oddBlock{})
}

type oddBlock struct{}

func (oddBlock) BlockSize() int          { return 12 }
func (oddBlock) Encrypt(dst, src []byte) {}
func (oddBlock) Decrypt(dst, src []byte) {}

func BenchmarkSumAES256Of256Bytes(b *testing.B) {
	c, message := block(b, "AES", make([]byte, 32)), make([]byte, 256)
	var tag [16]byte
	for b.Loop() {
		cmac.Sum(tag[:0], c, message)
	}
}
