package backup

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Errors of making a backup.
var (
	ErrNothing = errors.New("backup: there is nothing here to back up")
	ErrBusy    = errors.New("backup: the secure world was busy all the time; try again between two payments")
)

// Sources are what a backup is made of. Either may be left out.
type Sources struct {
	// Journal copies the merchant's journal into a new file; nil where there is none.
	Journal func(ctx context.Context, file string) error
	// SecureWorld is where the secure world's files are; nil for none.
	SecureWorld *SecureWorld
}

// Make writes a backup into a new file of mode 0600, durable when it returns.
func Make(ctx context.Context, s Sources, file string, now time.Time) (m Manifest, err error) {
	if s.Journal == nil && s.SecureWorld == nil {
		return m, ErrNothing
	}
	room, err := os.MkdirTemp(filepath.Dir(file), ".backup-")
	if err != nil {
		return m, err
	}
	defer os.RemoveAll(room) //nolint:errcheck // nothing is left to be done
	m = Manifest{Form: form, Made: now.UTC().Truncate(time.Second)}
	if s.Journal != nil {
		if err := os.MkdirAll(filepath.Join(room, "terminal"), 0o700); err != nil {
			return m, err
		}
		if err := s.Journal(ctx, filepath.Join(room, filepath.FromSlash(journalName))); err != nil {
			return m, err
		}
	}
	if s.SecureWorld != nil {
		if err := s.SecureWorld.copyInto(ctx, filepath.Join(room, "secureworld"), &m); err != nil {
			return m, err
		}
	}
	if m.Files, err = list(room); err != nil {
		return m, err
	}
	if err := m.check(); err != nil {
		return m, err
	}
	return m, write(room, file, m)
}

// copyInto copies the sealed files of one moment: again, where the secure world went
// on meanwhile.
func (s SecureWorld) copyInto(ctx context.Context, to string, m *Manifest) (err error) {
	if m.Device, err = s.device(); err != nil {
		return err
	}
	for range attempts {
		before, err := s.stand()
		if err != nil {
			return err
		}
		if err := errors.Join(ctx.Err(), os.RemoveAll(to)); err != nil {
			return err
		}
		// A file that went while it was copied is one more sign that the world went on.
		err = copySealed(s.Storage, to)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if after, standing := s.stand(); err == nil && standing == nil && after == before {
			m.Stand = &before
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return ErrBusy
}

func copySealed(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil || !d.Type().IsRegular() || !sealed(filepath.ToSlash(name)) {
			return err
		}
		target := filepath.Join(to, name)
		if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
			return err
		}
		return copyFile(path, target)
	})
}

// copyFile makes a durable copy of mode 0600.
func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // only read
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}

func list(room string) (files []File, err error) {
	err = filepath.WalkDir(room, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		name, err := filepath.Rel(room, path)
		if err != nil {
			return err
		}
		f := File{Name: filepath.ToSlash(name)}
		f.Size, f.SHA256, err = measure(path)
		files = append(files, f)
		return err
	})
	return files, err
}

func measure(path string) (size int64, sum string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, "", err
	}
	defer f.Close() //nolint:errcheck // only read
	h := sha256.New()
	size, err = io.Copy(h, f)
	return size, hex.EncodeToString(h.Sum(nil)), err
}

// write packs the room into a file that appears whole or not at all.
func write(room, file string, m Manifest) error {
	if _, err := os.Lstat(file); err == nil {
		return fmt.Errorf("backup: %w", fs.ErrExist)
	}
	next := filepath.Join(room, "backup")
	f, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = pack(f, room, m)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(next, file); err != nil { // never over a file that came meanwhile
		return err
	}
	return syncFolder(filepath.Dir(file))
}

func pack(w io.Writer, room string, m Manifest) error {
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	sum := sha256.Sum256(b)
	t := tar.NewWriter(w)
	err = errors.Join(entry(t, manifestName, b, m.Made), entry(t, sumName, []byte(hex.EncodeToString(sum[:])+"\n"), m.Made))
	for _, f := range m.Files {
		if err != nil {
			return err
		}
		err = packFile(t, filepath.Join(room, filepath.FromSlash(f.Name)), f, m.Made)
	}
	return errors.Join(err, t.Close())
}

func entry(t *tar.Writer, name string, b []byte, made time.Time) error {
	err := t.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(b)), Mode: 0o600, ModTime: made})
	if err == nil {
		_, err = t.Write(b)
	}
	return err
}

func packFile(t *tar.Writer, path string, f File, made time.Time) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // only read
	if err := t.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: f.Name, Size: f.Size, Mode: 0o600, ModTime: made}); err != nil {
		return err
	}
	_, err = io.Copy(t, in)
	return err
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
