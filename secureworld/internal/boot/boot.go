// Package boot is the secure world's processor: it verifies a signed kernel image,
// its applications, the licence and the parameters, starts the kernel from the verified bytes in
// a sandbox, accepts and measures connections for it, dials the acquirer for it,
// and starts it again when it dies. It never opens the image's path twice.
//
// Where it keeps updates, the image lies in one of two slots or came with the
// device; the operator brings updates through package control, and what does not
// prove healthy is given up for what did (package upkeep).
//
// It stands outside the sandbox and so does what the kernel cannot: it reads no
// byte of what passes through the sockets. Keys and configuration go from file to
// kernel without passing through its memory.
//
// Only the program secureworld imports it.
package boot

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/strongroom-pos/strongroom/secureworld/internal/certificate"
	"github.com/strongroom-pos/strongroom/secureworld/internal/durable"
	"github.com/strongroom-pos/strongroom/secureworld/internal/microvm"
	"github.com/strongroom-pos/strongroom/secureworld/internal/sandbox/spawn"
	"github.com/strongroom-pos/strongroom/secureworld/internal/upkeep"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/parameters"
)

// Boot is one secure world.
type Boot struct {
	cfg    Config
	log    *slog.Logger
	root   ed25519.PublicKey // the manufacturer's
	keeper *upkeep.Keeper    // images, licences, applications

	measured   [32]byte // boot's own program
	parameters *os.File // signed ones, sealed

	tpm      tpm               // where the configuration names one
	guards   []guard           // of the start under way; Run's goroutine's
	held     map[int]*os.File  // passphrases that came by descriptor
	machines *microvm.Machines // nil: the kernel is a process of this machine
	code     code              // machine code that a kernel made; of who attends to it

	doors []*door
	open  sync.WaitGroup // who serves the doors

	starts     atomic.Int64
	nextHost   atomic.Int64 // of the acquirer's gateways, the one to be tried first
	violations int          // kernels killed for a forbidden system call; Run's goroutine's
	sandboxed  *os.File     // the kernel whose sandbox is proved; Run's goroutine's

	mu      sync.Mutex
	serving *attendance // of the kernel that serves, or nil
	next    uint32      // number of the next connection
}

// New verifies everything and prepares the memory files. Nothing runs yet.
func New(cfg Config, log *slog.Logger) (*Boot, error) { return newOn(durable.OS{}, cfg, log) }

func newOn(disk durable.Disk, cfg Config, log *slog.Logger) (*Boot, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	root, err := hex.DecodeString(cfg.Manufacturer)
	if err != nil {
		return nil, errors.New("manufacturer's public key is not hexadecimal")
	}
	b := &Boot{cfg: cfg, log: log, root: root}
	for _, step := range []func() error{
		b.holdPassphrases, b.measureOwn, func() error { return b.openUpkeep(disk) }, func() error { return b.verifyParameters(time.Now()) },
		b.openIsolation,
	} {
		if err := step(); err != nil {
			b.close()
			return nil, err
		}
	}
	return b, nil
}

// openUpkeep opens what this device keeps, and chooses what starts.
func (b *Boot) openUpkeep(disk durable.Disk) (err error) {
	b.keeper, err = upkeep.Open(upkeep.Config{
		Root: b.root, Device: b.cfg.Device, Factory: b.cfg.Image.files(), Licence: b.cfg.Licence, Counter: b.cfg.Counter, Folder: b.cfg.Updates,
	}, (*hands)(b), disk, b.log)
	if err != nil {
		return err
	}
	return b.keeper.Choose()
}

// verifyParameters holds the signed parameters to their signature and their time.
// What they say is the kernel's business.
func (b *Boot) verifyParameters(now time.Time) error {
	raw, err := os.ReadFile(b.cfg.Parameters)
	if err != nil {
		return fmt.Errorf("read parameters: %w", err)
	}
	var d parameters.Document
	if _, err := certificate.Open(parameters.Purpose, raw, b.root, certificate.RoleConfiguration, now, &d); err != nil {
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

// Run proves the sandbox, opens the doors, and keeps a kernel running until ctx
// ends. It leaves no process, socket or file behind.
func (b *Boot) Run(ctx context.Context) error {
	defer b.close()
	defer os.Remove(b.cfg.Addresses)
	raiseLockLimit()
	shutControl, err := b.openControl(ctx)
	if err != nil {
		return err
	}
	err = b.supervise(ctx)
	shutControl()
	b.shut()
	b.open.Wait()
	return err
}

// raiseLockLimit lets a kernel that is not root map more secret memory, where
// boot may; where not, the kernel takes one arena and says so.
func raiseLockLimit() {
	_ = unix.Setrlimit(unix.RLIMIT_MEMLOCK, &unix.Rlimit{Cur: lockLimit, Max: lockLimit})
}

func (b *Boot) close() {
	if b.keeper != nil {
		b.keeper.Close()
	}
	if b.machines != nil {
		b.machines.Close()
	}
	b.tpm.end()
	b.closeGuards()
	for _, f := range b.held {
		_ = f.Close()
	}
	b.code.drop()
	if b.parameters != nil {
		_ = b.parameters.Close()
	}
}
