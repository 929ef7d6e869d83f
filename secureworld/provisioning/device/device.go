package device

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
)

// Errors of a device's keys.
var (
	// ErrNoKey says that no DUKPT key was loaded yet.
	ErrNoKey = errors.New("device: no key is loaded")
	// ErrCounter reports a counter that is not above the last one.
	ErrCounter = errors.New("device: counter is not above the last")

	// ErrStopped: the state could not be stored, so nobody knows which keys are used up
	// on the disk. A new start knows.
	ErrStopped = errors.New("device: stopped, because its state could not be stored")
)

// Device is a reader or a PIN pad with its keys. It is safe for concurrent use.
type Device struct {
	ID     orderauth.DeviceID
	Config provisioning.Device

	dir  string
	door orderauth.Door
	held *os.File // the lock

	mu    sync.Mutex
	state *State
	keys  *dukpt.Device // nil until a key is loaded
	dead  bool          // the state could not be stored
	stop  chan struct{} // closed then

	// testOnlyReplace stands in for replaceFile, to make the disk fail.
	testOnlyReplace func(path string, b []byte) error
}

// Open opens the device in dir, whose device.json names its files. At the first
// start it takes the keys over (see the package comment).
func Open(dir string, door orderauth.Door) (*Device, error) {
	d, err := configured(dir, door)
	if err != nil {
		return nil, err
	}
	if d.held, err = lock(d.path(d.Config.State)); err != nil {
		return nil, err
	}
	if err := d.load(); err != nil {
		return nil, errors.Join(err, d.held.Close())
	}
	return d, nil
}

func configured(dir string, door orderauth.Door) (*Device, error) {
	b, err := os.ReadFile(filepath.Join(dir, provisioning.FileDevice)) //nolint:gosec // named by the operator
	if err != nil {
		return nil, fmt.Errorf("device: reading the configuration: %w", err)
	}
	c, err := provisioning.ParseDevice(b)
	if err != nil {
		return nil, err
	}
	d := &Device{Config: c, dir: dir, door: door, stop: make(chan struct{})}
	if n, err := hex.Decode(d.ID[:], []byte(c.DeviceID)); err != nil || n != len(d.ID) || len(c.DeviceID) != 2*n {
		return nil, provisioning.ErrDevice
	}
	return d, nil
}

// path is a configured path, below the device's directory unless absolute.
func (d *Device) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(d.dir, name)
}

// Path is a configured path, below the device's directory unless absolute.
func (d *Device) Path(name string) string { return d.path(name) }

func (d *Device) load() error {
	b, err := readPrivate(d.path(d.Config.State), maxState)
	if errors.Is(err, os.ErrNotExist) {
		err = d.takeOver()
	} else if err == nil {
		err = d.resume(b)
	}
	if err != nil {
		return fmt.Errorf("device: opening the state: %w", err)
	}
	return d.destroySecrets()
}

func (d *Device) resume(b []byte) error {
	defer clear(b)
	s, err := decodeState(b)
	if err != nil {
		return err
	}
	if s.ID != d.ID {
		return ErrState
	}
	d.state = s
	return d.resumeKeys()
}

func (d *Device) resumeKeys() error {
	if len(d.state.Keys) == 0 {
		return nil
	}
	memory := append([]byte(nil), d.state.Keys...)
	keys, err := dukpt.Resume(memory)
	if err != nil {
		return ErrState
	}
	d.keys = keys
	return nil
}

// Close wipes the keys and gives the state free.
func (d *Device) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.dead = true
	d.state.wipe()
	return d.held.Close()
}

// save stores the state. The caller holds mu. After a failure the device is dead.
func (d *Device) save() error {
	if d.dead {
		return ErrStopped
	}
	b, err := d.state.encode(make([]byte, 0, maxState))
	defer func() { clear(b[:cap(b)]) }()
	if err == nil {
		err = d.replace(b)
	}
	if err != nil {
		d.dead = true
		close(d.stop)
	}
	return err
}

func (d *Device) replace(b []byte) error {
	if d.testOnlyReplace != nil {
		return d.testOnlyReplace(d.path(d.Config.State), b)
	}
	return replaceFile(d.path(d.Config.State), b)
}

// Next gives out the next DUKPT transaction in room (dukpt.RoomTransaction
// bytes), after the counter behind it is durable. It returns ErrNoKey,
// dukpt.ErrExhausted, or an error of storing, after which the device is dead.
func (d *Device) Next(room []byte) (*dukpt.Transaction, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dead {
		return nil, ErrStopped
	}
	if d.keys == nil {
		return nil, ErrNoKey
	}
	return d.keys.Next(room, func(state []byte) error {
		copy(d.state.Keys, state)
		return d.save()
	})
}

// Advance moves the counter of sealed PANs to n and makes that durable. It
// returns ErrCounter where n is not above the last.
func (d *Device) Advance(n uint64) error { return d.advance(&d.state.Counter, n) }

// AdvanceKeyed moves the counter of keyed cards, as Advance does that of PANs.
func (d *Device) AdvanceKeyed(n uint64) error { return d.advance(&d.state.KeyedCounter, n) }

func (d *Device) advance(counter *uint64, n uint64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if n <= *counter {
		return ErrCounter
	}
	*counter = n
	return d.save()
}

// UseOrderKey lends out the key of orders. f neither keeps nor changes it.
func (d *Device) UseOrderKey(f func(key []byte) error) error { return d.use(&d.state.Order, f) }

// UsePANKey lends out the key of sealed PANs. f neither keeps nor changes it.
func (d *Device) UsePANKey(f func(key []byte) error) error { return d.use(&d.state.PAN, f) }

// UseKeyedKey lends out the key that seals keyed cards. f neither keeps nor
// changes it.
func (d *Device) UseKeyedKey(f func(key []byte) error) error { return d.use(&d.state.Keyed, f) }

func (d *Device) use(key *[32]byte, f func([]byte) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dead {
		return ErrStopped
	}
	return f(key[:])
}

// NoCore keeps the keys of this process from core files.
func NoCore() error { return syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}) }
