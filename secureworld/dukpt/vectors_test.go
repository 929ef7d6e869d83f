package dukpt

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
)

// hexBytes reads a hex string of a vector file.
type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

type published struct {
	InitialKeyID hexBytes `json:"initial_key_id"`
	InitialKey   hexBytes `json:"initial_key"`
	Registers    []hexBytes
	Transactions []struct {
		KSN               hexBytes
		TransactionKey    hexBytes `json:"transaction_key"`
		PINKey            hexBytes `json:"pin_key"`
		MACGenerationKey  hexBytes `json:"mac_generation_key"`
		DataEncryptionKey hexBytes `json:"data_encryption_key"`
	}
	NextCounter []struct {
		From hexBytes
		To   *hexBytes
	} `json:"next_counter"`
	NeverValid []hexBytes `json:"counters_never_valid"`
	Total      uint32     `json:"valid_counters_total"`
}

func loadPublished(t testing.TB) (v published) {
	t.Helper()
	text, err := os.ReadFile("testdata/aes128.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// pattern returns n bytes that differ.
func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7 + 1)
	}
	return b
}

var testID = [8]byte{0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0x34, 0x56}

func stored([]byte) error { return nil }

func loaded(t testing.TB, kt KeyType) (*Device, []byte) {
	t.Helper()
	state := make([]byte, StateSize)
	d, err := Load(state, testID, kt, pattern(kt.Size()))
	if err != nil {
		t.Fatal(err)
	}
	return d, state
}
