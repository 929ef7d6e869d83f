package applet

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// newKey makes a key, the same for the same first byte.
func newKey(first byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(append([]byte{first}, make([]byte, 31)...))
}

func public(k ed25519.PrivateKey) ed25519.PublicKey {
	p, _ := k.Public().(ed25519.PublicKey)
	return p
}

func good() Manifest {
	return Manifest{Name: "one", Developer: "acme", Version: 3, Minimum: 2, Functions: HMAC | Chance, Pages: 9, Fuel: 1000}
}

// signed makes a package of a module with a certificate of this hour.
func signed(tb testing.TB, m Manifest, module []byte) []byte {
	tb.Helper()
	at := time.Unix(1_800_000_000, 0)
	cert, err := Certify(newKey(1), m.Developer, public(newKey(2)), at, at.Add(time.Hour), m.Name)
	if err != nil {
		tb.Fatal(err)
	}
	pkg, err := Sign(m, module, newKey(2), cert)
	if err != nil {
		tb.Fatal(err)
	}
	return pkg
}

func TestWhatIsSignedIsOpened(t *testing.T) {
	pkg := signed(t, good(), []byte("module"))
	a, err := Open(pkg, public(newKey(1)), time.Unix(1_800_000_100, 0))
	if err != nil || a.Manifest != good() || string(a.Module) != "module" {
		t.Errorf("%+v, %v", a, err)
	}
	for name, c := range map[string]struct {
		authority byte
		at        int64
	}{"another authority": {3, 1_800_000_100}, "too early": {1, 1_799_999_999}, "too late": {1, 1_800_003_601}} {
		if _, err := Open(pkg, public(newKey(c.authority)), time.Unix(c.at, 0)); err == nil {
			t.Error(name)
		}
	}
}

func TestNoByteOfAPackageMayChange(t *testing.T) {
	pkg := signed(t, good(), []byte("module"))
	for i := range pkg {
		other := bytes.Clone(pkg)
		other[i] ^= 1
		if _, err := Open(other, public(newKey(1)), time.Unix(1_800_000_100, 0)); err == nil {
			t.Errorf("byte %d", i)
		}
	}
}

func TestManifestsKeepTheRules(t *testing.T) {
	for name, spoil := range map[string]func(*Manifest){
		"no name":                func(m *Manifest) { m.Name = "" },
		"a large letter":         func(m *Manifest) { m.Name = "One" },
		"a slash":                func(m *Manifest) { m.Developer = "a/b" },
		"a long name":            func(m *Manifest) { m.Name = strings.Repeat("a", 33) },
		"version 0":              func(m *Manifest) { m.Version, m.Minimum = 0, 0 },
		"a minimum above itself": func(m *Manifest) { m.Minimum = 4 },
		"no memory":              func(m *Manifest) { m.Pages = 0 },
		"too much memory":        func(m *Manifest) { m.Pages = MaxPages + 1 },
		"no fuel":                func(m *Manifest) { m.Fuel = 0 },
		"too much fuel":          func(m *Manifest) { m.Fuel = MaxFuel + 1 },
	} {
		m := good()
		spoil(&m)
		if _, err := Sign(m, nil, newKey(2), nil); !errors.Is(err, ErrManifest) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Sign(good(), make([]byte, MaxPackage), newKey(2), []byte("{}")); !errors.Is(err, ErrPackage) {
		t.Errorf("a huge module: %v", err)
	}
	if _, err := Certify(newKey(1), "Acme", public(newKey(2)), time.Unix(1, 0), time.Unix(2, 0)); !errors.Is(err, ErrManifest) {
		t.Errorf("a developer's name: %v", err)
	}
}

func TestFunctionsHaveOneForm(t *testing.T) {
	for f := range Functions(1 << 4) {
		if got, ok := ParseWords(f.Words()); !ok || got != f || !slices.IsSorted(f.Words()) {
			t.Errorf("%v became %v", f.Words(), got)
		}
	}
	for _, list := range [][]string{{"key"}, {"hmac", "cmac"}, {"hmac", "hmac"}, {""}} {
		if _, ok := ParseWords(list); ok {
			t.Errorf("%v was read", list)
		}
	}
}

func TestTheAuthoritysKeyIsAFile(t *testing.T) {
	key := public(newKey(1))
	text, err := EncodeAuthority(key)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ParseAuthority(text); err != nil || !got.Equal(key) {
		t.Error(err)
	}
	for name, b := range map[string][]byte{"nothing": nil, "more": append(text, "x"...), "another kind": bytes.ReplaceAll(text, []byte("PUBLIC"), []byte("SECRET"))} {
		if _, err := ParseAuthority(b); err == nil {
			t.Error(name)
		}
	}
}

func FuzzCanonicalPackage(f *testing.F) {
	f.Add(signed(f, good(), []byte("module")))
	f.Add([]byte{1, 0, 2, '{', '}'})
	f.Fuzz(func(t *testing.T, b []byte) {
		document, module, err := split(b)
		if err != nil {
			return
		}
		if again, err := join(document, module); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%x became %x", b, again)
		}
		if _, err := Open(b, public(newKey(9)), time.Unix(1_800_000_000, 0)); err == nil {
			t.Fatal("opened under a key that signed nothing")
		}
	})
}

// FuzzCanonicalManifest has the developer sign whatever body: what opens is what a
// manifest encodes to.
func FuzzCanonicalManifest(f *testing.F) {
	f.Add("one", "acme", uint64(3), uint64(2), uint8(5), uint32(9), uint64(1000), []byte("module"))
	f.Add("", "", uint64(0), uint64(1), uint8(255), uint32(0), uint64(0), []byte{})
	f.Fuzz(func(t *testing.T, name, developer string, version, minimum uint64, functions uint8, pages uint32, fuel uint64, module []byte) {
		m := Manifest{name, developer, version, minimum, Functions(functions) & (Chance | CMAC | HMAC | Seal), pages, fuel}
		pkg, err := Sign(m, module, newKey(2), []byte("{}"))
		if (err == nil) != (m.Valid() && len(module) < MaxPackage-maxManifest) {
			t.Fatal(err)
		}
		if err != nil {
			return
		}
		a, err := Open(signed(t, m, module), public(newKey(1)), time.Unix(1_800_000_100, 0))
		if err != nil || a.Manifest != m || !bytes.Equal(a.Module, module) || len(pkg) == 0 {
			t.Fatalf("%+v, %v", a, err)
		}
	})
}
