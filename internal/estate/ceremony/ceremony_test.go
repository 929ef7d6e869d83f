package ceremony

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"math/bits"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/scan"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt/receiver"
	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/keyblock"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
)

// keys are all that a ceremony drew or derived, by name.
type keys map[string][]byte

// held holds a ceremony whose keys the test may know.
func held(t *testing.T) (string, keys, Record) {
	t.Helper()
	k, dir := keys{}, t.TempDir()
	r, err := hold(dir, func(name string, key []byte) error {
		if k[name] != nil {
			t.Errorf("%s is drawn twice", name)
		}
		_, err := rand.Read(key)
		if len(key) == tdesSize {
			odd(key) // as it is going to be
		}
		k[name] = bytes.Clone(key)
		return err
	}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	k.read(t, dir)
	k.derive(t, r)
	return dir, k, r
}

const tdesSize = 16

func odd(key []byte) {
	for i, b := range key {
		key[i] = b&0xFE | byte(1^bits.OnesCount8(b>>1)&1)
	}
}

// read finds what was not drawn by the drawer: the custodians' keys and the roots.
func (k keys) read(t *testing.T, dir string) {
	t.Helper()
	for name, path := range map[string]string{
		"element kbpk": "worlds/element/kbpk", "firmware root": "worlds/secureworld/storage/incoming/firmware.root",
		"customer firmware root": "roles/customer/firmware.root",
	} {
		k[name] = pemFile(t, dir, path)
	}
	var f element.KeyFile
	readJSON(t, &f, dir, Worlds, "element", "keys.json")
	for _, e := range f.Keys {
		if name := map[element.Slot]string{element.SlotTerminalBDK: "bdk terminal", element.SlotPINBDK: "bdk pin"}[e.Slot]; name != "" {
			room := make([]byte, len(e.Block))
			_, n, err := keyblock.Unwrap(k["element kbpk"], []byte(e.Block), room)
			if err != nil {
				t.Fatal(err)
			}
			k[name] = room[:n]
		}
	}
}

func (k keys) derive(t *testing.T, r Record) {
	t.Helper()
	for name, from := range map[string][2]string{"host initial": {"bdk terminal", r.HostKeyID}, "pin initial": {"bdk pin", r.PINKeyID}} {
		var id [8]byte
		if _, err := hex.Decode(id[:], []byte(from[1])); err != nil {
			t.Fatal(err)
		}
		k[name] = make([]byte, 32)
		if err := receiver.InitialKey(k[name], k[from[0]], dukpt.AES256, id); err != nil {
			t.Fatal(err)
		}
	}
}

// kind is what a key block says of its key.
type kind struct {
	usage           string
	algorithm, mode byte
}

func readJSON(t *testing.T, v any, path ...string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatal(err)
	}
}

// block is a key block somewhere in the files, and what it must hold.
type block struct {
	name, text string
	kbpk, key  []byte
	as         kind
}

func kernelBlocks(t *testing.T, dir string, k keys) []block {
	t.Helper()
	var c provisioning.Kernel
	readJSON(t, &c, dir, Worlds, "secureworld", "kernel.json")
	want := map[string]block{
		provisioning.KeyReaderInitial: {key: k["reader initial"], as: kind{"B1", 'A', 'X'}},
		provisioning.KeyReaderOrder:   {key: k["reader order"], as: kind{"M6", 'A', 'C'}},
		provisioning.KeyPINPadOrder:   {key: k["pinpad order"], as: kind{"M6", 'A', 'C'}},
		provisioning.KeyPAN:           {key: k["pan"], as: kind{"D0", 'A', 'E'}},
		provisioning.KeyKeyed:         {key: k["keyed"], as: kind{"D0", 'A', 'D'}},
		provisioning.KeyHostInitial:   {key: k["host initial"], as: kind{"B1", 'A', 'X'}},
		provisioning.KeyToken:         {key: k["token"], as: kind{"M7", 'H', 'G'}},
	}
	out := named(t, "kernel", c.Keys, want, k["kernel supplier"])
	return append(out, block{"pinpad key block", c.PINPadKeyBlock, k["acquirer kbpk"], k["pin initial"], kind{"B1", 'A', 'X'}})
}

