package backup

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// SecureWorld is where a device's secure world has its files.
type SecureWorld struct {
	Storage       string // the kernel's file system
	Counter       string // boot's anti-rollback counter; the anchor is beside it
	Configuration string // the kernel's, with its certificate
}

// ErrUnreadable reports a secure world whose files do not tell how it stands.
var ErrUnreadable = errors.New("backup: the secure world's files do not tell how new they are")

// device is what tells this device from others.
func (s SecureWorld) device() (string, error) {
	b, err := readSmall(s.Configuration, maxConfiguration)
	if err != nil {
		return "", err
	}
	var k struct {
		DoorsCert string `json:"doors_cert"`
	}
	if json.Unmarshal(b, &k) != nil || k.DoorsCert == "" {
		return "", ErrUnreadable
	}
	sum := sha256.Sum256([]byte(k.DoorsCert))
	return hex.EncodeToString(sum[:]), nil
}

// stand reads how far the secure world is.
func (s SecureWorld) stand() (Stand, error) {
	anchor, err := s.anchor()
	if err != nil {
		return Stand{}, err
	}
	entry, err := lastEntry(filepath.Join(s.Storage, "journal"))
	if err != nil {
		return Stand{}, err
	}
	key, err := s.hostKey()
	return Stand{anchor, entry, key}, err
}

func (s SecureWorld) anchor() (uint64, error) {
	b, err := readSmall(s.Counter+".storage", maxSmall)
	if err != nil {
		return 0, err
	}
	digits, ok := strings.CutPrefix(string(b), "strongroom-counter 1\n")
	n, err := strconv.ParseUint(strings.TrimSuffix(digits, "\n"), 10, 64)
	if !ok || err != nil {
		return 0, ErrUnreadable
	}
	return n, nil
}

// hostKey is the number of the newer of both states.
func (s SecureWorld) hostKey() (newest uint64, err error) {
	for _, name := range []string{"host.state.0", "host.state.1"} {
		b, err := head(filepath.Join(s.Storage, "keystore", name), 8)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return 0, err
		}
		newest = max(newest, binary.BigEndian.Uint64(b))
	}
	if newest == 0 {
		return 0, ErrUnreadable
	}
	return newest, nil
}

// lastEntry is the number of the last whole entry of a secure world's journal:
// length(4) ‖ number(8) ‖ head tag(8) ‖ record ‖ tag(16). What a power cut left
// unfinished behind it does not count.
func lastEntry(path string) (last uint64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close() //nolint:errcheck // only read
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return entries(f, info.Size())
}

func entries(r io.ReaderAt, size int64) (last uint64, err error) {
	const headSize, tag = 20, 16
	var h [headSize]byte
	for at := int64(0); at+headSize <= size; {
		if _, err := r.ReadAt(h[:], at); err != nil {
			return 0, err
		}
		length, number := int64(binary.BigEndian.Uint32(h[:4])), binary.BigEndian.Uint64(h[4:12])
		if number != last+1 {
			return 0, ErrUnreadable
		}
		at += headSize + length + tag
		if at <= size {
			last = number
		}
	}
	return last, nil
}

func readSmall(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("%w: %s is too long", ErrUnreadable, filepath.Base(path))
	}
	return b, err
}

func head(path string, n int) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read
	b := make([]byte, n)
	if _, err := io.ReadFull(f, b); err != nil {
		return nil, ErrUnreadable
	}
	return b, nil
}
