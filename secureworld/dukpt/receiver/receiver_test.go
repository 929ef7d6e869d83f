package receiver

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"os"
	"sync"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt/internal/derive"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt/internal/reference"
)

// hexBytes reads a hex string of a vector file.
type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

// kind reads the name of a key type.
type kind dukpt.KeyType

func (k *kind) UnmarshalText(text []byte) error {
	for kt := dukpt.TDEA2; kt.Size() > 0; kt++ {
		if kt.String() == string(text) {
			*k = kind(kt)
			return nil
		}
	}
	return errType
}

type published struct {
	BDK          hexBytes
	InitialKeyID hexBytes `json:"initial_key_id"`
	InitialKey   hexBytes `json:"initial_key"`
	Transactions []struct {
		Counter        uint32
		TransactionKey hexBytes `json:"transaction_key"`
	}
	CounterEdges []struct {
		Counter        uint32
		TransactionKey hexBytes `json:"transaction_key"`
	} `json:"counter_edges"`
	Invalid struct {
		KSN            hexBytes
		TransactionKey hexBytes `json:"transaction_key"`
	} `json:"function_value_at_invalid_counter"`
	HostDerivation []struct {
		Counter           uint32
		PINKey            hexBytes `json:"pin_key"`
		MACGenerationKey  hexBytes `json:"mac_generation_key"`
		DataEncryptionKey hexBytes `json:"data_encryption_key"`
	} `json:"host_derivation"`
	UpdateKeys []struct {
		Type kind
		Key  hexBytes
	} `json:"update_keys"`
}

type allTypes struct {
	Cases []struct {
		Type           kind
		BDK            hexBytes
		InitialKeyID   hexBytes `json:"initial_key_id"`
		InitialKey     hexBytes `json:"initial_key"`
		Counter        uint32
		TransactionKey hexBytes                     `json:"transaction_key"`
		WorkingKeys    map[kind]map[string]hexBytes `json:"working_keys"`
	}
}

