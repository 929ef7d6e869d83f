package keystore

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unsafe"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/secretmem"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

// requireOrFail says that something this test needs is missing: a failure where
// everything is required, else a remark.
func requireOrFail(t *testing.T, missing string) {
	t.Helper()
	if os.Getenv("CI") == "true" || os.Getenv("STRONGROOM_REQUIRE") == "all" {
		t.Fatalf("not tested: %s", missing)
	}
	t.Logf("not tested: %s", missing)
}

// scrape is what another process prepares for the one that is searched, so that
// no key was ever in that one's memory but through the keystore. Keys to be
// looked for are inverted.
type scrape struct {
	Dir      string
	Cfg      provisioning.Kernel
	Inverted map[string][]byte
	Order    [32]byte
	Envelope sred.Envelope
}

// After the take-over, and after every key was used many times, the process holds
// the keys in its secret memory alone, which a scraper cannot read. Preemption is
// off as in the kernel: its signals save registers in ordinary memory. An
// ordinary copy of one key is the control.
func TestNoKeyIsLeftInOrdinaryMemory(t *testing.T) {
	e := newEstate(t)
	s := scrape{Dir: e.dir, Cfg: e.cfg, Inverted: map[string][]byte{}, Order: [32]byte(random(32))}
	s.Envelope = e.reader(t).seal(s.Order, sred.NumberOnline)
	for name, k := range e.keys {
		s.Inverted[name] = inverted(k)
	}
	s.Inverted["supplier"], s.Inverted["firmware root"] = inverted(e.supplier), inverted(e.files[firmwareRoot])
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "scrape.json")
	write(t, path, b)
	searched := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSearchedProcess$", "-test.count=1", "-test.v")
	searched.Env = append(os.Environ(), "GODEBUG=asyncpreemptoff=1", "KEYSTORE_SCRAPE="+path)
	out, err := searched.CombinedOutput()
	if strings.Contains(string(out), "no secret memory") {
		requireOrFail(t, "this machine has no secret memory")
		return
	}
	if err != nil || !strings.Contains(string(out), "control found") {
		t.Fatalf("%v\n%s", err, out)
	}
}

func inverted(b []byte) []byte {
	b = bytes.Clone(b)
	for i := range b {
		b[i] ^= 0xff
	}
	return b
}

// TestSearchedProcess is the process that is searched. Run without its variable
// it searches nothing and proves nothing.
func TestSearchedProcess(t *testing.T) {
	path := os.Getenv("KEYSTORE_SCRAPE")
	if path == "" {
		return
	}
	var s scrape
	if err := json.Unmarshal(read(t, path), &s); err != nil {
		t.Fatal(err)
	}
	memory, err := secretmem.Open(secretmem.Config{Arenas: 1, ArenaPages: 1, KeyBytes: 256 << 10})
	if err != nil {
		t.Fatal(err)
	}
	if !memory.Protection().HiddenFromRoot() {
		fmt.Println("no secret memory")
		return
	}
	store, err := openAll(memory.Keys(), s.Dir, s.Cfg)
	if err != nil {
		t.Fatal(err)
	}
	for range 50 {
		s.use(t, store)
	}
	for name, k := range s.Inverted {
		if n := hits(t, k); n != 0 {
			t.Errorf("%s is found %d times", name, n)
		}
	}
	leak := inverted(s.Inverted[provisioning.KeyToken])
	if hits(t, s.Inverted[provisioning.KeyToken]) == 0 {
		t.Fatal("control: an ordinary copy of a key is not found")
	}
	clear(leak)
	fmt.Println("control found")
}

// use does once what each key is for.
func (s scrape) use(t *testing.T, store *Store) {
	t.Helper()
	sealed := bytes.Clone(s.Envelope.Sealed[:])
	_, err := store.OpenEnvelope(sealed, s.Order, s.Envelope.KSN, s.Envelope.Number)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.SealPAN(make([]byte, 19, 64), pinentry.OrderID{}, orderauth.DeviceID{}, 1); err != nil {
		t.Fatal(err)
	}
	_, _ = store.OpenKeyed(make([]byte, pinentry.KeyedSize+tagSize), pinentry.OrderID{}, orderauth.DeviceID{}, 1) // refused; the key was used
	m, err := store.Reserve(3)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Wipe()
	if _, err := m.SealAccount(0, make([]byte, 40, 64)); err != nil {
		t.Fatal(err)
	}
	if _, err := m.MAC(2, make([]byte, 40, 64)); err != nil {
		t.Fatal(err)
	}
	keys, err := m.VerificationKeys()
	if err != nil {
		t.Fatal(err)
	}
	_ = store.Check(keys, 0, make([]byte, 40)) // refused; the key was used
	var block [16]byte
	store.Order(provisioning.KeyReaderOrder).Encrypt(block[:], block[:])
	store.Order(provisioning.KeyPINPadOrder).Encrypt(block[:], block[:])
}

// hits counts, in the writable memory of this process that can be read, what
// inverted is the complement of.
func hits(t *testing.T, inverted []byte) (n int) {
	t.Helper()
	memory, err := os.Open("/proc/self/mem")
	if err != nil {
		t.Fatal(err)
	}
	defer memory.Close()
	buffer := make([]byte, 1<<20)
	own := int64(uintptr(unsafe.Pointer(&buffer[0])))
	total := 0
	for line := range strings.Lines(string(read(t, "/proc/self/maps"))) {
		var from, to int64
		var rights string
		if k, _ := fmt.Sscanf(line, "%x-%x %s", &from, &to, &rights); k != 3 || !strings.HasPrefix(rights, "rw") {
			continue
		}
		for at := from; at < to; at += int64(len(buffer)) - 32 {
			got, _ := memory.ReadAt(buffer[:min(int64(len(buffer)), to-at)], at)
			n += count(buffer[:got], inverted, func(i int) bool { // the searcher's own buffer apart
				return at+int64(i)+32 <= own || at+int64(i) >= own+int64(len(buffer))
			})
			total += got
		}
	}
	clear(buffer)
	if total < 1<<20 {
		t.Fatalf("only %d bytes could be read", total)
	}
	return n
}

func count(b, inverted []byte, elsewhere func(i int) bool) (n int) {
	for i := range max(0, len(b)-len(inverted)+1) {
		match := elsewhere(i)
		for j := 0; match && j < len(inverted); j++ {
			match = b[i+j] == ^inverted[j]
		}
		if match {
			n++
		}
	}
	return n
}

func TestTheSearchKnowsWhatItLooksFor(t *testing.T) {
	k := random(32)
	text := append(append(random(100), k...), random(100)...)
	here := func(int) bool { return true }
	if count(text, inverted(k), here) != 1 || count(text, k, here) != 0 || hex.EncodeToString(inverted(inverted(k))) != hex.EncodeToString(k) {
		t.Fatal("the search is blind")
	}
}
