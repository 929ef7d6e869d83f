package backup

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Refusals of a restore. Nothing was changed.
var (
	ErrNotInIt     = errors.New("backup: it does not hold that")
	ErrRunning     = errors.New("backup: a terminal runs on this journal; stop it first")
	ErrThere       = errors.New("backup: there is a journal already; move it away first")
	ErrOtherDevice = errors.New("backup: the secure world's files are another device's, and open there alone")
	ErrOlder       = errors.New("backup: the secure world's files are older than what this device has seen")
	ErrNewer       = errors.New("backup: this device's counters are older than the backup; they were taken back")
	ErrNoWitness   = errors.New("backup: nothing on this device tells which files are its newest")
)

// RestoreJournal puts the merchant's journal back into a terminal's data folder, where
// none is and no terminal runs. It belongs to whom the folder belongs to.
func RestoreJournal(file, data string) (m Manifest, err error) {
	if err := idle(data); err != nil {
		return m, err
	}
	for _, name := range []string{"journal.db", "journal.db-wal"} {
		if _, err := os.Lstat(filepath.Join(data, name)); !errors.Is(err, fs.ErrNotExist) {
			return m, errors.Join(ErrThere, err)
		}
	}
	err = unpacked(file, data, func(read Manifest, room string) error {
		m = read
		if !m.Journal() {
			return ErrNotInIt
		}
		return move(filepath.Join(room, filepath.FromSlash(journalName)), filepath.Join(data, "journal.db"), data)
	})
	return m, err
}

// idle: a terminal that runs hands out copies.
func idle(data string) error {
	conn, err := net.DialTimeout("unix", filepath.Join(data, "journal.sock"), time.Second)
	if err != nil {
		return nil //nolint:nilerr // nobody is there
	}
	return errors.Join(ErrRunning, conn.Close())
}

// RestoreSecureWorld puts the sealed files back where they are the newest that this
// device has seen. Boot must not run.
func RestoreSecureWorld(file string, s SecureWorld) (m Manifest, err error) {
	err = unpacked(file, s.Storage, func(read Manifest, room string) error {
		m = read
		if m.Stand == nil {
			return ErrNotInIt
		}
		if err := s.permits(m); err != nil {
			return err
		}
		for _, f := range m.Files {
			if f.Name == journalName {
				continue
			}
			to := filepath.Join(s.Storage, filepath.FromSlash(f.Name[len("secureworld/"):]))
			if err := folder(filepath.Dir(to), s.Storage); err != nil {
				return err
			}
			if err := move(filepath.Join(room, filepath.FromSlash(f.Name)), to, s.Storage); err != nil {
				return err
			}
		}
		return nil
	})
	return m, err
}

// permits says whether a backup is of this device and the newest that it has seen.
// What is lost here cannot be compared, and so nothing is put back.
func (s SecureWorld) permits(m Manifest) error {
	device, err := s.device()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoWitness, err)
	}
	if device != m.Device {
		return ErrOtherDevice
	}
	here, err := s.stand()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoWitness, err)
	}
	for _, part := range []struct {
		what       string
		then, here uint64
	}{
		{"storage record", m.Stand.Anchor, here.Anchor},
		{"journal entry", m.Stand.Entry, here.Entry},
		{"host key state", m.Stand.HostKey, here.HostKey},
	} {
		if part.then < part.here {
			return fmt.Errorf("%w: %s %d in the backup, %d here", ErrOlder, part.what, part.then, part.here)
		}
	}
	if m.Stand.Anchor > here.Anchor {
		return fmt.Errorf("%w: storage record %d in the backup, %d here", ErrNewer, m.Stand.Anchor, here.Anchor)
	}
	return nil
}

// unpacked verifies all of a backup beside its destination before anything is done.
func unpacked(file, beside string, use func(m Manifest, room string) error) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	room, err := os.MkdirTemp(filepath.Dir(filepath.Clean(beside)), ".restore-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(room) //nolint:errcheck // nothing is left to be done
	m, err := Read(f, room)
	if err != nil {
		return err
	}
	return use(m, room)
}

// move puts a file in its place in one step, owned as like is.
func move(from, to, like string) error {
	if err := own(from, like); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(to))
}

// folder makes one below the storage; a link there leads elsewhere.
func folder(dir, like string) error {
	if info, err := os.Lstat(dir); err == nil {
		if !info.IsDir() {
			return fmt.Errorf("backup: %s is no folder", filepath.Base(dir))
		}
		return nil
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	return own(dir, like)
}

func own(path, like string) error {
	info, err := os.Stat(like)
	if err != nil {
		return err
	}
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok || os.Geteuid() != 0 {
		return nil
	}
	return os.Lchown(path, int(s.Uid), int(s.Gid))
}
