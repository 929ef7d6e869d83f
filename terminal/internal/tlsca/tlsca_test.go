package tlsca

import (
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func open(t *testing.T, dir, names string, now time.Time) *Identity {
	t.Helper()
	n, err := ParseNames(names)
	if err != nil {
		t.Fatal(err)
	}
	i, err := Open(dir, n, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func leaf(t *testing.T, i *Identity) *x509.Certificate {
	t.Helper()
	c, err := i.Config().GetCertificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	return c.Leaf
}

// Other names, another start, a later month: another certificate, the same keys.
func TestTheKeyStaysAndTheCertificateFollowsTheNames(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	first := open(t, dir, "192.0.2.7", now)
	second := open(t, dir, "192.0.2.8,till.lan", now.Add(time.Hour))
	if first.SPKI() != second.SPKI() || string(first.AuthorityPEM()) != string(second.AuthorityPEM()) {
		t.Error("a start made other keys")
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(first.AuthorityPEM())
	for name, want := range map[string]bool{"192.0.2.8": true, "till.lan": true, "192.0.2.7": false, "evil.example": false} {
		_, err := leaf(t, second).Verify(x509.VerifyOptions{DNSName: name, Roots: pool, CurrentTime: now})
		if (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	at := now
	third, err := Open(dir, Names{Hosts: []string{"till"}}, func() time.Time { return at })
	if err != nil {
		t.Fatal(err)
	}
	before := leaf(t, third)
	at = now.Add(renewAfter - time.Hour)
	if !leaf(t, third).Equal(before) {
		t.Error("the certificate was made anew too early")
	}
	at = now.Add(renewAfter)
	if after := leaf(t, third); after.Equal(before) || !after.NotAfter.After(before.NotAfter) || Hash(after.RawSubjectPublicKeyInfo) != third.SPKI() {
		t.Error("a month later the certificate is the old one, or of another key")
	}
}

func TestAnotherDirectoryIsAnotherTerminal(t *testing.T) {
	if open(t, t.TempDir(), "till", time.Now()).SPKI() == open(t, t.TempDir(), "till", time.Now()).SPKI() {
		t.Error("two terminals have one key")
	}
}

// A file that is spoilt or open is told of; nothing is quietly made in its place.
func TestFilesThatAreNotAsTheyWereWrittenAreRefused(t *testing.T) {
	for name, spoil := range map[string]struct {
		file string
		do   func(path string) error
		want error
	}{
		"empty key":      {keyFile, func(p string) error { return os.WriteFile(p, nil, 0o600) }, ErrFile},
		"open key":       {keyFile, func(p string) error { return os.Chmod(p, 0o640) }, ErrAccess},
		"open authority": {authorityKeyFile, func(p string) error { return os.Chmod(p, 0o604) }, ErrAccess},
		"another key":    {authorityKeyFile, os.Remove, ErrFile}, // made anew, and not the certificate's
		"certificate":    {AuthorityFile, func(p string) error { return os.WriteFile(p, []byte("x"), 0o644) }, ErrFile},
	} {
		dir := t.TempDir()
		open(t, dir, "till", time.Now())
		for _, f := range []string{keyFile, authorityKeyFile} {
			if info, err := os.Stat(filepath.Join(dir, f)); err != nil || info.Mode().Perm() != 0o600 {
				t.Fatalf("%s: %v, %v", f, info.Mode(), err)
			}
		}
		if err := spoil.do(filepath.Join(dir, spoil.file)); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir, Names{Hosts: []string{"till"}}, time.Now); !errors.Is(err, spoil.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOnlyExactNamesAreTaken(t *testing.T) {
	for list, want := range map[string]int{
		"": 0, "192.0.2.7": 1, "fd00::7": 1, "till": 1, "till.lan,192.0.2.7,till.lan": 2, "xn--bcher-kva.example": 1,
		"*.lan": -1, "Till": -1, "till.": -1, ".till": -1, "till lan": -1, "till,": -1, "0.0.0.0": -1, "::": -1, "fe80::1%eth0": -1,
		"::ffff:192.0.2.7": -1, "192.0.2.07": -1, "192.0.2": -1, "1234": -1, "FD00::7": -1, "till:8443": -1, "https://till": -1,
		strings.Repeat("x", 64): -1, "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p": 16, "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q": -1,
	} {
		n, err := ParseNames(list)
		if got := len(n.All()); err == nil && got != want || (err != nil) != (want < 0) {
			t.Errorf("%q: %v, %v", list, n, err)
		}
	}
}

func FuzzNames(f *testing.F) {
	f.Add("till.lan,192.0.2.7")
	f.Fuzz(func(t *testing.T, list string) {
		n, err := ParseNames(list)
		if err != nil {
			return
		}
		for _, name := range n.All() {
			if again, err := ParseNames(name); err != nil || again.All()[0] != name {
				t.Errorf("%q of %q is not taken again", name, list)
			}
		}
	})
}
