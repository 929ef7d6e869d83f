// Package access draws the secrets of one start of the terminal and compares
// what is presented with them.
//
// A till sends the bearer token from the file access.token. The built-in page
// gets its cookie by the link in the file page.url, which holds for this start.
// Both files have mode 0600 and are written afresh at every start, so what was
// read or copied earlier opens nothing.
//
// Only the terminal imports it. These secrets open the local interface and
// nothing in the secure world.
package access

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
)

// secretBytes makes every secret 256 bits.
const secretBytes = 32

// Names of the files below the data directory.
const (
	TokenFile = "access.token"
	PageFile  = "page.url"
)

// Secrets of one start.
type Secrets struct {
	token  string // bearer, in a file for tills
	open   string // in the link that opens the page
	cookie string // in the page's cookie
}

// Draw makes new secrets.
func Draw() (Secrets, error) {
	var s Secrets
	for _, p := range []*string{&s.token, &s.open, &s.cookie} {
		b := make([]byte, secretBytes)
		if _, err := rand.Read(b); err != nil {
			return Secrets{}, fmt.Errorf("access: drawing a secret: %w", err)
		}
		*p = base64.RawURLEncoding.EncodeToString(b)
	}
	return s, nil
}

// Write puts token and link into their files below dir, replacing those of the
// start before. base is the terminal's own address, "http://127.0.0.1:8443".
func (s Secrets) Write(dir, base string) error {
	if err := WriteFile(filepath.Join(dir, TokenFile), []byte(s.token+"\n"), 0o600); err != nil {
		return fmt.Errorf("access: writing the token: %w", err)
	}
	if err := WriteFile(filepath.Join(dir, PageFile), []byte(base+s.OpenPath()+"\n"), 0o600); err != nil {
		return fmt.Errorf("access: writing the page's link: %w", err)
	}
	return nil
}

// OpenPath is the path and query that open the page.
func (s Secrets) OpenPath() string { return "/open?key=" + s.open }

// Cookie is the value of the page's cookie.
func (s Secrets) Cookie() string { return s.cookie }

// Token is the bearer token.
func (s Secrets) Token() string { return s.token }

// IsToken reports whether given is the token. This and the next two compare in
// constant time.
func (s Secrets) IsToken(given string) bool { return same(given, s.token) }

// IsOpen reports whether given is the key of the page's link.
func (s Secrets) IsOpen(given string) bool { return same(given, s.open) }

// IsCookie reports whether given is the page's cookie.
func (s Secrets) IsCookie(given string) bool { return same(given, s.cookie) }

// same hashes first, so that not even the length is compared early.
func same(given, want string) bool {
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(want))
	return want != "" && subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// WriteFile writes a whole file or nothing, in a mode that it has from the
// beginning: a new file takes the old one's place.
func WriteFile(path string, body []byte, mode os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone already where all went well
	if _, err := f.Write(body); err != nil {
		f.Close()
		return err
	}
	if err := f.Chmod(mode); err != nil {
		f.Close()
		return err
	}
	if err := f.Sync(); err != nil { // a file of keys must not come back empty
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
