package handover

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"github.com/strongroom-pos/strongroom/secureworld/internal/entitlement"
	"github.com/strongroom-pos/strongroom/secureworld/internal/fingerprint"
)

// Provisions are what boot hands over before anything else: verified
// applications, the licence, the signed parameters, the parts of the device, the
// storage's anchor, and the configuration.
type Provisions struct {
	Confine      Confine
	Applications []ProvidedApplication
	Removed      []string // applications whose data are to be erased
	Licence      []byte
	Parameters   []byte
	Device       fingerprint.Parts
	Storage      Storage
	Guards       []Guarding // of the storage's root; none: it is protected by file
	Tampered     Tampering  // 0: it was not
	config       *os.File

	compiled       *os.File // machine code; nil: none
	compiledDigest [32]byte
}

// ProvidedApplication is a module that boot verified.
type ProvidedApplication struct {
	Name   string
	SHA256 [32]byte
	Wasm   []byte
	Grant  entitlement.Grant
}

// Provisions receives all of them. Call it once, before Serve.
func (l *Link) Provisions() (*Provisions, error) {
	p := &Provisions{}
	for p.config == nil {
		m, file, err := l.wire.receive()
		if err != nil {
			return nil, err
		}
		if err := p.take(m, file); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *Provisions) take(m Message, file *os.File) (err error) {
	switch m := m.(type) {
	case Confine:
		p.Confine = m
	case Application:
		var a ProvidedApplication
		a, err = readApplication(m, file)
		p.Applications = append(p.Applications, a)
	case Remove:
		p.Removed = append(p.Removed, m.Name)
	case Licence:
		p.Licence, err = readSealed(file, maxLicence)
	case Parameters:
		p.Parameters, err = readSealed(file, maxParameters)
	case DevicePart:
		if p.Device[m.Part] != [32]byte{} {
			return errors.New("handover: a part of the device came twice")
		}
		p.Device[m.Part] = m.Digest
	case Storage:
		p.Storage = m
	case Guard:
		err = p.takeGuard(m, file)
	case Tamper:
		p.Tampered = m.Reason
	case Compiled:
		p.compiled, p.compiledDigest = file, m.SHA256
	case Config:
		p.config, err = file, checkSealed(file)
	}
	return err
}

func readApplication(m Application, file *os.File) (ProvidedApplication, error) {
	wasm, err := readSealed(file, maxModule)
	if err == nil && sha256.Sum256(wasm) != m.SHA256 {
		err = errors.New("handover: application is not what was announced")
	}
	return ProvidedApplication{m.Name, m.SHA256, wasm, m.Grant}, err
}

// ReadConfig copies the configuration into room, which may be secret memory,
// and returns its length. It can be read once.
func (p *Provisions) ReadConfig(room []byte) (int, error) {
	defer p.config.Close()
	n, err := p.config.ReadAt(room, 0)
	if extra, _ := p.config.ReadAt(make([]byte, 1), int64(len(room))); extra != 0 {
		return 0, errors.New("handover: configuration too large")
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, fmt.Errorf("handover: read configuration: %w", err)
	}
	return n, nil
}

// readSealed reads from the beginning whatever was read before: boot hands the
// same file to every kernel, and they share its offset.
func readSealed(file *os.File, limit int64) ([]byte, error) {
	defer file.Close()
	if err := checkSealed(file); err != nil {
		return nil, err
	}
	info, err := file.Stat() // a sealed file keeps its size
	if err != nil {
		return nil, fmt.Errorf("handover: read memory file: %w", err)
	}
	if info.Size() > limit {
		return nil, errors.New("handover: memory file too large")
	}
	content := make([]byte, info.Size())
	if _, err := io.ReadFull(io.NewSectionReader(file, 0, info.Size()), content); err != nil {
		return nil, fmt.Errorf("handover: read memory file: %w", err)
	}
	return content, nil
}

// Seals are those of a memory file that nobody can change any more.
const Seals = unix.F_SEAL_WRITE | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_SEAL

func checkSealed(file *os.File) error {
	seals, err := unix.FcntlInt(file.Fd(), unix.F_GET_SEALS, 0)
	if err != nil || seals&Seals != Seals {
		return errors.New("handover: memory file is not sealed")
	}
	return nil
}
