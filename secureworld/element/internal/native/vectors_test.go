package native_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element/conformance"
	gcrypt "github.com/strongroom-pos/strongroom/secureworld/element/gcrypt/engine"
	"github.com/strongroom-pos/strongroom/secureworld/element/internal/native"
	nettle "github.com/strongroom-pos/strongroom/secureworld/element/nettle/engine"
)

// each runs a test on every library.
func each(t *testing.T, test func(*testing.T, native.Bare)) {
	t.Helper()
	for name, l := range map[string]native.Library{"gcrypt": gcrypt.Library(), "nettle": nettle.Library()} {
		t.Run(name, func(t *testing.T) { test(t, native.Bare{Library: l}) })
	}
}

type workingKeys struct {
	KSN, Counter json.RawMessage
	PIN          string `json:"pin_key"`
	Block        string `json:"pin_block"`
	MAC          string `json:"mac_generation_key"`
	Data         string `json:"data_encryption_key"`
}

func TestPublishedDUKPTKeysAreDerived(t *testing.T) {
	var file struct {
		BDK          string
		ID           string `json:"initial_key_id"`
		PIN          struct{ PIN, PAN string }
		Transactions []workingKeys
		Far          []workingKeys `json:"host_derivation"`
		Never        []string      `json:"counters_never_valid"`
	}
	if !conformance.ReadVectors(t, "dukpt_aes128.json", &file) {
		return
	}
	if len(file.Transactions) < 8 || len(file.Far) < 7 || len(file.Never) < 5 {
		t.Fatal("the published vectors are too few")
	}
	bdk, id := conformance.Hex(t, file.BDK), conformance.Hex(t, file.ID)
	each(t, func(t *testing.T, b native.Bare) {
		for _, v := range append(file.Transactions, file.Far...) {
			checkKeys(t, b, bdk, append(bytes.Clone(id), counter(t, v.Counter)...), v)
		}
		for _, v := range file.Transactions {
			pin, err := b.PIN(conformance.Hex(t, v.PIN), conformance.Hex(t, v.Block), []byte(file.PIN.PAN))
			if err != nil || string(pin) != file.PIN.PIN {
				t.Error("a published PIN block is not opened")
			}
		}
		for _, never := range file.Never {
			if _, err := b.WorkingKey(bdk, append(bytes.Clone(id), conformance.Hex(t, never)...), 0x1000); err == nil {
				t.Errorf("counter %s has keys", never)
			}
		}
	})
}

func counter(t *testing.T, raw json.RawMessage) []byte {
	t.Helper()
	var n uint32
	if err := json.Unmarshal(raw, &n); err != nil {
		t.Fatal(err)
	}
	return []byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}
}

func checkKeys(t *testing.T, b native.Bare, bdk, ksn []byte, v workingKeys) {
	t.Helper()
	for usage, want := range map[uint16]string{0x1000: v.PIN, 0x2000: v.MAC, 0x3000: v.Data} {
		got, err := b.WorkingKey(bdk, ksn, usage)
		if err != nil || !bytes.Equal(got, conformance.Hex(t, want)) {
			t.Errorf("counter %X, usage %04X: another key", ksn[8:], usage)
		}
	}
}

func TestPublishedPINBlocksAreOpened(t *testing.T) {
	var file struct {
		Format4 []struct{ PIN, PAN, Key, Enciphered string }
	}
	if !conformance.ReadVectors(t, "pinblock.json", &file) {
		return
	}
	if len(file.Format4) == 0 {
		t.Fatal("no case")
	}
	each(t, func(t *testing.T, b native.Bare) {
		for _, v := range file.Format4 {
			key, block := conformance.Hex(t, v.Key), conformance.Hex(t, v.Enciphered)
			if pin, err := b.PIN(key, block, []byte(v.PAN)); err != nil || string(pin) != v.PIN {
				t.Error("a published PIN block is not opened")
			}
			other := []byte(v.PAN)
			other[3] ^= 1
			if pin, err := b.PIN(key, block, other); err == nil && string(pin) == v.PIN {
				t.Error("a PIN block opens under another PAN")
			}
		}
	})
}

func TestPublishedKeyBlocksAreOpened(t *testing.T) {
	var file struct {
		Valid []struct{ KBPK, Block, Key string }
	}
	if !conformance.ReadVectors(t, "tr31.json", &file) {
		return
	}
	each(t, func(t *testing.T, b native.Bare) {
		ran := 0
		for _, v := range file.Valid {
			kbpk, key := conformance.Hex(t, v.KBPK), conformance.Hex(t, v.Key)
			if len(kbpk) != 32 || len(key) > 32 {
				continue
			}
			head := v.Block[5:9]
			got, err := b.Unwrap(kbpk, v.Block, head, len(key))
			if version := v.Block[0]; version != 'D' {
				if err == nil {
					t.Errorf("version %c is opened", version)
				}
				continue
			}
			ran++
			if err != nil || !bytes.Equal(got, key) {
				t.Error("a published key block is not opened")
			}
			refusesEveryChange(t, b, kbpk, v.Block, head, len(key))
		}
		if ran < 2 {
			t.Errorf("%d key blocks only", ran)
		}
	})
}

// refusesEveryChange changes each character, and the case of letters.
func refusesEveryChange(t *testing.T, b native.Bare, kbpk []byte, block, head string, n int) {
	t.Helper()
	for i := range block {
		changed := []byte(block)
		changed[i] ^= 1
		if _, err := b.Unwrap(kbpk, string(changed), head, n); err == nil {
			t.Errorf("character %d changed: opened", i)
		}
	}
	if _, err := b.Unwrap(kbpk, block[:16]+strings.ToLower(block[16:]), head, n); err == nil {
		t.Error("a block in lower case is opened")
	}
	for _, other := range []int{n - 8, n + 8} {
		if _, err := b.Unwrap(kbpk, block, head, other); err == nil && other > 0 {
			t.Error("a key of another length is opened")
		}
	}
}

// RFC 4493, clause 4.
func TestTheRFCsMACsAreComputed(t *testing.T) {
	key := conformance.Hex(t, "2B7E151628AED2A6ABF7158809CF4F3C")
	message := conformance.Hex(t, "6BC1BEE22E409F96E93D7E117393172AAE2D8A571E03AC9C9EB76FAC45AF8E5130C81C46A35CE411E5FBC1191A0A52EFF69F2445DF4F9B17AD2B417BE66C3710")
	each(t, func(t *testing.T, b native.Bare) {
		for n, want := range map[int]string{
			0: "BB1D6929E95937287FA37D129B756746", 16: "070A16B46B4D4144F79BDD9DD04A287C",
			40: "DFA66747DE9AE63030CA32611497C827", 64: "51F0BEBF7E3B9D92FC49741779363CFE",
		} {
			if got, err := b.MAC(key, message[:n]); err != nil || !bytes.Equal(got, conformance.Hex(t, want)) {
				t.Errorf("%d bytes: another MAC", n)
			}
		}
	})
}
