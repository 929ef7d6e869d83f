package native_test

import (
	"crypto/rand"
	"testing"

	gcrypt "github.com/strongroom-pos/strongroom/secureworld/element/gcrypt/engine"
	"github.com/strongroom-pos/strongroom/secureworld/element/internal/native"
	"github.com/strongroom-pos/strongroom/secureworld/keyblock"
)

// FuzzKeyBlocksAreOpenedAsInGo holds what C opens to what package keyblock opens.
func FuzzKeyBlocksAreOpenedAsInGo(f *testing.F) {
	kbpk := []byte("a key block protection key: test")
	key := []byte("a key in a block, 32 bytes of it")
	for _, optional := range [][]keyblock.OptionalBlock{
		nil, {{ID: "KS", Data: "00604B120F9292800000"}}, {{ID: "IK", Data: "0123456789ABCDEF"}, {ID: "TS", Data: "20200818004100Z"}},
	} {
		h := keyblock.Header{Version: 'D', Usage: "P0", Algorithm: 'A', Mode: 'B', KeyVersion: "00", Exportability: 'N', Optional: optional}
		b, err := keyblock.Wrap(kbpk, h, key, rand.Reader)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b))
	}
	bare := native.Bare{Library: gcrypt.Library()}
	f.Fuzz(func(t *testing.T, block string) {
		got, err := bare.Unwrap(kbpk, block, "P0AB", len(key))
		want := make([]byte, len(key))
		_, n, goErr := keyblock.UnwrapAs(kbpk, []byte(block), want, keyblock.Expect{Usage: "P0", Algorithm: 'A', Mode: 'B'})
		if opened := goErr == nil && n == len(key); opened != (err == nil) || opened && string(got) != string(want) {
			t.Errorf("C: %v, Go: %v", err, goErr)
		}
	})
}