func deviceBlocks(t *testing.T, dir string, k keys) []block {
	t.Helper()
	var r, p provisioning.Device
	readJSON(t, &r, dir, Worlds, "reader", provisioning.FileDevice)
	readJSON(t, &p, dir, Worlds, "pinpad", provisioning.FileDevice)
	return append(
		named(t, "reader", r.Keys, map[string]block{
			provisioning.KeyDeviceInitial: {key: k["reader initial"], as: kind{"B1", 'A', 'X'}},
			provisioning.KeyDeviceOrder:   {key: k["reader order"], as: kind{"M6", 'A', 'V'}},
		}, k["reader supplier"]),
		named(t, "pinpad", p.Keys, map[string]block{
			provisioning.KeyDeviceOrder: {key: k["pinpad order"], as: kind{"M6", 'A', 'V'}},
			provisioning.KeyDevicePAN:   {key: k["pan"], as: kind{"D0", 'A', 'D'}},
			provisioning.KeyDeviceKeyed: {key: k["keyed"], as: kind{"D0", 'A', 'E'}},
		}, k["pinpad supplier"])...)
}

func named(t *testing.T, world string, keys []provisioning.Key, want map[string]block, kbpk []byte) (out []block) {
	t.Helper()
	if len(keys) != len(want) {
		t.Errorf("%s has %d key blocks, not %d", world, len(keys), len(want))
	}
	for _, k := range keys {
		b, ok := want[k.Name]
		if !ok {
			t.Errorf("%s is given a key that it does not know", world)
		}
		b.name, b.text, b.kbpk = world+" "+k.Name, k.Block, kbpk
		out = append(out, b)
	}
	return out
}

func elementBlocks(t *testing.T, dir string, k keys) (out []block) {
	t.Helper()
	var f element.KeyFile
	readJSON(t, &f, dir, Worlds, "element", "keys.json")
	want := map[element.Slot]block{
		element.SlotTerminalBDK:  {key: k["bdk terminal"], as: kind{"B0", 'A', 'X'}},
		element.SlotPINBDK:       {key: k["bdk pin"], as: kind{"B0", 'A', 'X'}},
		element.SlotZonePIN:      {key: k["zone pin"], as: kind{"P0", 'A', 'B'}},
		element.SlotIssuerAC:     {key: k["issuer ac"], as: kind{"E0", 'T', 'X'}},
		element.SlotPVK:          {key: k["pvk"], as: kind{"V1", 'T', 'C'}},
		element.SlotPANReference: {key: k["pan reference"], as: kind{"M6", 'A', 'C'}},
		element.SlotIssuerSMI:    {key: k["issuer smi"], as: kind{"E2", 'T', 'X'}},
		element.SlotIssuerCVC3:   {key: k["issuer cvc3"], as: kind{"E4", 'T', 'X'}},
		element.SlotCVK:          {key: k["cvk"], as: kind{"C0", 'T', 'C'}},
		element.SlotKeyExchange:  {key: k["key exchange"], as: kind{"K1", 'A', 'B'}},
	}
	for _, e := range f.Keys {
		b := want[e.Slot]
		delete(want, e.Slot)
		b.name, b.text, b.kbpk = "element "+string(e.Slot), e.Block, k["element kbpk"]
		out = append(out, b)
	}
	if len(want) != 0 {
		t.Errorf("%d slots of the element are empty", len(want))
	}
	return out
}

func allBlocks(t *testing.T, dir string, k keys) []block {
	t.Helper()
	out := append(kernelBlocks(t, dir, k), deviceBlocks(t, dir, k)...)
	return append(out, elementBlocks(t, dir, k)...)
}

func TestEveryKeyBlockOpensAsWhatItIsForAndAsNothingElse(t *testing.T) {
	dir, k, _ := held(t)
	blocks := allBlocks(t, dir, k)
	room := make([]byte, 64)
	for _, b := range blocks {
		for _, as := range blocks {
			e := keyblock.Expect{Usage: as.as.usage, Algorithm: as.as.algorithm, Mode: as.as.mode}
			_, n, err := keyblock.UnwrapAs(b.kbpk, []byte(b.text), room, e)
			if as.as != b.as {
				if err == nil {
					t.Errorf("%s opens as %v too", b.name, as.as)
				}
				continue
			}
			if err != nil || !bytes.Equal(room[:n], b.key) {
				t.Errorf("%s does not open as %v: %v", b.name, as.as, err)
			}
		}
	}
}

func TestNoKeyBlockOpensUnderAnotherProtectionKey(t *testing.T) {
	dir, k, _ := held(t)
	room := make([]byte, 64)
	for _, b := range allBlocks(t, dir, k) {
		for _, kbpk := range [][]byte{k["kernel supplier"], k["reader supplier"], k["pinpad supplier"], k["acquirer kbpk"], k["element kbpk"]} {
			_, _, err := keyblock.Unwrap(kbpk, []byte(b.text), room)
			if own := bytes.Equal(kbpk, b.kbpk); own != (err == nil) {
				t.Errorf("%s: own key %v, %v", b.name, own, err)
			}
		}
	}
}

