package boot

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

// loaded is one verified image with its licence, sealed into memory files.
type loaded struct {
	place    control.Place
	manifest image.Manifest
	licence  licence.Licence

	program *os.File // the kernel
	digest  [32]byte // its SHA-256
	papers  *os.File // the licence
	modules []module
	proved  bool // the sandbox around it
}

type module struct {
	message handover.Application
	file    *os.File
	version uint64
}

func newModule(a image.Application) (m module, err error) {
	m = module{message: handover.Application{Name: a.Name}, version: a.Version}
	if _, err := hex.Decode(m.message.SHA256[:], []byte(a.SHA256)); err != nil {
		return m, err
	}
	m.file, err = spawn.MemoryFile(a.Name, a.Wasm)
	return m, err
}

// choose takes the best image that verifies. A kernel that is started again runs
// from the bytes that were verified before.
func (b *Boot) choose() error {
	b.keep.Lock()
	defer b.keep.Unlock()
	b.endTrial()
	var errs []error
	for _, p := range b.order() {
		if b.now != nil && b.now.place == p {
			return nil
		}
		l, err := b.load(p)
		if err == nil {
			b.use(l)
			return nil
		}
		errs = append(errs, err)
		b.log.Error("image refused", "place", p.String(), "reason", err.Error())
		if b.pending() == p {
			b.giveUp(reasonOf(err))
		}
	}
	return errors.Join(errs...)
}

// use makes an image the one that starts.
func (b *Boot) use(l *loaded) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.now != nil {
		b.now.close()
	}
	b.now = l
}

// load verifies the image of a place, once, and keeps its bytes.
func (b *Boot) load(p control.Place) (*loaded, error) {
	now := time.Now()
	oldest, err := b.counter.Read()
	if err != nil {
		return nil, err
	}
	v, err := image.Verify(b.root, b.files(p), oldest, now)
	if err != nil {
		return nil, fmt.Errorf("verify kernel image: %w", err)
	}
	if err := v.Manifest.MadeFor(b.cfg.Device); err != nil {
		return nil, fmt.Errorf("verify kernel image: %w", err)
	}
	l := &loaded{place: p, manifest: v.Manifest}
	if err := errors.Join(b.license(l, now), l.seal(v)); err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

// license finds the newest licence that covers an image.
func (b *Boot) license(l *loaded, now time.Time) error {
	var first error
	for _, path := range b.licences(l.place) {
		raw, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) && path != b.cfg.Licence {
			continue
		}
		if err == nil {
			err = b.licensed(l, raw, now)
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
func (b *Boot) licensed(l *loaded, raw []byte, now time.Time) error {
	papers, err := licence.Open(raw, b.root, now)
	if err != nil {
		return fmt.Errorf("verify licence: %w", err)
	}
	if err := papers.Covers(l.manifest.KernelSHA256, l.manifest.Customer, now); err != nil {
		return err
	}
	file, err := spawn.MemoryFile("licence", raw)
	l.licence, l.papers = papers, file
	return err
}

func (l *loaded) seal(v image.Verified) (err error) {
	l.digest = sha256.Sum256(v.Kernel)
	if l.program, err = spawn.MemoryFile("kernel", v.Kernel); err != nil {
		return err
	}
	for _, a := range v.Applications {
		m, err := newModule(a)
		if err != nil {
			return err
		}
		l.modules = append(l.modules, m)
	}
	return nil
}

func (l *loaded) close() {
	for _, f := range []*os.File{l.program, l.papers} {
		if f != nil {
			_ = f.Close()
		}
	}
	for _, m := range l.modules {
		_ = m.file.Close()
	}
}
