package backup

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

const manifestName, sumName = "manifest.json", "manifest.sha256"

// ErrDamaged reports a backup whose bytes are not those that were written.
var ErrDamaged = errors.New("backup: damaged, or cut off")

// Read verifies a whole backup; where room is not empty, it unpacks it there.
func Read(r io.Reader, room string) (Manifest, error) {
	t := tar.NewReader(r)
	b, err := small(t, manifestName, maxManifest)
	if err != nil {
		return Manifest{}, err
	}
	sum, err := small(t, sumName, 2*sha256.Size+1)
	if err != nil {
		return Manifest{}, err
	}
	if got := sha256.Sum256(b); strings.TrimSuffix(string(sum), "\n") != hex.EncodeToString(got[:]) {
		return Manifest{}, ErrDamaged
	}
	m, err := parseManifest(b)
	if err != nil {
		return Manifest{}, err
	}
	for _, f := range m.Files {
		if err := unpack(t, f, room); err != nil {
			return Manifest{}, err
		}
	}
	if _, err := t.Next(); !errors.Is(err, io.EOF) {
		return Manifest{}, ErrDamaged
	}
	return m, nil
}

func small(t *tar.Reader, name string, limit int64) ([]byte, error) {
	h, err := t.Next()
	if err != nil || h.Name != name || h.Typeflag != tar.TypeReg || h.Size > limit {
		return nil, ErrManifest
	}
	b, err := io.ReadAll(t)
	if err != nil {
		return nil, ErrDamaged
	}
	return b, nil
}

func unpack(t *tar.Reader, f File, room string) error {
	h, err := t.Next()
	if err != nil || h.Name != f.Name || h.Typeflag != tar.TypeReg || h.Size != f.Size {
		return ErrDamaged
	}
	to := io.Discard
	var out *os.File
	if room != "" {
		path := filepath.Join(room, filepath.FromSlash(f.Name)) // one of few known forms
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if out, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
			return err
		}
		to = out
	}
	sum := sha256.New()
	_, err = io.Copy(io.MultiWriter(to, sum), t)
	if err != nil || hex.EncodeToString(sum.Sum(nil)) != f.SHA256 {
		err = fmt.Errorf("%w: %s", ErrDamaged, f.Name)
	}
	if out != nil {
		err = errors.Join(err, out.Sync(), out.Close())
	}
	return err
}
