//go:build linux

package ring

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// seals keep the memory file as long as it is; its bytes stay writable.
const seals = unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_SEAL

// errMemory reports a file that is no ring.
var errMemory = errors.New("ring: not a sealed memory file of the right size")

// Make makes the memory of one session.
func Make() (*os.File, error) {
	fd, err := unix.MemfdCreate("mailbox", unix.MFD_ALLOW_SEALING|unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("ring: make memory: %w", err)
	}
	f := os.NewFile(uintptr(fd), "mailbox")
	if err := f.Truncate(Size); err != nil {
		return nil, errors.Join(fmt.Errorf("ring: size memory: %w", err), f.Close())
	}
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, seals); err != nil {
		return nil, errors.Join(fmt.Errorf("ring: seal memory: %w", err), f.Close())
	}
	return f, nil
}

// attach maps a memory file after it has shown that it cannot shrink.
func attach(f *os.File) ([]byte, error) {
	got, err := unix.FcntlInt(f.Fd(), unix.F_GET_SEALS, 0)
	if err != nil || got&seals != seals {
		return nil, errMemory
	}
	info, err := f.Stat()
	if err != nil || info.Size() != Size {
		return nil, errMemory
	}
	memory, err := unix.Mmap(int(f.Fd()), 0, Size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("ring: map memory: %w", err)
	}
	return memory, nil
}

// stream is one direction, as it lies in memory.
type stream struct {
	written, read              *atomic.Uint32
	waitsForRoom, waitsForMore *atomic.Uint32
	bytes                      []byte
}

func streamAt(memory []byte, writer, reader, bytes int) stream {
	return stream{
		written: word(memory, writer), waitsForRoom: word(memory, writer+4),
		read: word(memory, reader), waitsForMore: word(memory, reader+4),
		bytes: memory[bytes : bytes+capacity : bytes+capacity],
	}
}

func questions(memory []byte) stream {
	return streamAt(memory, questionWriter, questionReader, questionBytes)
}

func answers(memory []byte) stream {
	return streamAt(memory, answerWriter, answerReader, answerBytes)
}

// word is a number that the peer may change at any time.
func word(memory []byte, at int) *atomic.Uint32 {
	return (*atomic.Uint32)(unsafe.Pointer(&memory[at])) //nolint:gosec // at is a constant within the mapping, a multiple of 4
}
