package deviceroot

import (
	"crypto/cipher"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/strongroom-pos/strongroom/secureworld/cmac"
	"github.com/strongroom-pos/strongroom/secureworld/internal/durable"
	"github.com/strongroom-pos/strongroom/secureworld/internal/fingerprint"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
)

// Names in the kernel's storage.
const (
	RecordFile   = "device"
	FirmwareFile = provisioning.FileFirmwareRoot
)

const keySize = 32

// Memory hands out secret memory; package secretmem has it.
type Memory interface {
	Room(n int) ([]byte, error)
	Release(room []byte) error
}

// Config says whose root key this is.
type Config struct {
	Memory   Memory
	Dir      string       // the kernel's storage
	Disk     durable.Disk // what Dir lies on; nil is the machine's
	Terminal string
	Customer string            // from the licence
	Parts    fingerprint.Parts // as boot read them
	// Guard protects the root from this start on. Before is what did so until now, where
	// that is another one: without it only what was protected by file alone opens.
	Guard, Before Guard
	// Fresh tells that there is no store yet: only then a missing record is made.
	Fresh bool
	// Reset gives up what there was: an authorised one, which package storage counts.
	Reset bool
}

// olderFormat is a file of storages that had no parts of a device.
const olderFormat = "local.random"

// Root is the storage root key.
type Root struct {
	cfg      Config
	firmware []byte  // room
	secret   []byte  // room: the local secret
	key      []byte  // room
	sealing  []byte  // room: what the shares are sealed under, made of firmware and guard
	guard    guarded // of the next record
	record   record
	changed  []fingerprint.Part
}

// Open makes the storage root key. At the first start it takes the firmware root
// key over and draws the local secret. Renew completes the start.
func Open(cfg Config) (*Root, error) {
	if cfg.Disk == nil {
		cfg.Disk = durable.OS{}
	}
	r := &Root{cfg: cfg}
	for _, room := range []*[]byte{&r.firmware, &r.secret, &r.key, &r.sealing} {
		var err error
		if *room, err = cfg.Memory.Room(keySize); err != nil {
			return nil, fmt.Errorf("storage root: room for keys: %w", err)
		}
	}
	if cfg.Parts.Present() == 0 {
		return nil, ErrNoParts
	}
	b, err := readFile(r.path(RecordFile), int64(maxRecord))
	switch {
	case cfg.Reset, errors.Is(err, os.ErrNotExist):
		err = r.begin()
	case err == nil:
		err = r.resume(b)
	}
	if err != nil {
		return nil, err
	}
	return r, r.combine()
}

func (r *Root) path(name string) string { return filepath.Join(r.cfg.Dir, name) }

// begin makes the first record.
func (r *Root) begin() error {
	if _, err := os.Lstat(r.path(olderFormat)); err == nil && !r.cfg.Reset {
		return ErrFormat
	}
	if !r.cfg.Fresh && !r.cfg.Reset {
		return ErrMissing
	}
	if err := r.takeFirmware(); err != nil {
		return err
	}
	if _, err := io.ReadFull(rand.Reader, r.secret); err != nil {
		return err
	}
	if err := r.guardBy(r.cfg.Guard); err != nil {
		return err
	}
	return r.split()
}

// takeFirmware moves the firmware root key beside the storage, through secret
// memory: the sandbox lets nothing be moved from one folder to another.
func (r *Root) takeFirmware() error {
	incoming := r.path(filepath.Join(provisioning.Incoming, FirmwareFile))
	err := readSecret(incoming, r.firmware)
	if errors.Is(err, os.ErrNotExist) {
		return r.readFirmware() // taken over before
	}
	if err != nil {
		return fmt.Errorf("storage root: taking over the firmware root key: %w", err)
	}
	return r.replace(FirmwareFile, r.firmware)
}

func (r *Root) readFirmware() error {
	err := readSecret(r.path(FirmwareFile), r.firmware)
	if errors.Is(err, os.ErrNotExist) {
		return ErrMissing
	}
	return err
}

// resume opens what split made. Another firmware root key that was delivered
// meanwhile is not taken: under it nothing here would open.
func (r *Root) resume(b []byte) (err error) {
	if err = r.readFirmware(); err != nil {
		return err
	}
	if r.record, err = decode(b); err != nil {
		return err
	}
	if err = r.authentic(); err != nil {
		return err
	}
	configured, err := r.unlock()
	if err != nil {
		return err
	}
	r.guard = r.record.guard
	if err := r.gather(); err != nil || configured {
		return err
	}
	return r.guardBy(r.cfg.Guard)
}

// authentic tells another kernel from another terminal from a forged record.
func (r *Root) authentic() error {
	kernel, terminal, err := r.checks()
	if err != nil {
		return err
	}
	mac, err := r.mac()
	switch {
	case err != nil:
		return err
	case subtle.ConstantTimeCompare(kernel[:], r.record.kernel[:]) != 1:
		return ErrOtherKernel
	case subtle.ConstantTimeCompare(mac[:], r.record.mac[:]) != 1:
		return ErrForged
	case subtle.ConstantTimeCompare(terminal[:], r.record.terminal[:]) != 1:
		return ErrOtherTerminal
	}
	return nil
}

func (r *Root) checks() (kernel, terminal [checkSize]byte, err error) {
	err = r.withAES(r.firmware, func(b cipher.Block) error {
		cmac.KDF(kernel[:], b, "strongroom device kernel check 1", []byte(r.cfg.Customer))
		cmac.KDF(terminal[:], b, "strongroom device terminal check 1", []byte(r.cfg.Terminal))
		return nil
	})
	return kernel, terminal, err
}

func (r *Root) mac() (mac [tagSize]byte, err error) {
	err = r.withRoom(keySize, func(key []byte) error {
		if err := r.derive(key, r.firmware, "strongroom device record 1", nil); err != nil {
			return err
		}
		return r.withAES(key, func(b cipher.Block) error {
			cmac.Sum(mac[:0], b, r.record.signed())
			return nil
		})
	})
	return mac, err
}

// combine makes the storage root key.
func (r *Root) combine() error {
	return r.withRoom(keySize, func(firm []byte) error {
		identity := append([]byte(r.cfg.Customer+"\x00"), r.cfg.Terminal...)
		if err := r.derive(firm, r.firmware, "strongroom storage firmware 2", identity); err != nil {
			return err
		}
		return r.derive(r.key, firm, "strongroom storage root 2", r.secret)
	})
}

// Derive fills dst, in secret memory, with the key for a purpose.
func (r *Root) Derive(dst []byte, purpose string) error {
	return r.derive(dst, r.key, purpose, nil)
}

// Changed are the parts that are others than at the last start, or new, or gone.
func (r *Root) Changed() []fingerprint.Part { return r.changed }

// Renew makes the parts of this start the ones that count from now on. Call it
// once, when the start has succeeded. The guard of the configuration counts then, too:
// until the record is replaced as a whole, the one before does. It forgets what is not needed any more: the
// delivered firmware root key, and in memory all but the storage root key.
func (r *Root) Renew() error {
	if len(r.changed) != 0 || r.Regarded() {
		if err := r.split(); err != nil {
			return err
		}
		r.changed = nil
	}
	r.release(r.firmware)
	r.release(r.secret)
	r.release(r.sealing)
	r.firmware, r.secret, r.sealing = nil, nil, nil
	return r.remove(filepath.Join(provisioning.Incoming, FirmwareFile))
}
