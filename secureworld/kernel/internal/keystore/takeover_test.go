package keystore

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/deviceroot"
	"github.com/strongroom-pos/strongroom/secureworld/keyblock"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
)

func TestKeysAreTakenOverOnceAndOpenedAtEveryOtherStart(t *testing.T) {
	e := newEstate(t)
	e.works(t, e.open(t))
	left, err := os.ReadDir(filepath.Join(e.dir, provisioning.Incoming))
	if err != nil || len(left) != 0 {
		t.Fatalf("left in incoming: %v, %v", left, err)
	}
	for range 2 {
		e.works(t, e.open(t))
	}
	if err := os.Remove(filepath.Join(e.dir, provisioning.Incoming)); err != nil {
		t.Fatal(err)
	}
	e.works(t, e.open(t))
}

// works uses every key of the store and compares with the estate's.
func (e *estate) works(t testing.TB, s *Store) {
	t.Helper()
	token := make([]byte, 32)
	if n := s.Token(token); n != 32 || !bytes.Equal(token, e.keys[provisioning.KeyToken]) {
		t.Error("token key")
	}
	for _, name := range []string{provisioning.KeyReaderOrder, provisioning.KeyPINPadOrder} {
		var got, want [16]byte
		s.Order(name).Encrypt(got[:], got[:])
		block(t, e.keys[name]).Encrypt(want[:], want[:])
		if got != want {
			t.Error(name)
		}
	}
	for _, name := range signingKeys() {
		signer, err := s.TLS(name)
		if err != nil {
			t.Fatal(err)
		}
		want, _ := x509.ParsePKCS8PrivateKey(e.files[name])
		if !want.(*ecdsa.PrivateKey).Equal(signer) {
			t.Error(name)
		}
	}
	if !e.opensEnvelopes(t, s) || !e.sealsPAN(t, s) || !e.opensKeyed(t, s) || !e.authenticates(t, s) {
		t.Error("a key does not do what it is for")
	}
}

func TestNoKeyLiesOnTheDiskInClearAfterTheTakeOver(t *testing.T) {
	e := newEstate(t)
	secrets := map[string][]byte{"supplier": e.supplier, "doors": e.files[provisioning.FileDoorsKey], "host tls": e.files[provisioning.FileHostKey]}
	for name, k := range e.keys {
		secrets[name] = k
	}
	if found := onDisk(t, e.dir, secrets); !found["supplier"] || !found["doors"] {
		t.Fatal("control: the secrets are not found before the take-over")
	}
	s := e.open(t)
	if _, err := s.Reserve(3); err != nil {
		t.Fatal(err)
	}
	if found := onDisk(t, e.dir, secrets); len(found) != 0 {
		t.Errorf("found: %v", found)
	}
}

