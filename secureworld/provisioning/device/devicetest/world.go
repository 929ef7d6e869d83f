// Package devicetest is a secure world for the tests of devices: it provisions
// a device in a temporary directory, with keys and certificates made for the
// test, and is the other end of its door.
//
// Only tests import it. Its keys are worth nothing and live as long as a test.
package devicetest

import (
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/keyblock"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
)

// Supplier and KBPK are the names of the secrets that a device takes over.
const (
	Supplier = "supplier.key"
	KBPK     = "acquirer.kbpk"
)

// World is one device's secure world.
type World struct {
	Dir     string // of the device
	ID      orderauth.DeviceID
	Order   []byte // keys in clear, 32 bytes each
	PAN     []byte
	Keyed   []byte
	Initial []byte // reader: its DUKPT initial key
	KBPK    []byte // PIN pad: what the acquirer shares with it

	t        testing.TB
	door     orderauth.Door
	listener net.Listener
	ca       authority
}

// New provisions a device of this door, not started yet, whose secure world
// listens on a port of its own.
func New(t testing.TB, door orderauth.Door) *World {
	t.Helper()
	w := &World{
		Dir: t.TempDir(), ID: orderauth.DeviceID(Random(8)), t: t, door: door,
		Order: Random(32), PAN: Random(32), Keyed: Random(32), Initial: Random(32), KBPK: Random(32), ca: newAuthority(t),
	}
	w.listener = w.listen()
	t.Cleanup(func() { _ = w.listener.Close() })
	w.provision("tcp:" + w.listener.Addr().String())
	return w
}

// Random draws n bytes.
func Random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

func (w *World) listen() net.Listener {
	w.t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", w.ca.server(w.t))
	if err != nil {
		w.t.Fatal(err)
	}
	return l
}

// MoveToUnix lets the secure world listen on a Unix socket instead. The device
// must not have been started.
func (w *World) MoveToUnix() {
	w.t.Helper()
	_ = w.listener.Close()
	dir, err := os.MkdirTemp("", "door") // the test's own directory can be too long for a socket
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "sock")
	if w.listener, err = tls.Listen("unix", path, w.ca.server(w.t)); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = w.listener.Close() })
	w.Configure(func(d *provisioning.Device) { d.Connect = "unix:" + path })
}

// provision writes what the operator's command would write.
func (w *World) provision(connect string) {
	w.t.Helper()
	supplier := Random(32)
	w.write(Supplier, supplier)
	w.ca.client(w.t, w.Dir, hex.EncodeToString(w.ID[:]))
	d := provisioning.Device{
		DeviceID: hex.EncodeToString(w.ID[:]), Connect: connect, ServerName: serverName,
		Cert: "cert.pem", Key: "key.pem", CA: "ca.pem", Supplier: Supplier, State: "state",
	}
	d.Keys = w.keys(supplier)
	if w.door == orderauth.DoorPINEntry {
		w.write(KBPK, w.KBPK)
		d.AcquirerKBPK = KBPK
	}
	w.Configure(func(old *provisioning.Device) { *old = d })
}

// Configure changes the device's configuration.
func (w *World) Configure(change func(*provisioning.Device)) {
	w.t.Helper()
	var d provisioning.Device
	path := filepath.Join(w.Dir, provisioning.FileDevice)
	if b, err := os.ReadFile(path); err == nil { //nolint:gosec // below the test's directory
		if err := json.Unmarshal(b, &d); err != nil {
			w.t.Fatal(err)
		}
	}
	change(&d)
	b, err := json.Marshal(d)
	if err != nil {
		w.t.Fatal(err)
	}
	w.write(provisioning.FileDevice, b)
}

func (w *World) write(name string, b []byte) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.Dir, name), b, 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *World) keys(supplier []byte) []provisioning.Key {
	order := provisioning.Key{Name: provisioning.KeyDeviceOrder, Block: w.Block(supplier, "M6", 'C', w.Order, nil)}
	if w.door == orderauth.DoorPINEntry {
		return []provisioning.Key{order,
			{Name: provisioning.KeyDevicePAN, Block: w.Block(supplier, "D0", 'B', w.PAN, nil)},
			{Name: provisioning.KeyDeviceKeyed, Block: w.Block(supplier, "D0", 'E', w.Keyed, nil)}}
	}
	return []provisioning.Key{order, {Name: provisioning.KeyDeviceInitial, Block: w.Block(supplier, "B1", 'X', w.Initial, w.ID[:])}}
}

// Block wraps an AES key as the operator or the acquirer would; id is that of an
// initial key, or nil.
func (w *World) Block(kbpk []byte, usage string, mode byte, key, id []byte) string {
	w.t.Helper()
	h := keyblock.Header{Version: 'D', Usage: usage, Algorithm: 'A', Mode: mode, KeyVersion: "00", Exportability: 'N'}
	if id != nil {
		h.Optional = []keyblock.OptionalBlock{{ID: "IK", Data: strings.ToUpper(hex.EncodeToString(id))}}
	}
	b, err := keyblock.Wrap(kbpk, h, key, rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(b)
}
