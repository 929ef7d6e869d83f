package evidence

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// The files of a report.
const (
	FileHTML = "report.html"
	FileJSON = "report.json"
	FileSeal = "report.seal.json"
)

// Seal binds the report's files. Its signature shows that they are as they were when
// it was made, to whoever knows the key's fingerprint from elsewhere; the key is a
// demo's and says nothing of who made them.
type Seal struct {
	Format    int               `json:"format"`
	Made      time.Time         `json:"made"`
	Files     map[string]string `json:"sha256"`
	Key       []byte            `json:"ed25519_demo_key"`
	Signature []byte            `json:"signature"` // over what signed returns
}

// Fingerprint of a demo key, as the command prints it.
func Fingerprint(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	return hex.EncodeToString(sum[:16])
}

// signed is what the signature is over: a domain, and the seal without it. Maps are
// written in the order of their keys.
func (s Seal) signed() ([]byte, error) {
	s.Signature = nil
	b, err := json.Marshal(s)
	return append([]byte("strongroom scope report 1\n"), b...), err
}

// maxReportFile bounds what is hashed.
const maxReportFile = 64 << 20

// Write writes the report's two files and their seal into a directory.
func Write(dir string, r *Report, key ed25519.PrivateKey) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	page, err := r.HTML()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // to be read by others
		return err
	}
	s := Seal{Format: Format, Made: r.Made, Files: map[string]string{}, Key: key.Public().(ed25519.PublicKey)}
	for name, content := range map[string][]byte{FileJSON: append(b, '\n'), FileHTML: page} {
		s.Files[name] = digest(content)
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil { //nolint:gosec // to be read by others
			return err
		}
	}
	message, err := s.signed()
	if err != nil {
		return err
	}
	s.Signature = ed25519.Sign(key, message)
	if b, err = json.MarshalIndent(s, "", "  "); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, FileSeal), append(b, '\n'), 0o644) //nolint:gosec // to be read by others
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// What is wrong with a report's seal.
var (
	ErrSeal      = errors.New("the report's seal is malformed")
	ErrSignature = errors.New("the report's signature does not verify")
	ErrChanged   = errors.New("a file of the report was changed")
	ErrKey       = errors.New("the report is sealed by another key")
)

// Verify checks a report's files against their seal. fingerprint is that of the key
// that must have made it; empty for any, which shows no more than that the files
// belong together.
func Verify(dir, fingerprint string) (Seal, error) {
	var s Seal
	b, err := readBounded(filepath.Join(dir, FileSeal))
	if err != nil {
		return s, err
	}
	if json.Unmarshal(b, &s) != nil || s.Format != Format || len(s.Key) != ed25519.PublicKeySize {
		return s, ErrSeal
	}
	message, err := s.signed()
	if err != nil {
		return s, err
	}
	switch {
	case !ed25519.Verify(s.Key, message, s.Signature):
		return s, ErrSignature
	case fingerprint != "" && fingerprint != Fingerprint(s.Key):
		return s, ErrKey
	}
	for _, name := range []string{FileHTML, FileJSON} {
		b, err := readBounded(filepath.Join(dir, name))
		if err != nil {
			return s, err
		}
		if digest(b) != s.Files[name] {
			return s, fmt.Errorf("%w: %s", ErrChanged, name)
		}
	}
	return s, nil
}

func readBounded(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxReportFile {
		return nil, ErrSeal
	}
	return os.ReadFile(path)
}

// DemoKey is the key in a file, made where there is none.
func DemoKey(path string) (ed25519.PrivateKey, error) {
	b, err := os.ReadFile(path)
	switch {
	case err == nil && len(b) == ed25519.SeedSize:
		return ed25519.NewKeyFromSeed(b), nil
	case err == nil:
		return nil, errors.New("the report key's file is none")
	case !errors.Is(err, os.ErrNotExist):
		return nil, err
	}
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	return key, os.WriteFile(path, key.Seed(), 0o600)
}