func load(t testing.TB, file string, into any) {
	t.Helper()
	text, err := os.ReadFile("../testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

func transaction(t testing.TB, initial []byte, kt dukpt.KeyType, ikid []byte, counter uint32) *dukpt.Transaction {
	t.Helper()
	ksn, err := dukpt.NewKSN([8]byte(ikid), counter)
	if err != nil {
		t.Fatal(err)
	}
	tr, err := Transaction(initial, kt, ksn, make([]byte, dukpt.RoomTransaction))
	if err != nil {
		t.Fatal(err)
	}
	if tr.KSN() != ksn {
		t.Errorf("the transaction has KSN %X, not %X", tr.KSN(), ksn)
	}
	return tr
}

func same(t *testing.T, name string, derive func([]byte, dukpt.KeyType) error, kt dukpt.KeyType, want []byte) {
	t.Helper()
	got := make([]byte, kt.Size())
	if err := derive(got, kt); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s: got %X, %v", name, got, err)
	}
}

func TestInitialKeysAreThePublished(t *testing.T) {
	var v published
	load(t, "aes128.json", &v)
	got := make([]byte, 16)
	if err := InitialKey(got, v.BDK, dukpt.AES128, [8]byte(v.InitialKeyID)); err != nil || !bytes.Equal(got, v.InitialKey) {
		t.Errorf("got %X, %v", got, err)
	}
}

func TestTransactionKeysAreThePublished(t *testing.T) {
	var v published
	load(t, "aes128.json", &v)
	rows := append(v.Transactions, v.CounterEdges...)
	if len(rows) < 15 {
		t.Fatalf("%d rows", len(rows))
	}
	for _, row := range rows {
		checkTransactionKey(t, v, row.Counter, row.TransactionKey)
	}
}

// The transaction key itself is not given out: two derivations under it are
// compared with those under the published key.
func checkTransactionKey(t *testing.T, v published, counter uint32, want []byte) {
	t.Helper()
	key, err := walk(v.InitialKey, dukpt.AES128, [8]byte(v.InitialKeyID), counter, make([]byte, derive.Room))
	if err != nil {
		t.Fatal(err)
	}
	known, err := derive.Open(want, make([]byte, derive.Room))
	if err != nil {
		t.Fatal(err)
	}
	var a, b [32]byte
	key.Derive(a[:], derive.Initial, 4, [8]byte{})
	known.Derive(b[:], derive.Initial, 4, [8]byte{})
	if a != b {
		t.Errorf("counter %08X: another transaction key", counter)
	}
}

func TestWorkingKeysAtFarCountersAreThePublished(t *testing.T) {
	var v published
	load(t, "aes128.json", &v)
	if len(v.HostDerivation) == 0 {
		t.Fatal("no rows")
	}
	for _, row := range v.HostDerivation {
		tr := transaction(t, v.InitialKey, dukpt.AES128, v.InitialKeyID, row.Counter)
		same(t, "PIN", tr.PINEncryptionKey, dukpt.AES128, row.PINKey)
		same(t, "MAC", tr.MACGenerationKey, dukpt.AES128, row.MACGenerationKey)
		same(t, "data", tr.DataEncryptionKey, dukpt.AES128, row.DataEncryptionKey)
	}
}

// The bare function has a value there; the refusal is a check, no accident.
func TestACounterWithSeventeenOneBitsIsRefusedAlthoughItHasAKey(t *testing.T) {
	var v published
	load(t, "aes128.json", &v)
	ksn := dukpt.KSN(v.Invalid.KSN)
	checkTransactionKey(t, v, ksn.Counter(), v.Invalid.TransactionKey)
	if _, err := Transaction(v.InitialKey, dukpt.AES128, ksn, make([]byte, dukpt.RoomTransaction)); err == nil {
		t.Error("accepted")
	}
	if _, err := Transaction(v.InitialKey, dukpt.AES128, dukpt.KSN{}, make([]byte, dukpt.RoomTransaction)); err == nil {
		t.Error("counter 0 accepted")
	}
}

func TestUpdateKeysAreThePublished(t *testing.T) {
	var v published
	load(t, "aes128.json", &v)
	if len(v.UpdateKeys) == 0 {
		t.Fatal("no rows")
	}
	for _, row := range v.UpdateKeys {
		kt, room := dukpt.KeyType(row.Type), make([]byte, dukpt.RoomTransaction)
		got := make([]byte, kt.Size())
		err := UpdateKey(got, v.InitialKey, dukpt.AES128, [8]byte(v.InitialKeyID), kt, room)
		if err != nil || !bytes.Equal(got, row.Key) || !zero(room) {
			t.Errorf("%v: got %X, %v", kt, got, err)
		}
	}
	if UpdateKey(make([]byte, 32), v.InitialKey, dukpt.AES128, [8]byte(v.InitialKeyID), dukpt.AES256, make([]byte, dukpt.RoomTransaction)) == nil {
		t.Error("an update key stronger than the initial key is derived")
	}
}

func TestAllTypesAgreeWithTheIndependentValues(t *testing.T) {
	var v allTypes
	load(t, "all_types.json", &v)
	if len(v.Cases) == 0 {
		t.Fatal("no cases")
	}
	for _, c := range v.Cases {
		kt := dukpt.KeyType(c.Type)
		initial := make([]byte, kt.Size())
		if err := InitialKey(initial, c.BDK, kt, [8]byte(c.InitialKeyID)); err != nil || !bytes.Equal(initial, c.InitialKey) {
			t.Errorf("%v: initial key %X, %v", kt, initial, err)
			continue
		}
		tr := transaction(t, initial, kt, c.InitialKeyID, c.Counter)
		for wt, keys := range c.WorkingKeys {
			for usage, want := range keys {
				same(t, kt.String()+" "+usage, method(t, tr, usage), dukpt.KeyType(wt), want)
			}
		}
	}
}

func method(t *testing.T, tr *dukpt.Transaction, usage string) func([]byte, dukpt.KeyType) error {
	t.Helper()
	m := map[string]func([]byte, dukpt.KeyType) error{
		"key_encryption": tr.KeyEncryptionKey, "pin_encryption": tr.PINEncryptionKey,
		"mac_generation": tr.MACGenerationKey, "mac_verification": tr.MACVerificationKey, "mac_both": tr.MACBothKey,
		"data_encryption": tr.DataEncryptionKey, "data_decryption": tr.DataDecryptionKey, "data_both": tr.DataBothKey,
	}[usage]
	if m == nil {
		t.Fatalf("no method for %s", usage)
	}
	return m
}

func TestRandomInitialKeysAgreeWithTheStandardsText(t *testing.T) {
	random := rand.NewChaCha8([32]byte{1})
	for i := range 300 {
		kt := dukpt.AES128 + dukpt.KeyType(i%3)
		bdk, got := make([]byte, 32), make([]byte, kt.Size())
		_, _ = random.Read(bdk)
		bdk = bdk[:max(kt.Size(), 16+8*(i%5%3))] // as strong as the initial key, or stronger
		var ikid [8]byte
		_, _ = random.Read(ikid[:])
		want := reference.InitialKey(bdk, int(kt), ikid[:])
		if err := InitialKey(got, bdk, kt, ikid); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%v under %d bytes: %X, %v", kt, len(bdk), got, err)
		}
	}
}

