// Package boot is the secure world's processor: it verifies a signed kernel image,
// its applications, the licence and the parameters, starts the kernel from the verified bytes in
// a sandbox, accepts and measures connections for it, dials the acquirer for it,
// and starts it again when it dies. It never opens the image's path twice.
//
// It stands outside the sandbox and so does what the kernel cannot: it reads no
// byte of what passes through the sockets. Keys and configuration go from file to
// kernel without passing through its memory.
//
// Only the program secureworld imports it.
package boot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/strongroom-pos/strongroom/secureworld/internal/certificate"
	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/internal/image"
	"github.com/strongroom-pos/strongroom/secureworld/internal/licence"
	"github.com/strongroom-pos/strongroom/secureworld/internal/sandbox"
	"github.com/strongroom-pos/strongroom/secureworld/internal/sandbox/spawn"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/parameters"
)

// Boot is one secure world.
type Boot struct {
	cfg      Config
	log      *slog.Logger
	manifest image.Manifest
	licence  licence.Licence
	counter  image.Counter

	program  *os.File // the kernel, sealed
	measured sandbox.Measurements
	modules  []module
	papers   *os.File // the licence, sealed
	doors    []*door

	parameters *os.File // signed ones, sealed

	mu   sync.Mutex
	link *handover.Boot // while a kernel serves
	next uint32         // number of the next connection

	starts int // of one goroutine: Run's
}

type module struct {
	message handover.Application
	file    *os.File
}

// New verifies everything and prepares the memory files. Nothing runs yet.
func New(cfg Config, log *slog.Logger) (*Boot, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	b := &Boot{cfg: cfg, log: log, counter: image.Counter{Path: cfg.Counter}}
	verified, err := b.verify(time.Now())
	if err != nil {
		return nil, err
	}
	if err := b.seal(verified); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

func (b *Boot) verify(now time.Time) (image.Verified, error) {
	root, err := hex.DecodeString(b.cfg.Manufacturer)
	if err != nil {
		return image.Verified{}, errors.New("manufacturer's public key is not hexadecimal")
	}
	oldest, err := b.counter.Read()
	if err != nil {
		return image.Verified{}, err
	}
	verified, err := image.Verify(root, b.cfg.Image.files(), oldest, now)
	if err != nil {
		return image.Verified{}, fmt.Errorf("verify kernel image: %w", err)
	}
	b.manifest = verified.Manifest
	if err := b.verifyLicence(root, now); err != nil {
		return image.Verified{}, err
	}
	return verified, b.verifyParameters(root, now)
}

func (b *Boot) verifyLicence(root []byte, now time.Time) error {
	raw, err := os.ReadFile(b.cfg.Licence)
	if err != nil {
		return fmt.Errorf("read licence: %w", err)
	}
	if b.licence, err = licence.Open(raw, root, now); err != nil {
		return fmt.Errorf("verify licence: %w", err)
	}
	if err := b.licence.Covers(b.manifest.KernelSHA256, b.manifest.Customer, now); err != nil {
		return err
	}
	b.papers, err = spawn.MemoryFile("licence", raw)
	return err
}

// verifyParameters holds the signed parameters to their signature and their time.
// What they say is the kernel's business.
func (b *Boot) verifyParameters(root []byte, now time.Time) error {
	raw, err := os.ReadFile(b.cfg.Parameters)
	if err != nil {
		return fmt.Errorf("read parameters: %w", err)
	}
	var d parameters.Document
	if _, err := certificate.Open(parameters.Purpose, raw, root, certificate.RoleConfiguration, now, &d); err != nil {
		return fmt.Errorf("verify parameters: %w", err)
	}
	if _, err := d.Encode(); err != nil {
		return fmt.Errorf("verify parameters: %w", err)
	}
	if err := d.InForce(now); err != nil {
		return fmt.Errorf("verify parameters: %w", err)
	}
	b.parameters, err = spawn.MemoryFile("parameters", raw)
	return err
}

func (b *Boot) seal(v image.Verified) (err error) {
	if b.program, err = spawn.MemoryFile("kernel", v.Kernel); err != nil {
		return err
	}
	b.measured.Kernel = sha256.Sum256(v.Kernel)
	if b.measured.Boot, err = ownDigest(); err != nil {
		return err
	}
	for _, a := range v.Applications {
		file, err := spawn.MemoryFile(a.Name, a.Wasm)
		if err != nil {
			return err
		}
		message := handover.Application{Name: a.Name}
		if _, err := hex.Decode(message.SHA256[:], []byte(a.SHA256)); err != nil {
			return err
		}
		b.modules = append(b.modules, module{message, file})
	}
	return nil
}

// Run opens the doors, proves the sandbox, and keeps a kernel running until ctx
// ends. It leaves no process, socket or file behind.
func (b *Boot) Run(ctx context.Context) error {
	defer b.close()
	defer os.Remove(b.cfg.Addresses)
	raiseLockLimit()
	if b.cfg.SelfTest {
		if err := b.selfTest(ctx); err != nil {
			return fmt.Errorf("prove the sandbox: %w", err)
		}
	}
	if err := b.open(); err != nil {
		return err
	}
	var wait sync.WaitGroup
	for _, d := range b.doors {
		wait.Go(func() { b.serve(d) })
	}
	err := b.supervise(ctx)
	b.shut()
	wait.Wait()
	return err
}

// raiseLockLimit lets a kernel that is not root map more secret memory, where
// boot may; where not, the kernel takes one arena and says so.
func raiseLockLimit() {
	_ = unix.Setrlimit(unix.RLIMIT_MEMLOCK, &unix.Rlimit{Cur: lockLimit, Max: lockLimit})
}

func (b *Boot) close() {
	for _, f := range []*os.File{b.program, b.papers, b.parameters} {
		if f != nil {
			_ = f.Close()
		}
	}
	for _, m := range b.modules {
		_ = m.file.Close()
	}
}
