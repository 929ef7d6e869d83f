package journal

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"
)

// A running terminal has its journal's lock, so it makes the copy itself, for who may
// open the socket of mode 0600 beside the journal: whoever can, can read the journal.
// It answers each connection with
//
//	size(8) ‖ SHA-256 of the copy(32) ‖ the copy
//
// and reads nothing from it.
const handoutSocket = "journal.sock"

const (
	// handoutPatience bounds one copy, made and sent.
	handoutPatience = 5 * time.Minute
	// maxCopy is more than any journal: some 60 million payments.
	maxCopy = 64 << 30
)

// ErrCopy reports a copy that was cut off or damaged on its way.
var ErrCopy = errors.New("journal: the copy did not arrive whole")

// HandOut serves copies of the journal in dir until ctx ends, one at a time.
func (j *Journal) HandOut(ctx context.Context, dir string) error {
	l, err := listenPrivately(ctx, dir)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSnapshot, err)
	}
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	for {
		conn, err := l.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("%w: %w", ErrSnapshot, err)
		}
		_ = j.handOut(ctx, conn, dir) // who asked finds that it is cut off
		_ = conn.Close()
	}
}

// listenPrivately makes the socket in a folder of its own and moves it to its place
// when it is private. One of an earlier run goes: the lock says that it has ended.
func listenPrivately(ctx context.Context, dir string) (net.Listener, error) {
	room, err := os.MkdirTemp(dir, ".door-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(room) //nolint:errcheck // nothing is left to be done
	var config net.ListenConfig
	name := filepath.Join(room, "s")
	l, err := config.Listen(ctx, "unix", name)
	if err != nil {
		return nil, err
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false) // by a name that it no longer has
	if err = os.Chmod(name, 0o600); err == nil {
		err = os.Rename(name, filepath.Join(dir, handoutSocket))
	}
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

func (j *Journal) handOut(ctx context.Context, conn net.Conn, dir string) error {
	ctx, cancel := context.WithTimeout(ctx, handoutPatience)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	room, err := os.MkdirTemp(dir, ".copy-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(room) //nolint:errcheck // nothing is left to be done
	name := filepath.Join(room, "journal.db")
	if err := j.Snapshot(ctx, name); err != nil {
		return err
	}
	return send(conn, name)
}

func send(w io.Writer, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	sum := sha256.New()
	size, err := io.Copy(sum, f)
	if err != nil {
		return err
	}
	head := sum.Sum(binary.BigEndian.AppendUint64(nil, uint64(size)))
	if _, err = w.Write(head); err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err == nil {
		_, err = io.Copy(w, f)
	}
	return err
}

// Copy writes a copy of the journal in dir into a new file of mode 0600: the running
// terminal's, or where none runs, its own.
func Copy(ctx context.Context, dir, path string) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", filepath.Join(dir, handoutSocket))
	if err == nil {
		stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
		defer stop()
		return errors.Join(receive(conn, path), conn.Close())
	}
	if _, err := os.Stat(filepath.Join(dir, "journal.db")); err != nil {
		return fmt.Errorf("%w: %w", ErrSnapshot, err)
	}
	j, err := Open(filepath.Join(dir, "journal.db"))
	if err != nil {
		return err
	}
	return errors.Join(j.Snapshot(ctx, path), j.Close())
}

func receive(r io.Reader, path string) error {
	var head [8 + sha256.Size]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return ErrCopy
	}
	size := binary.BigEndian.Uint64(head[:8])
	if size > maxCopy {
		return ErrCopy
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSnapshot, err)
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, sum), io.LimitReader(r, int64(size)))
	if err == nil && (uint64(n) != size || [sha256.Size]byte(sum.Sum(nil)) != [sha256.Size]byte(head[8:])) {
		err = ErrCopy
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}
