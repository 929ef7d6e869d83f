//go:build linux && cgo

package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/miekg/pkcs11"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/conformance"
	"github.com/strongroom-pos/strongroom/secureworld/element/stdlib/engine"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/token/tokentest"
)

// newPlace makes an empty token in a folder of its own.
func newPlace(t *testing.T) place {
	t.Helper()
	p := place{module: tokentest.Store(t, "element", "another"), label: "element", pin: filepath.Join(t.TempDir(), "pin")}
	if err := os.WriteFile(p.pin, []byte(tokentest.PIN+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

func newWorld(t *testing.T) *conformance.World {
	t.Helper()
	seed := rand.Uint64()
	t.Logf("questions of seed %d", seed)
	w, err := conformance.NewPart(seed, element.SlotKeyExchange)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// makes are elements of one world, the last of them a token.
func makes(ops ...element.Operations) (out []conformance.Make) {
	for _, o := range ops {
		out = append(out, conformance.Make{Name: fmt.Sprintf("%T", o), Verbs: verbs, Operations: o})
	}
	return out
}

// opened loads the keys of a world and opens the make.
func opened(t *testing.T, p place, w *conformance.World) *operations {
	t.Helper()
	if err := loadInto(p, w.File, w.KBPK); err != nil {
		t.Fatal(err)
	}
	ops, wipe, err := open(p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(wipe)
	return ops.(*operations)
}

func TestATokenAnswersAsTheGoMakeDoes(t *testing.T) {
	w := newWorld(t)
	other, wipe, err := engine.Open(w.File, w.KBPK)
	if err != nil {
		t.Fatal(err)
	}
	defer wipe()
	ops := opened(t, newPlace(t), w)
	if h, err := ops.Status(element.Status{}); err != nil || !h.Ready || int(h.Keys) != len(w.File.Keys) {
		t.Errorf("%+v %v", h, err)
	}
	w.Hold(t, 150, makes(other, ops)...)
}

func TestSessionsAnswerSideBySide(t *testing.T) {
	w := newWorld(t)
	other, wipe, err := engine.Open(w.File, w.KBPK)
	if err != nil {
		t.Fatal(err)
	}
	defer wipe()
	ops := opened(t, newPlace(t), w)
	var wait sync.WaitGroup
	for range maxSessions + 2 {
		questions, err := w.Questions(element.KindTranslatePIN, 40)
		if err != nil {
			t.Fatal(err)
		}
		wait.Go(func() {
			for _, d := range conformance.Compare(makes(other, ops), questions).Differences {
				t.Error(d)
			}
		})
	}
	wait.Wait()
	if n := len(ops.token.idle); n == 0 || n > maxSessions {
		t.Errorf("%d sessions", n)
	}
}

// All that is in the token is sensitive, is not extractable and has one use; no
// derived key is left.
func TestNoKeyOfTheTokenCanBeReadOrStaysBehind(t *testing.T) {
	w := newWorld(t)
	ops := opened(t, newPlace(t), w)
	w.Hold(t, 40, makes(ops)...)
	err := ops.token.with(func(s *session) error {
		all, err := s.search(pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_SECRET_KEY))
		if err != nil || len(all) != len(w.File.Keys) {
			t.Errorf("%d keys, %v", len(all), err)
		}
		for _, h := range all {
			if v, err := s.library.GetAttributeValue(s.handle, h, []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_VALUE, nil)}); err == nil {
				t.Errorf("a key of %d bytes was read", len(v[0].Value))
			}
			checkUses(t, s, h)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func checkUses(t *testing.T, s *session, h pkcs11.ObjectHandle) {
	t.Helper()
	a := func(kind uint) *pkcs11.Attribute { return pkcs11.NewAttribute(kind, nil) }
	got, err := s.library.GetAttributeValue(s.handle, h, []*pkcs11.Attribute{
		a(pkcs11.CKA_SENSITIVE), a(pkcs11.CKA_EXTRACTABLE), a(pkcs11.CKA_PRIVATE), a(pkcs11.CKA_DERIVE), a(pkcs11.CKA_ENCRYPT),
		a(pkcs11.CKA_DECRYPT), a(pkcs11.CKA_SIGN), a(pkcs11.CKA_VERIFY), a(pkcs11.CKA_WRAP), a(pkcs11.CKA_UNWRAP),
	})
	if err != nil {
		t.Fatal(err)
	}
	uses := 0
	for _, v := range got[3:] {
		uses += int(v.Value[0])
	}
	if got[0].Value[0] != 1 || got[1].Value[0] != 0 || got[2].Value[0] != 1 || uses != 1 {
		t.Errorf("sensitive %x, extractable %x, private %x, %d uses", got[0].Value, got[1].Value, got[2].Value, uses)
	}
}

// A session that ends under the program costs one answer at most.
func TestALostSessionIsReplaced(t *testing.T) {
	w := newWorld(t)
	ops := opened(t, newPlace(t), w)
	r := element.PANReference{PAN: []byte("4761739001010010")}
	before, err := ops.PANReference(r)
	if err != nil {
		t.Fatal(err)
	}
	slot, err := ops.token.slot()
	if err != nil {
		t.Fatal(err)
	}
	if err := ops.token.library.CloseAllSessions(slot); err != nil { // and logs out
		t.Fatal(err)
	}
	if _, err := ops.PANReference(r); !errors.Is(err, element.CodeUnavailable) {
		t.Errorf("without its session: %v", err)
	}
	if after, err := ops.PANReference(r); err != nil || after != before {
		t.Errorf("afterwards: %v", err)
	}
}

func TestKeysAreLoadedOnceAndUnderTheirKBPKOnly(t *testing.T) {
	w, stranger, p := newWorld(t), newWorld(t), newPlace(t)
	if err := loadInto(p, stranger.File, w.KBPK); err == nil {
		t.Error("loaded blocks under another key")
	}
	file := w.File
	file.Keys = append([]element.KeyEntry{{Slot: element.SlotCVK, Block: "what a token has no use for"}}, file.Keys...)
	if err := loadInto(p, file, w.KBPK); err != nil {
		t.Error(err)
	}
	if err := loadInto(p, w.File, w.KBPK); err == nil {
		t.Error("loaded twice")
	}
	for why, e := range map[string]element.KeyEntry{
		"both purposes": {Slot: element.SlotPINBDK, BDKID: "1111222", Block: w.File.Keys[1].Block},
		"another use":   {Slot: element.SlotTerminalBDK, BDKID: "99990000", Block: w.File.Keys[2].Block},
	} {
		if err := loadInto(p, element.KeyFile{Keys: []element.KeyEntry{e}}, w.KBPK); err == nil {
			t.Errorf("%s: loaded", why)
		}
	}
	// One BDK id for two purposes is seen when the token is opened.
	if err := loadInto(p, element.KeyFile{Keys: []element.KeyEntry{{Slot: element.SlotPINBDK, BDKID: "11112222", Block: w.File.Keys[1].Block}}}, w.KBPK); err != nil {
		t.Fatal(err)
	}
	if _, _, err := open(p); err == nil {
		t.Error("one BDK id has two purposes")
	}
}

func TestAWrongPlaceIsRefused(t *testing.T) {
	p := newPlace(t)
	wrong := filepath.Join(t.TempDir(), "pin")
	if err := os.WriteFile(wrong, []byte("000000"), 0o600); err != nil {
		t.Fatal(err)
	}
	for why, q := range map[string]place{
		"PIN":     {p.module, p.label, wrong},
		"no PIN":  {p.module, p.label, filepath.Join(t.TempDir(), "none")},
		"label":   {p.module, "nobody", p.pin},
		"library": {"/nonexistent.so", p.label, p.pin},
		"nothing": {},
	} {
		if _, wipe, err := open(q); err == nil {
			wipe()
			t.Errorf("%s: opened", why)
		}
	}
}

func TestVerbsWithoutAKeyInATokenAreRefused(t *testing.T) {
	var a absent
	_, err1 := a.VerifyPIN(element.VerifyPIN{})
	_, err2 := a.VerifyARQC(element.VerifyARQC{})
	_, err3 := a.PINOffset(element.PINOffset{})
	_, err4 := a.VerifyCVV(element.VerifyCVV{})
	_, err5 := a.VerifyCVC3(element.VerifyCVC3{})
	_, err6 := a.ScriptMAC(element.ScriptMAC{})
	for i, err := range []error{err1, err2, err3, err4, err5, err6} {
		if !errors.Is(err, element.CodeKey) {
			t.Errorf("%d: %v", i, err)
		}
	}
}