func TestAnInitialKeyIsNeverStrongerThanItsBaseKey(t *testing.T) {
	for _, n := range []int{0, 1, 15, 16, 17, 24, 31, 32, 33, 40} {
		for kt := dukpt.TDEA2; kt <= dukpt.AES256+1; kt++ {
			err := InitialKey(make([]byte, kt.Size()), make([]byte, n), kt, [8]byte{})
			aesKey := n == 16 || n == 24 || n == 32
			if want := kt.Derives() && aesKey && n >= kt.Size(); (err == nil) != want {
				t.Errorf("%v under %d bytes: %v", kt, n, err)
			}
		}
	}
	if InitialKey(make([]byte, 31), make([]byte, 32), dukpt.AES256, [8]byte{}) == nil {
		t.Error("a short destination is accepted")
	}
}

func TestDeviceAndReceiverAgree(t *testing.T) {
	for _, kt := range []dukpt.KeyType{dukpt.AES128, dukpt.AES192, dukpt.AES256} {
		initial := bytes.Repeat([]byte{7}, kt.Size())
		ikid := [8]byte{1, 2, 3, 4, 5, 6, 7, 8}
		d, err := dukpt.Load(make([]byte, dukpt.StateSize), ikid, kt, bytes.Clone(initial))
		if err != nil {
			t.Fatal(err)
		}
		room, a, b := make([]byte, dukpt.RoomTransaction), make([]byte, kt.Size()), make([]byte, kt.Size())
		for i := range 600 {
			sent, err := d.Next(room, func([]byte) error { return nil })
			if err != nil {
				t.Fatal(err)
			}
			received := transaction(t, initial, kt, ikid[:], sent.KSN().Counter())
			if sent.DataEncryptionKey(a, kt) != nil || received.DataEncryptionKey(b, kt) != nil || !bytes.Equal(a, b) {
				t.Fatalf("%v: transaction %d differs", kt, i+1)
			}
		}
	}
}

func TestConcurrentDerivationsChangeNeitherKeyNorKSN(t *testing.T) {
	initial := bytes.Repeat([]byte{9}, 32)
	ksn, err := dukpt.NewKSN([8]byte{1}, 0xF0F0F0F0)
	if err != nil {
		t.Fatal(err)
	}
	wire := ksn[:]
	want := make([]byte, 32)
	if err := transaction(t, initial, dukpt.AES256, ksn[:8], ksn.Counter()).PINEncryptionKey(want, dukpt.AES256); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			room, got := make([]byte, dukpt.RoomTransaction), make([]byte, 32)
			for range 100 {
				k, err := dukpt.ParseKSN(wire)
				if err != nil {
					t.Error(err)
					return
				}
				tr, err := Transaction(initial, dukpt.AES256, k, room)
				if err != nil || tr.PINEncryptionKey(got, dukpt.AES256) != nil || !bytes.Equal(got, want) {
					t.Error("a derivation went wrong beside others")
					return
				}
			}
		})
	}
	wg.Wait()
	if ksn.Counter() != 0xF0F0F0F0 || !bytes.Equal(initial, bytes.Repeat([]byte{9}, 32)) {
		t.Error("a derivation changed its input")
	}
}

