package identity_test

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/identity"
	"github.com/strongroom-pos/strongroom/secureworld/element/identity/authority"
)

// roots are two authorities.
type roots struct{ manufacturer, operator *authority.Authority }

func newRoots(tb testing.TB) roots {
	tb.Helper()
	m, err := authority.New("manufacturer")
	if err != nil {
		tb.Fatal(err)
	}
	o, err := authority.New("operator")
	if err != nil {
		tb.Fatal(err)
	}
	return roots{m, o}
}

func (r roots) element(tb testing.TB, id, model string) (*identity.Element, string) {
	tb.Helper()
	folder := filepath.Join(tb.TempDir(), id)
	if err := authority.WriteElement(folder, id, model, r.manufacturer, r.operator); err != nil {
		tb.Fatal(err)
	}
	e, err := identity.LoadElement(folder)
	if err != nil {
		tb.Fatal(err)
	}
	return e, folder
}

// answer is what an element of make "stdlib" answers to Identify.
func answer(e *identity.Element, nonce *[32]byte) *door.Identity {
	i := &door.Identity{
		Make: []byte("stdlib"), Version: 1, Verbs: 2,
		Manufacturer: e.Manufacturer, Operator: e.Operator, Agreement: e.Agreement(),
	}
	i.Signature = e.Sign(door.IdentityInput(nil, nonce, i))
	return i
}

