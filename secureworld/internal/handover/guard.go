package handover

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
)

// Protection is what a guard is.
type Protection byte

// Protections; the numbers are those of package kernel/internal/deviceroot.
const (
	ProtectionPassphrase Protection = 1
	ProtectionTPM        Protection = 2
)

// Valid reports whether p is known.
func (p Protection) Valid() bool { return p == ProtectionPassphrase || p == ProtectionTPM }

func (p Protection) String() string {
	switch p {
	case 0:
		return "file"
	case ProtectionPassphrase:
		return "passphrase"
	case ProtectionTPM:
		return "tpm"
	}
	return "protection " + strconv.Itoa(int(p))
}

// Guarding is a guard as the kernel has it before it reads the secret.
type Guarding struct {
	Guard
	file *os.File
}

// takeGuard keeps the file unread: there is no secret memory yet.
func (p *Provisions) takeGuard(m Guard, file *os.File) error {
	for _, other := range p.Guards {
		if other.Before == m.Before {
			return errors.Join(errors.New("handover: a guard came twice"), file.Close())
		}
	}
	p.Guards = append(p.Guards, Guarding{m, file})
	return checkSealed(file)
}

// Read copies the secret into room, which may be secret memory, and returns its length.
// It can be read once.
func (g Guarding) Read(room []byte) (int, error) {
	defer g.file.Close()
	n, err := io.ReadFull(io.NewSectionReader(g.file, 0, int64(len(room))), room)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return 0, fmt.Errorf("handover: read guard: %w", err)
	}
	info, err := g.file.Stat()
	if err != nil || info.Size() != int64(n) {
		return 0, errors.New("handover: guard too large")
	}
	if g.Protection == ProtectionPassphrase && n > 0 && room[n-1] == '\n' {
		n--
	}
	return n, nil
}
