//go:build !race

package native_test

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

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt/receiver"
	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/conformance"
	gcrypt "github.com/strongroom-pos/strongroom/secureworld/element/gcrypt/engine"
	"github.com/strongroom-pos/strongroom/secureworld/element/internal/native"
	nettle "github.com/strongroom-pos/strongroom/secureworld/element/nettle/engine"
)

// mask hides what is searched for from the search itself.
const mask = 0x5A

// errand is what the process whose memory is searched gets: no key that it has
// no use for, and none in clear but its protection key.
type errand struct {
	Make      string
	File      element.KeyFile
	Questions []conformance.Question
	Held      string            // masked, hex: a base derivation key
	Gone      map[string]string // masked, hex: what no operation may leave behind
}

const errandVariable = "STRONGROOM_NATIVE_ERRAND"

// Under the race detector a process has too much memory to be searched.

// TestNoOperationLeavesAKeyBehind starts a process that knows nothing but an
// element's files, and has it search its own memory.
func TestNoOperationLeavesAKeyBehind(t *testing.T) {
	if folder := os.Getenv(errandVariable); folder != "" {
		search(t, folder)
		return
	}
	for _, name := range []string{"gcrypt", "nettle"} {
		folder := t.TempDir()
		prepare(t, name, folder)
		c := exec.Command(os.Args[0], "-test.run=^TestNoOperationLeavesAKeyBehind$", "-test.v") //nolint:gosec,noctx // this test itself
		c.Env = append(os.Environ(), errandVariable+"="+folder, "GODEBUG=asyncpreemptoff=1")    // see the package's BUG
		out, err := c.CombinedOutput()
		if err != nil || !bytes.Contains(out, []byte("searched")) {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

func prepare(t *testing.T, name, folder string) {
	t.Helper()
	pinPads, terminals := bytes.Repeat([]byte("a pin pad's key "), 2), bytes.Repeat([]byte("a terminal's key"), 2)
	w, err := conformance.NewWorld(5, map[element.Slot][]byte{element.SlotPINBDK: pinPads, element.SlotTerminalBDK: terminals})
	if err != nil {
		t.Fatal(err)
	}
	e := errand{Make: name, File: w.File, Held: masked(pinPads), Gone: make(map[string]string)}
	base, zone, exchange := w.Guests()
	e.Gone["a base derivation key that came along"] = masked(base)
	e.Gone["a zone's key that came along"] = masked(zone)
	for purpose, key := range exchange {
		e.Gone[fmt.Sprintf("the key-exchange key for purpose %d", purpose)] = masked(key)
	}
	for _, kind := range conformance.Kinds() {
		questions, err := w.Questions(kind, 10)
		if err != nil {
			t.Fatal(err)
		}
		for i, q := range questions {
			e.Questions = append(e.Questions, q)
			if len(q.Body) > 12 {
				e.expectGone(t, kind, map[byte][]byte{0x33: pinPads, 0x11: terminals}[q.Body[0]], q.Body[:12], i)
			}
		}
	}
	b, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, "errand.json"), b)
	write(t, filepath.Join(folder, "kbpk"), w.KBPK)
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// uses is what each verb derives.
func uses() map[element.Kind]func(*dukpt.Transaction, []byte, dukpt.KeyType) error {
	return map[element.Kind]func(*dukpt.Transaction, []byte, dukpt.KeyType) error{
		element.KindOpenAccount:  (*dukpt.Transaction).DataEncryptionKey,
		element.KindMACVerify:    (*dukpt.Transaction).MACGenerationKey,
		element.KindMACGenerate:  (*dukpt.Transaction).MACVerificationKey,
		element.KindTranslatePIN: (*dukpt.Transaction).PINEncryptionKey,
	}
}

// expectGone notes what is derived on the way to a working key.
func (e *errand) expectGone(t *testing.T, kind element.Kind, bdk, ksn []byte, number int) {
	t.Helper()
	use, ok := uses()[kind]
	if !ok || bdk == nil {
		return
	}
	initial, key := make([]byte, 32), make([]byte, 32)
	if err := receiver.InitialKey(initial, bdk, dukpt.AES256, [8]byte(ksn[:8])); err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("key of question %d, verb %02X", number, kind)
	e.Gone["initial "+name] = masked(initial)
	tx, err := receiver.Transaction(initial, dukpt.AES256, dukpt.KSN(ksn), make([]byte, dukpt.RoomTransaction))
	if err != nil {
		return // a counter that no transaction has
	}
	if err := use(tx, key, dukpt.AES256); err != nil {
		t.Fatal(err)
	}
	e.Gone["working "+name] = masked(key)
}

func masked(key []byte) string {
	out := bytes.Clone(key[:16])
	for i := range out {
		out[i] ^= mask
	}
	return hex.EncodeToString(out)
}

// search runs in the other process.
func search(t *testing.T, folder string) {
	var e errand
	raw, err := os.ReadFile(filepath.Join(folder, "errand.json")) //nolint:gosec // the test's own folder
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &e); err != nil {
		t.Fatal(err)
	}
	kbpk, err := os.ReadFile(filepath.Join(folder, "kbpk")) //nolint:gosec // the test's own folder
	if err != nil {
		t.Fatal(err)
	}
	library := map[string]native.Library{"gcrypt": gcrypt.Library(), "nettle": nettle.Library()}[e.Make]
	ops, wipe, err := library.Open(e.File, kbpk)
	clear(kbpk)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range e.Questions {
		q.Ask(conformance.Make{Operations: ops})
	}
	e.Gone[held] = e.Held
	found := regionsWith(t, e.Gone)
	checkHeld(t, found[held])
	delete(found, held)
	for what, where := range found {
		t.Errorf("%s is still there: %v", what, where)
	}
	wipe()
	if where := regionsWith(t, map[string]string{held: e.Held}); len(where) != 0 {
		t.Errorf("the base derivation key outlives the element: %v", where)
	}
	t.Logf("searched for %d", len(e.Gone))
}

const held = "the base derivation key"

// checkHeld: where keys lie while they are needed.
func checkHeld(t *testing.T, regions []string) {
	t.Helper()
	if len(regions) == 0 {
		t.Error("the base derivation key is not found: the search sees nothing")
	}
	for _, flags := range regions {
		if !strings.Contains(flags, " lo") || !strings.Contains(flags, " dd") || !strings.Contains(flags, " dc") {
			t.Errorf("a key lies in pages that are not locked, left out of dumps and of children: %s", flags)
		}
	}
}