func TestAnIdentityIsSignedByTheKeyThatBothAuthoritiesCertified(t *testing.T) {
	r := newRoots(t)
	e, _ := r.element(t, "e1", "stdlib")
	nonce := &[32]byte{1}
	holder, err := e.Authorities.Identity(nonce, answer(e, nonce))
	if err != nil || holder.Name != "e1" || holder.Make != "stdlib" || !holder.Key.Equal(e.Key()) {
		t.Fatalf("%v, %v", holder.Name, err)
	}
	changes := map[string]func(*door.Identity){
		"another make":          func(i *door.Identity) { i.Make = []byte("nettle") },
		"another version":       func(i *door.Identity) { i.Version++ },
		"other verbs":           func(i *door.Identity) { i.Verbs++ },
		"another agreement key": func(i *door.Identity) { i.Agreement[0] ^= 1 },
		"another signature":     func(i *door.Identity) { i.Signature[0] ^= 1 },
		"one certificate twice": func(i *door.Identity) { i.Operator = i.Manufacturer },
		"certificates swapped":  func(i *door.Identity) { i.Operator, i.Manufacturer = i.Manufacturer, i.Operator },
	}
	for name, change := range changes {
		i := answer(e, nonce)
		change(i)
		if _, err := e.Authorities.Identity(nonce, i); !errors.Is(err, identity.ErrCertificate) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := e.Authorities.Identity(&[32]byte{2}, answer(e, nonce)); !errors.Is(err, identity.ErrCertificate) {
		t.Errorf("an answer to another nonce: %v", err)
	}
}

func TestAStrangersElementIsRefused(t *testing.T) {
	mine, _ := newRoots(t).element(t, "e1", "stdlib")
	theirs, _ := newRoots(t).element(t, "e1", "stdlib")
	if _, err := mine.Authorities.Element(theirs.Manufacturer, theirs.Operator); !errors.Is(err, identity.ErrCertificate) {
		t.Errorf("both of strangers: %v", err)
	}
	if _, err := mine.Authorities.Element(mine.Manufacturer, theirs.Operator); !errors.Is(err, identity.ErrCertificate) {
		t.Errorf("the operator a stranger: %v", err)
	}
	if _, err := mine.Authorities.Element(theirs.Manufacturer, mine.Operator); !errors.Is(err, identity.ErrCertificate) {
		t.Errorf("the manufacturer a stranger: %v", err)
	}
}

func TestEachRoleIsItsOwn(t *testing.T) {
	r, folder := newRoots(t), t.TempDir()
	if err := authority.WriteClient(filepath.Join(folder, "c"), "acquirer", r.manufacturer, r.operator); err != nil {
		t.Fatal(err)
	}
	if err := authority.WriteMCU(filepath.Join(folder, "m"), "mcu-1", r.manufacturer, r.operator); err != nil {
		t.Fatal(err)
	}
	c, err := identity.LoadClient(filepath.Join(folder, "c"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := identity.LoadMCU(filepath.Join(folder, "m"))
	if err != nil {
		t.Fatal(err)
	}
	e, _ := r.element(t, "e1", "stdlib")
	a := e.Authorities
	for name, test := range map[string]struct {
		check func([]byte) (identity.Holder, error)
		der   []byte
		good  bool
	}{
		"a client as a client":   {a.Client, c.Certificate, true},
		"a client as an MCU":     {a.MCU, c.Certificate, false},
		"an MCU as an MCU":       {a.MCU, m.Certificate, true},
		"an MCU as a client":     {a.Client, m.Certificate, false},
		"an element as a client": {a.Client, e.Operator, false},
		"a root as a client":     {a.Client, r.operator.Certificate(), false},
		"nothing as a client":    {a.Client, nil, false},
	} {
		if _, err := test.check(test.der); (err == nil) != test.good {
			t.Errorf("%s: %v", name, err)
		}
	}
	h, _ := a.Client(c.Certificate)
	signature := c.Sign([]byte("m"))
	if !ed25519.Verify(h.Key, []byte("m"), signature[:]) {
		t.Error("the client's signature does not verify")
	}
	if h, _ = a.MCU(m.Certificate); m.Hash() == [32]byte{} || h.Name != "mcu-1" {
		t.Error("the MCU is not the one that was written")
	}
}

func TestAFolderWithAForeignKeyDoesNotLoad(t *testing.T) {
	r := newRoots(t)
	_, one := r.element(t, "e1", "stdlib")
	_, two := r.element(t, "e2", "stdlib")
	key, err := os.ReadFile(filepath.Join(two, "identity.key"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(one, "identity.key"), key, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := identity.LoadElement(one); err == nil {
		t.Error("loaded")
	}
}

func TestEachMissingOrOversizedFileIsNamed(t *testing.T) {
	r := newRoots(t)
	for _, name := range []string{"identity.key", "agreement.key", "manufacturer.pem", "operator.pem", "manufacturer-ca.pem", "operator-ca.pem"} {
		_, folder := r.element(t, "e1", "stdlib")
		if err := os.WriteFile(filepath.Join(folder, name), make([]byte, 5000), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := identity.LoadElement(folder); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s too long: %v", name, err)
		}
		if err := os.Remove(filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
		if _, err := identity.LoadElement(folder); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s missing: %v", name, err)
		}
	}
}

func TestNoPrintingShowsAPrivateKey(t *testing.T) {
	e, folder := newRoots(t).element(t, "e1", "stdlib")
	raw, err := os.ReadFile(filepath.Join(folder, "agreement.key"))
	if err != nil {
		t.Fatal(err)
	}
	list := strings.Trim(fmt.Sprintf("%d", raw), "[]")
	for _, verb := range []string{"%v", "%+v", "%#v", "%x", "%s"} {
		out := fmt.Sprintf(verb, e)
		if strings.Contains(out, list) || strings.Contains(out, fmt.Sprintf("%x", raw)) {
			t.Errorf("%s shows the agreement key", verb)
		}
	}
}

func TestAWipedElementSignsNothing(t *testing.T) {
	e, _ := newRoots(t).element(t, "e1", "stdlib")
	e.Wipe()
	if e.Sign([]byte("m")) != [64]byte{} {
		t.Error("signed")
	}
}

func FuzzCertificatesOfStrangers(f *testing.F) {
	r := newRoots(f)
	e, _ := r.element(f, "e1", "stdlib")
	f.Add(e.Manufacturer, e.Operator)
	f.Add([]byte{0x30}, []byte{})
	f.Fuzz(func(t *testing.T, manufacturer, operator []byte) {
		h, err := e.Authorities.Element(manufacturer, operator)
		if err == nil && !h.Key.Equal(e.Key()) {
			t.Error("a key that nobody certified")
		}
	})
}
