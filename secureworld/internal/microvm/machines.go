//go:build linux

package microvm

import (
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/carrier"
	"github.com/strongroom-pos/strongroom/secureworld/internal/sandbox/spawn"
)

// Machines starts machines, one at a time.
type Machines struct {
	qemu   string
	disk   string
	user   string // uid:gid, empty where boot is not root
	system system
	log    *slog.Logger

	patience time.Duration // with an emulated machine's first word

	mu  sync.Mutex
	kvm error // why it is not used; nil while it may work
}

var errOff = errors.New("switched off")

// New verifies what machines start from. uid and gid are QEMU's where boot is root.
func New(cfg Config, uid, gid uint32, log *slog.Logger) (*Machines, error) {
	s, err := cfg.system()
	if err != nil {
		return nil, err
	}
	m := &Machines{qemu: cfg.QEMU, disk: cfg.Disk, system: s, log: log, patience: beginWithin}
	if os.Geteuid() == 0 {
		m.user = strconv.Itoa(int(uid)) + ":" + strconv.Itoa(int(gid))
	}
	if m.kvm = kvmOpens(); cfg.KVM == "off" {
		m.kvm = errOff
	}
	log.Info("virtual machine", "system", hex.EncodeToString(s.digest[:]))
	return m, nil
}

// Digest is that of what machines start from: SHA-256 over the digests of Linux, guest
// program and modules in this order, each in hexadecimal on a line of its own.
func (m *Machines) Digest() [32]byte { return m.system.digest }

// kvmOpens tells what keeps KVM from being tried. What it is worth shows in a
// start.
func kvmOpens() error {
	f, err := os.OpenFile("/dev/kvm", os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return f.Close()
}

// Start starts a machine and in it the kernel, and returns when the guest has
// spoken. The files are used as package spawn uses them.
func (m *Machines) Start(cfg spawn.Config) (*Machine, error) {
	if m.withoutKVM() == nil {
		machine, err := m.start(cfg, attempt{carrier.KVM, kvmWithin, quiet})
		if err == nil {
			return machine, nil
		}
		m.giveUpKVM(err)
	}
	m.log.Info("virtual machine's processor is emulated", "reason", m.withoutKVM().Error())
	machine, err := m.start(cfg, attempt{carrier.Emulated, m.patience, quiet})
	if !errors.Is(err, errSilent) {
		return machine, err
	}
	m.log.Warn("virtual machine is started once more", "reason", err.Error())
	return m.start(cfg, attempt{carrier.Emulated, againWithin, talkative})
}

func (m *Machines) withoutKVM() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.kvm
}

// giveUpKVM: no machine tries it again while this boot runs.
func (m *Machines) giveUpKVM(reason error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.kvm == nil {
		m.kvm = fmt.Errorf("with KVM: %w", reason)
	}
}

// Close lets go of what machines start from.
func (m *Machines) Close() { _ = m.system.linux.Close() }
