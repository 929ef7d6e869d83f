package upkeep

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/control"
	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/internal/image"
	"github.com/strongroom-pos/strongroom/secureworld/internal/licence"
	"github.com/strongroom-pos/strongroom/secureworld/internal/sandbox/spawn"
)

// Image is one verified image with its licence, sealed into memory files.
type Image struct {
	Place    control.Place
	Manifest image.Manifest
	Licence  licence.Licence

	Program *os.File // the kernel
	Digest  [32]byte // its SHA-256
	Papers  *os.File // the licence
	Modules []Module
}

// Module is one trusted application as the kernel gets it.
type Module struct {
	Message handover.Application
	File    *os.File
	version uint64
}

func newModule(a image.Application) (m Module, err error) {
	m = Module{Message: handover.Application{Name: a.Name, Grant: a.Grant}, version: a.Version}
	if _, err := hex.Decode(m.Message.SHA256[:], []byte(a.SHA256)); err != nil {
		return m, err
	}
	m.File, err = spawn.MemoryFile(a.Name, a.Wasm)
	return m, err
}

// load verifies the image of a place, once, and keeps its bytes.
func (k *Keeper) load(p control.Place) (*Image, error) {
	now := time.Now()
	oldest, err := k.counter.Read()
	if err != nil {
		return nil, err
	}
	v, err := image.Verify(k.cfg.Root, k.files(p), oldest, now)
	if err != nil {
		return nil, fmt.Errorf("verify kernel image: %w", err)
	}
	if err := v.Manifest.MadeFor(k.cfg.Device); err != nil {
		return nil, fmt.Errorf("verify kernel image: %w", err)
	}
	i := &Image{Place: p, Manifest: v.Manifest}
	if err := errors.Join(k.license(i, now), i.seal(v)); err != nil {
		i.close()
		return nil, err
	}
	return i, nil
}

// license finds the newest licence that covers an image.
func (k *Keeper) license(i *Image, now time.Time) error {
	var first error
	for _, path := range k.licences(i.Place) {
		raw, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) && path != k.cfg.Licence {
			continue
		}
		if err == nil {
			err = k.licensed(i, raw, now)
		} else {
			err = fmt.Errorf("read licence: %w", err)
		}
		if err == nil {
			return nil
		}
		first = errors.Join(first, err)
	}
	if first == nil {
		first = errors.New("read licence: there is none")
	}
	return first
}

// licensed takes a licence for an image if it covers it.
func (k *Keeper) licensed(i *Image, raw []byte, now time.Time) error {
	papers, err := licence.Open(raw, k.cfg.Root, now)
	if err != nil {
		return fmt.Errorf("verify licence: %w", err)
	}
	if err := papers.Covers(i.Manifest.KernelSHA256, i.Manifest.Customer, now); err != nil {
		return err
	}
	file, err := spawn.MemoryFile("licence", raw)
	i.Licence, i.Papers = papers, file
	return err
}

func (i *Image) seal(v image.Verified) (err error) {
	i.Digest = sha256.Sum256(v.Kernel)
	if i.Program, err = spawn.MemoryFile("kernel", v.Kernel); err != nil {
		return err
	}
	for _, a := range v.Applications {
		m, err := newModule(a)
		if err != nil {
			return err
		}
		i.Modules = append(i.Modules, m)
	}
	return nil
}

func (i *Image) close() {
	for _, f := range []*os.File{i.Program, i.Papers} {
		if f != nil {
			_ = f.Close()
		}
	}
	for _, m := range i.Modules {
		_ = m.File.Close()
	}
}
