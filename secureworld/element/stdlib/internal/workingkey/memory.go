package workingkey

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/strongroom-pos/strongroom/secureworld/element/stdlib/internal/aes256"
)

// memory is everything that holds keys. It has no pointers: it lies outside Go's heap.
type memory [Shards]struct {
	paths [sets * setSize]path
	bench bench
}

// path is what is kept of one terminal.
type path struct {
	id      [8]byte // of the initial key
	counter uint32  // whose one-bits the keys stand for; 0: no key yet
	used    uint32  // by the shard's clock; 0: the place is free
	initial [keySize]byte
	keys    [steps][keySize]byte // after each one-bit of counter, from the highest
}

// bench is where one operation works.
type bench struct {
	path    path // of the terminal, where none is kept
	working [keySize]byte
	field   [aes256.BlockSize]byte
	room    [aes256.Room]byte
}

// mapMemory returns zeroed memory, the best that the machine gives, and what unmaps
// it.
func mapMemory() (*memory, func(), error) {
	const size = int(unsafe.Sizeof(memory{}))
	region, err := mapSecret(size)
	if err != nil {
		region, err = mapLocked(size)
	}
	if err != nil {
		return nil, nil, err
	}
	m := (*memory)(unsafe.Pointer(unsafe.SliceData(region))) //nolint:gosec // memory has no pointers, and region its size
	return m, func() { _ = unix.Munmap(region) }, nil
}

// mapSecret maps memfd_secret(2) memory, which no other process and not even the
// kernel reads. Its pages count as locked, so a limit shows here and not in the middle
// of an operation.
func mapSecret(size int) ([]byte, error) {
	fd, err := unix.MemfdSecret(unix.O_CLOEXEC)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd) //nolint:errcheck // the mapping stays
	if err := unix.Ftruncate(fd, int64(size)); err != nil {
		return nil, err
	}
	region, err := unix.Mmap(fd, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, err
	}
	if err := unix.Madvise(region, unix.MADV_DONTFORK); err != nil {
		_ = unix.Munmap(region)
		return nil, err
	}
	return region, nil
}

// mapLocked maps memory that neither swap nor a core file takes. Where it may not be
// locked, an element works all the same: its other keys lie on Go's heap.
func mapLocked(size int) ([]byte, error) {
	region, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return nil, err
	}
	_ = unix.Mlock(region)
	if err := unix.Madvise(region, unix.MADV_DONTDUMP); err != nil {
		_ = unix.Munmap(region)
		return nil, err
	}
	return region, nil
}