func TestInitialKeysNameTheirDevice(t *testing.T) {
	dir, k, r := held(t)
	want := map[string]string{
		"kernel " + provisioning.KeyReaderInitial: r.ReaderDevice, "reader " + provisioning.KeyDeviceInitial: r.ReaderDevice,
		"kernel " + provisioning.KeyHostInitial: r.HostKeyID, "pinpad key block": r.PINKeyID,
	}
	for _, b := range allBlocks(t, dir, k) {
		id, ok := want[b.name]
		if !ok {
			continue
		}
		delete(want, b.name)
		h, err := keyblock.Parse([]byte(b.text))
		if err != nil || len(h.Optional) == 0 || h.Optional[0].ID != "IK" || h.Optional[0].Data != id {
			t.Errorf("%s: %v %v", b.name, h.Optional, err)
		}
	}
	if len(want) != 0 {
		t.Errorf("not looked at: %v", want)
	}
}

func TestEachKeyIsDrawnForItself(t *testing.T) {
	_, k, _ := held(t)
	for a, one := range k {
		if len(one) < tdesSize || bytes.Equal(one, make([]byte, len(one))) {
			t.Errorf("%s was not drawn", a)
		}
		for b, other := range k {
			if a != b && bytes.Equal(one, other) {
				t.Errorf("%s and %s are one key", a, b)
			}
		}
		if len(one) == tdesSize && bytes.Equal(one[:8], one[8:]) {
			t.Errorf("%s has two equal halves", a)
		}
	}
}

// supplierFiles may hold a key in clear.
func supplierFiles() map[string]string {
	return map[string]string{
		"worlds/secureworld/storage/incoming/supplier.key":  "kernel supplier",
		"worlds/secureworld/storage/incoming/firmware.root": "firmware root",
		"worlds/reader/supplier.key":                        "reader supplier",
		"worlds/pinpad/supplier.key":                        "pinpad supplier",
		"worlds/pinpad/acquirer.kbpk":                       "acquirer kbpk",
		"worlds/element/kbpk":                               "element kbpk",
		"roles/acquirer/element/kbpk":                       "element kbpk",
		"roles/customer/firmware.root":                      "customer firmware root",
	}
}

func TestNoKeyLiesInClearButInTheSupplierFiles(t *testing.T) {
	dir, k, _ := held(t)
	var n scan.Needles
	for name, key := range k {
		if err := n.AddKey(name, key); err != nil {
			t.Fatal(err)
		}
	}
	r, err := scan.ScanFiles(dir, n.Compile())
	if err != nil {
		t.Fatal(err)
	}
	want := supplierFiles()
	for _, hit := range r.Hits {
		if want[hit.Where] != hit.ID {
			t.Errorf("%s lies in %s", hit.ID, hit.Where)
		}
		delete(want, hit.Where)
	}
	if len(want) != 0 {
		t.Errorf("the search is blind: it missed %v", want)
	}
}

func TestEverythingIsForTheOwnerAlone(t *testing.T) {
	dir, _, _ := held(t)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestASecondCeremonyChangesNothing(t *testing.T) {
	dir := t.TempDir()
	first, err := Hold(dir, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	before := contents(t, dir)
	second, err := Hold(dir, time.Now().Add(time.Hour))
	if err != nil || first != second {
		t.Fatalf("%+v became %+v, %v", first, second, err)
	}
	if after := contents(t, dir); after != before {
		t.Error("files changed")
	}
}

func TestACeremonyThatWasCutOffBeginsAnew(t *testing.T) {
	dir := t.TempDir()
	first, err := Hold(dir, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, recordFile)); err != nil {
		t.Fatal(err)
	}
	second, err := Hold(dir, time.Now())
	if err != nil || second.ReaderDevice == first.ReaderDevice {
		t.Fatalf("%+v, %v", second, err)
	}
}

func TestADamagedRecordIsTold(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, recordFile), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Hold(dir, time.Now()); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Fatal(err)
	}
}

func contents(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		all.WriteString(path + "\n" + string(b) + "\n")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

func TestTheManufacturersKeysAreReadBack(t *testing.T) {
	dir, _, r := held(t)
	m, err := Manufacturer(dir)
	if err != nil {
		t.Fatal(err)
	}
	root, err := m.RootKey()
	if err != nil || hexString(root) != r.ManufacturerKey {
		t.Fatalf("%x %v", root, err)
	}
}