func onDisk(t *testing.T, dir string, secrets map[string][]byte) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		for name, k := range secrets {
			if bytes.Contains(read(t, path), k) {
				found[name] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestTheSupplierKeyAndInitialKeysAreErasedFromMemory(t *testing.T) {
	e := newEstate(t)
	r := newRooms()
	if _, err := openAll(r, e.dir, e.cfg); err != nil {
		t.Fatal(err)
	}
	for name, gone := range map[string][]byte{"supplier": e.supplier, "firmware root": e.files[firmwareRoot], "host initial": e.keys[provisioning.KeyHostInitial]} {
		if r.holds(gone) {
			t.Errorf("%s is still in memory", name)
		}
	}
	if !r.holds(e.keys[provisioning.KeyToken]) {
		t.Fatal("control: a key that is in use is not found")
	}
}

// The take-over is ended at every request for memory, of which there is one
// before each step, and begun anew.
func TestATakeOverThatWasCutAnywhereIsResumed(t *testing.T) {
	whole := newRooms()
	e := newEstate(t)
	if _, err := openAll(whole, copied(t, e.dir), e.cfg); err != nil {
		t.Fatal(err)
	}
	if whole.asked < 20 {
		t.Fatalf("only %d steps: the sweep proves little", whole.asked)
	}
	for n := 1; n <= whole.asked; n++ {
		dir := copied(t, e.dir)
		r := newRooms()
		r.refuses = n
		if _, err := openAll(r, dir, e.cfg); !errors.Is(err, errNoRoom) {
			t.Fatalf("step %d: %v", n, err)
		}
		litter(t, dir)
		e.works(t, opened(t, dir, e.cfg))
	}
}

// litter leaves what a write that was cut off leaves behind.
func litter(t *testing.T, dir string) {
	t.Helper()
	for _, name := range []string{deviceroot.RecordFile, firmwareRoot} {
		write(t, filepath.Join(dir, name+".new"), []byte("half"))
	}
}

// The power fails after each change of the trusted storage.
func TestATakeOverThatEndedAfterAnyChangeIsResumed(t *testing.T) {
	e := newEstate(t)
	whole := &anchored{}
	if _, err := openAnchored(newRooms(), copied(t, e.dir), e.cfg, whole); err != nil {
		t.Fatal(err)
	}
	if whole.raised < 10 {
		t.Fatalf("only %d changes: the sweep proves little", whole.raised)
	}
	for n := 1; n <= whole.raised; n++ {
		dir := copied(t, e.dir)
		if _, err := openAnchored(newRooms(), dir, e.cfg, &anchored{fails: n}); !errors.Is(err, errAnchor) {
			t.Fatalf("change %d: %v", n, err)
		}
		e.works(t, opened(t, dir, e.cfg))
	}
}

func TestWhatWasTakenOverIsForgottenAlsoAfterAPowerCut(t *testing.T) {
	e := newEstate(t)
	e.open(t)
	e.deliver(t, e.dir) // as if nothing had been deleted yet
	root := read(t, filepath.Join(e.dir, firmwareRoot))
	write(t, e.open(t).incoming(firmwareRoot), random(32)) // and a new root by mistake
	e.works(t, e.open(t))
	if left, _ := os.ReadDir(filepath.Join(e.dir, provisioning.Incoming)); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
	if !bytes.Equal(root, read(t, filepath.Join(e.dir, firmwareRoot))) {
		t.Error("the firmware root of a complete storage was replaced")
	}
}

func TestATakeOverIsNotDoneAgainOnceTheHostKeyWasUsed(t *testing.T) {
	e := newEstate(t)
	fresh := copied(t, e.dir)
	opened(t, fresh, e.cfg)
	s := e.open(t)
	if _, err := s.Reserve(1); err != nil {
		t.Fatal(err)
	}
	for name, dir := range map[string]string{"unused": fresh, "used": e.dir} {
		if err := keys(t, dir, e.cfg).Delete(complete); err != nil {
			t.Fatal(err)
		}
		if _, err := openAll(newRooms(), dir, e.cfg); err == nil {
			t.Fatalf("%s: taken over again without its supplier key", name)
		}
		e.deliver(t, dir)
	}
	if _, err := openAll(newRooms(), fresh, e.cfg); err != nil {
		t.Errorf("twin: %v", err)
	}
	if _, err := openAll(newRooms(), e.dir, e.cfg); !errors.Is(err, errUsed) {
		t.Errorf("with the supplier key: %v", err)
	}
}

// A98. The twin is the block as it was provisioned, with which every other test
// begins.
func TestKeyBlocksForAnythingElseAreRefused(t *testing.T) {
	e := newEstate(t)
	type change = func(h *keyblock.Header, kbpk, key *[]byte)
	header := func(f func(h *keyblock.Header)) change { return func(h *keyblock.Header, _, _ *[]byte) { f(h) } }
	for reason, c := range map[string]change{
		"the usage of PIN keys":  header(func(h *keyblock.Header) { h.Usage = "P0" }),
		"the usage of key keys":  header(func(h *keyblock.Header) { h.Usage = "K0" }),
		"leave to export it":     header(func(h *keyblock.Header) { h.Exportability = 'E' }),
		"a sensitive export":     header(func(h *keyblock.Header) { h.Exportability = 'S' }),
		"another mode":           header(func(h *keyblock.Header) { h.Mode = 'N' }),
		"another algorithm":      header(func(h *keyblock.Header) { h.Algorithm = other(h.Algorithm) }),
		"another supplier":       func(_ *keyblock.Header, kbpk, _ *[]byte) { *kbpk = random(32) },
		"a key of 16 bytes":      func(_ *keyblock.Header, _, key *[]byte) { *key = random(16) },
		"the usage of a sibling": header(func(h *keyblock.Header) { h.Usage = sibling(h.Usage) }),
	} {
		for name := range expected() {
			refused(t, e, reason+" for "+name, e.with(name, e.block(t, name, c)))
		}
	}
	for _, name := range []string{provisioning.KeyReaderInitial, provisioning.KeyHostInitial} {
		refused(t, e, "another id for "+name, e.with(name, e.block(t, name, func(h *keyblock.Header, _, _ *[]byte) { h.Optional[0].Data = "0123456789ABCDEF" })))
		refused(t, e, "no id for "+name, e.with(name, e.block(t, name, func(h *keyblock.Header, _, _ *[]byte) { h.Optional = nil })))
	}
	for name := range expected() {
		b := []byte(e.block(t, name, nil))
		b[len(b)-1] ^= 1
		refused(t, e, "another MAC for "+name, e.with(name, string(b)))
	}
	e.works(t, opened(t, copied(t, e.dir), e.cfg))
}

func other(algorithm byte) byte {
	if algorithm == 'A' {
		return 'H'
	}
	return 'A'
}

func sibling(usage string) string {
	return map[string]string{"B1": "B0", "M6": "M7", "M7": "M6", "D0": "D1"}[usage]
}

// refused checks that nothing of a storage is usable when a key is refused.
func refused(t *testing.T, e *estate, reason string, cfg provisioning.Kernel) {
	t.Helper()
	dir := copied(t, e.dir)
	if _, err := openAll(newRooms(), dir, cfg); !errors.Is(err, ErrBlock) && !errors.Is(err, ErrKeys) {
		t.Errorf("%s: %v", reason, err)
	}
	if _, err := keys(t, dir, cfg).Size(complete); err == nil {
		t.Errorf("%s: complete", reason)
	}
	if _, err := os.Stat(filepath.Join(dir, provisioning.Incoming, provisioning.FileSupplierKey)); err != nil {
		t.Errorf("%s: the supplier key is gone", reason)
	}
}

func TestKeysThatAreMissingDoubledOrUnknownAreRefused(t *testing.T) {
	e := newEstate(t)
	missing, doubled, unknown := e.cfg, e.cfg, e.cfg
	missing.Keys = e.cfg.Keys[1:]
	doubled.Keys = append([]provisioning.Key{e.cfg.Keys[1]}, e.cfg.Keys...)
	unknown.Keys = append([]provisioning.Key{{Name: "master", Block: e.cfg.Keys[0].Block}}, e.cfg.Keys...)
	for name, cfg := range map[string]provisioning.Kernel{"missing": missing, "doubled": doubled, "unknown": unknown} {
		refused(t, e, name, cfg)
	}
}

func TestSecretsOfAnotherLengthAreRefused(t *testing.T) {
	e := newEstate(t)
	for _, name := range []string{provisioning.FileSupplierKey, provisioning.FileFirmwareRoot} {
		for _, n := range []int{0, 31, 33} {
			dir := copied(t, e.dir)
			write(t, filepath.Join(dir, provisioning.Incoming, name), append(bytes.Clone(e.files[name]), 0)[:n])
			if _, err := openAll(newRooms(), dir, e.cfg); err == nil {
				t.Errorf("%s of %d bytes: accepted", name, n)
			}
		}
	}
	for _, name := range signingKeys() {
		dir := copied(t, e.dir)
		write(t, filepath.Join(dir, provisioning.Incoming, name), make([]byte, maxTLSKey+1))
		if _, err := openAll(newRooms(), dir, e.cfg); !errors.Is(err, errTLSKey) {
			t.Errorf("%s too long: %v", name, err)
		}
	}
}

// The names in package provisioning say what each key is for; this is where it is
// enforced.
func TestEveryNameOfAKeyIsExpected(t *testing.T) {
	want := map[string]keyblock.Expect{
		provisioning.KeyReaderInitial: {Usage: "B1", Algorithm: 'A', Mode: 'X'},
		provisioning.KeyReaderOrder:   {Usage: "M6", Algorithm: 'A', Mode: 'C'},
		provisioning.KeyPINPadOrder:   {Usage: "M6", Algorithm: 'A', Mode: 'C'},
		provisioning.KeyPAN:           {Usage: "D0", Algorithm: 'A', Mode: 'E'},
		provisioning.KeyKeyed:         {Usage: "D0", Algorithm: 'A', Mode: 'D'},
		provisioning.KeyHostInitial:   {Usage: "B1", Algorithm: 'A', Mode: 'X'},
		provisioning.KeyToken:         {Usage: "M7", Algorithm: 'H', Mode: 'G'},
	}
	got := expected()
	for name, e := range want {
		if got[name] != e {
			t.Errorf("%s: %+v", name, got[name])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d names", len(got))
	}
}
