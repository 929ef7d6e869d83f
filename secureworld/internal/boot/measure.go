package boot

import (
	"crypto/sha256"
	"errors"
	"io"
	"os"

	"github.com/strongroom-pos/strongroom/secureworld/internal/sandbox"
)

func digestOf(program io.Reader) (digest [32]byte, err error) {
	hash := sha256.New()
	n, err := io.Copy(hash, io.LimitReader(program, maxProgramBytes+1))
	if err != nil || n > maxProgramBytes {
		return digest, errors.New("program cannot be read whole")
	}
	return [32]byte(hash.Sum(nil)), nil
}

// ownDigest is SHA-256 of the running boot program.
func ownDigest() ([32]byte, error) {
	program, err := os.Open("/proc/self/exe")
	if err != nil {
		return [32]byte{}, errors.New("boot's own program cannot be read")
	}
	defer program.Close()
	return digestOf(program)
}

func (b *Boot) measureOwn() (err error) {
	b.measured, err = ownDigest()
	return err
}

// measurements is what a kernel that is started now is told.
func (b *Boot) measurements() string {
	m := sandbox.Measurements{Boot: b.measured, Kernel: b.keeper.Now().Digest, Version: b.keeper.Now().Manifest.Version, Starts: uint32(b.starts.Load())}
	if b.machines != nil {
		m.System = b.machines.Digest()
	}
	return m.String()
}
