package handover

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"github.com/strongroom-pos/strongroom/secureworld/internal/memoryfile"
)

// MapCompiled maps the machine code that an earlier kernel of this program made;
// nothing where boot has none, and where it is not sealed, too large or not what was
// announced, which the error says. Call it once; unmap ends the mapping.
func (p *Provisions) MapCompiled() (code []byte, unmap func(), err error) {
	if p.compiled == nil {
		return nil, func() {}, nil
	}
	defer p.compiled.Close()
	if code, err = mapSealed(p.compiled, MaxCompiled); err != nil {
		return nil, func() {}, err
	}
	unmap = func() { _ = unix.Munmap(code) } // a mapping of ours
	if sha256.Sum256(code) != p.compiledDigest {
		unmap()
		return nil, func() {}, errors.New("handover: machine code is not what was announced")
	}
	return code, unmap, nil
}

// mapSealed maps a sealed memory file, which nobody can change any more.
func mapSealed(file *os.File, limit int64) ([]byte, error) {
	if err := checkSealed(file); err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil || info.Size() < 1 || info.Size() > limit {
		return nil, errors.New("handover: memory file empty or too large")
	}
	return unix.Mmap(int(file.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED)
}

// Keep gives boot machine code for the next kernel of this program. It may be called
// once, after Provisions and while the process may still make memory files; what
// exceeds MaxCompiled is not given.
func (l *Link) Keep(code io.WriterTo) error {
	fd, err := unix.MemfdCreate("compiled", unix.MFD_ALLOW_SEALING|unix.MFD_CLOEXEC)
	if err != nil {
		return fmt.Errorf("handover: make memory file: %w", err)
	}
	file := os.NewFile(uintptr(fd), "compiled")
	defer file.Close()
	hash := sha256.New()
	n, err := code.WriteTo(io.MultiWriter(file, hash))
	if err != nil || n > MaxCompiled {
		return errors.Join(errors.New("handover: machine code cannot be kept"), err)
	}
	if err := memoryfile.Seal(file, Seals); err != nil {
		return fmt.Errorf("handover: seal: %w", err)
	}
	return l.wire.send(Keep{[32]byte(hash.Sum(nil))}, file)
}
