package boot

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/strongroom-pos/strongroom/secureworld/control"
	"github.com/strongroom-pos/strongroom/secureworld/internal/appstore"
	"github.com/strongroom-pos/strongroom/secureworld/internal/durable"
	"github.com/strongroom-pos/strongroom/secureworld/internal/image"
	"github.com/strongroom-pos/strongroom/secureworld/internal/slots"
)

// openUpdates opens what this device keeps of updates, if it keeps any.
func (b *Boot) openUpdates(disk durable.Disk) (err error) {
	if b.cfg.Updates == "" {
		return nil
	}
	if err := disk.MakeFolder(b.cfg.Updates); err != nil {
		return fmt.Errorf("open updates: %w", err)
	}
	if b.slots, err = slots.Open(filepath.Join(b.cfg.Updates, "slots"), disk); err != nil && b.slots != nil {
		b.log.Error("update record", "reason", err.Error())
		err = nil // the images themselves decide
	}
	if err != nil {
		return err
	}
	b.store, err = appstore.Open(filepath.Join(b.cfg.Updates, "applications"), disk)
	return err
}

// operate serves the operator's door until its listener is closed, one connection
// at a time.
func (b *Boot) operate(ctx context.Context, listener *net.UnixListener) {
	for {
		conn, err := listener.AcceptUnix()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(shortestPause)
			continue
		}
		end := context.AfterFunc(ctx, func() { _ = conn.Close() })
		if operatorMay(conn) {
			_ = control.Serve(conn, (*desk)(b)) // every end is the operator's
		} else {
			b.log.Warn("peer refused", "door", "control")
		}
		end()
		_ = conn.Close()
	}
}

// operatorMay: the socket's mode says the same; this holds where a folder's
// rights do not.
func operatorMay(conn *net.UnixConn) (may bool) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return false
	}
	err = raw.Control(func(fd uintptr) {
		peer, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
		may = err == nil && (peer.Uid == 0 || int(peer.Uid) == os.Geteuid())
	})
	return may && err == nil
}

func (b *Boot) openControl(ctx context.Context) (shut func(), err error) {
	if b.cfg.Control.Address == "" {
		return func() {}, nil
	}
	listener, err := b.cfg.Control.listen()
	if err != nil {
		return nil, fmt.Errorf("open door control: %w", err)
	}
	door, ok := listener.(*net.UnixListener)
	if !ok {
		return nil, errors.Join(errors.New("door control is no unix socket"), listener.Close())
	}
	b.serving.Go(func() { b.operate(ctx, door) })
	return func() { _ = door.Close() }, nil
}

// desk is what boot does for the operator.
type desk Boot

// Standing tells how slots and versions stand.
func (d *desk) Standing() control.Standing {
	b := (*Boot)(d)
	b.keep.Lock()
	defer b.keep.Unlock()
	s := control.Standing{Running: b.now.place, Strength: control.StrengthFile, Starts: uint32(b.starts.Load())}
	s.Counter, _ = b.counter.Read() // a damaged one does not let boot start
	s.Images[0] = b.standing(control.Factory, control.Good)
	if b.slots == nil {
		s.Active = control.Factory
		return s
	}
	r := b.slots.Record()
	s.Active, s.Pending, s.Tries, s.Reason = r.Active, r.Pending, r.Tries, r.Reason
	s.Images[1], s.Images[2] = b.standing(control.SlotA, r.A), b.standing(control.SlotB, r.B)
	return s
}

func (b *Boot) standing(p control.Place, state control.State) control.Image {
	if state == control.Empty {
		return control.Image{}
	}
	m, err := image.Peek(b.files(p).Manifest)
	if err != nil {
		return control.Image{State: control.Bad}
	}
	i := control.Image{State: state, Version: m.Version}
	copy(i.Kernel[:], fromHex(m.KernelSHA256))
	return i
}

// History tells what happened.
func (d *desk) History() []control.Entry {
	d.keep.Lock()
	defer d.keep.Unlock()
	if d.slots == nil {
		return nil
	}
	return d.slots.History()
}

// Applications tells what the kernel is given.
func (d *desk) Applications() []control.Application {
	d.keep.Lock()
	defer d.keep.Unlock()
	var out []control.Application
	for _, m := range d.now.modules {
		out = append(out, control.Application{Name: m.message.Name, Version: m.version, SHA256: m.message.SHA256, Origin: control.OriginImage})
	}
	if d.store == nil {
		return out
	}
	for _, e := range d.store.Installed() {
		a := control.Application{Name: e.Name, Version: e.Version, Origin: control.OriginInstalled}
		copy(a.SHA256[:], fromHex(e.Module))
		out = append(out, a)
	}
	return out
}

// Commit verifies and keeps.
func (d *desk) Commit(kind control.Kind, uploads []control.Upload) (version uint64, r control.Reason) {
	b := (*Boot)(d)
	b.keep.Lock()
	defer b.keep.Unlock()
	if b.slots == nil {
		return 0, control.ReasonNotKept
	}
	defer func() {
		if r != control.Accepted {
			b.log.Warn("update refused", "reason", r.String())
			b.must(b.slots.Refused(r))
			b.note(control.EventRefused, control.NoPlace, r, version)
		}
	}()
	c, r := read(uploads)
	if r != control.Accepted {
		return 0, r
	}
	switch kind {
	case control.KindImage:
		return b.stage(c)
	case control.KindApplication:
		return b.installApplication(c)
	case control.KindLicence:
		return b.relicense(c)
	}
	return 0, control.ReasonForm
}

// Activate makes an image pending and lets the kernel that runs end.
func (d *desk) Activate(p control.Place) (uint64, control.Reason) {
	b := (*Boot)(d)
	b.keep.Lock()
	defer b.keep.Unlock()
	version, r := b.activate(p)
	if r != control.Accepted {
		return version, r
	}
	b.note(control.EventActivated, p, r, version)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.replace != nil {
		b.replace()
	}
	return version, r
}

// Remove removes an installed application.
func (d *desk) Remove(name string) control.Reason {
	b := (*Boot)(d)
	b.keep.Lock()
	defer b.keep.Unlock()
	if b.store == nil {
		return control.ReasonNotKept
	}
	return b.removeApplication(name)
}