func TestAnyFlippedBitOfTheKSNGivesAnotherKeyOrNone(t *testing.T) {
	initial := bytes.Repeat([]byte{9}, 32)
	ksn, _ := dukpt.NewKSN([8]byte{1, 2, 3, 4, 5, 6, 7, 8}, 0x00010203)
	good, other := make([]byte, 32), make([]byte, 32)
	if err := transaction(t, initial, dukpt.AES256, ksn[:8], ksn.Counter()).DataEncryptionKey(good, dukpt.AES256); err != nil {
		t.Fatal(err)
	}
	for bit := 32; bit < 96; bit++ { // bits 0 to 31 name the base key: chosen by the caller, not derived from
		bad := ksn
		bad[bit/8] ^= 1 << (bit % 8)
		tr, err := Transaction(initial, dukpt.AES256, bad, make([]byte, dukpt.RoomTransaction))
		if err != nil {
			continue
		}
		if tr.DataEncryptionKey(other, dukpt.AES256) != nil || bytes.Equal(good, other) {
			t.Errorf("bit %d does not matter", bit)
		}
	}
}

func TestWrongKeysTypesAndRoomsAreRefused(t *testing.T) {
	ksn, _ := dukpt.NewKSN([8]byte{}, 1)
	room := make([]byte, dukpt.RoomTransaction)
	for n := range 40 {
		for kt := dukpt.TDEA2; kt <= dukpt.AES256+1; kt++ {
			_, err := Transaction(make([]byte, n), kt, ksn, room)
			if want := kt.Derives() && n == kt.Size(); (err == nil) != want {
				t.Errorf("%v with %d bytes: %v", kt, n, err)
			}
		}
	}
	if _, err := Transaction(make([]byte, 16), dukpt.AES128, ksn, room[1:]); err == nil {
		t.Error("a small room is accepted")
	}
}

func TestAWipedTransactionLeavesNothingInTheRoom(t *testing.T) {
	ksn, _ := dukpt.NewKSN([8]byte{}, 0xFFFF0000)
	room := make([]byte, dukpt.RoomTransaction)
	tr, err := Transaction(bytes.Repeat([]byte{3}, 32), dukpt.AES256, ksn, room)
	if err != nil || zero(room) {
		t.Fatal("control: nothing lies in the room", err)
	}
	tr.Wipe()
	if !zero(room) {
		t.Error("a key outlived its transaction")
	}
}

func BenchmarkTransaction(b *testing.B) {
	for _, c := range []struct {
		name    string
		kt      dukpt.KeyType
		counter uint32
	}{
		{"AES128/1 bit", dukpt.AES128, 1}, {"AES128/16 bits", dukpt.AES128, 0xFFFF0000},
		{"AES256/1 bit", dukpt.AES256, 1}, {"AES256/16 bits", dukpt.AES256, 0xFFFF0000},
	} {
		b.Run(c.name, func(b *testing.B) {
			ksn, _ := dukpt.NewKSN([8]byte{}, c.counter)
			initial, dst := make([]byte, c.kt.Size()), make([]byte, c.kt.Size())
			room := make([]byte, dukpt.RoomTransaction)
			for b.Loop() {
				tr, err := Transaction(initial, c.kt, ksn, room)
				if err != nil || tr.DataEncryptionKey(dst, c.kt) != nil {
					b.Fatal(err)
				}
				tr.Wipe()
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "keys/s")
		})
	}
}

func zero(b []byte) bool { return len(bytes.Trim(b, "\x00")) == 0 }
