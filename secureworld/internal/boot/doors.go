package boot

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
)

// door is one open listener.
type door struct {
	name     string
	kind     handover.Door
	listener net.Listener
}

func doorNames() map[string]handover.Door {
	return map[string]handover.Door{
		"mailbox": handover.DoorMailbox, "sred": handover.DoorSRED, "pinentry": handover.DoorPINEntry,
	}
}

// openDoors opens them, once.
func (b *Boot) openDoors() error {
	if len(b.doors) > 0 {
		return nil
	}
	for name, l := range b.cfg.Doors {
		listener, err := l.listen()
		if err != nil {
			b.shut()
			b.doors = nil
			return fmt.Errorf("open door %s: %w", name, err)
		}
		d := &door{name, doorNames()[name], listener}
		b.doors = append(b.doors, d)
		b.open.Go(func() { b.serve(d) })
	}
	return nil
}

func (b *Boot) shut() {
	for _, d := range b.doors {
		_ = d.listener.Close() // removes the socket file too
	}
}

func (l Listen) listen() (net.Listener, error) {
	network, address, _ := strings.Cut(l.Address, ":")
	if network == "tcp" {
		return net.Listen(network, address)
	}
	if err := removeStale(address); err != nil {
		return nil, err
	}
	listener, err := net.Listen(network, address)
	if err != nil {
		return nil, err
	}
	if err := l.own(address); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return listener, nil
}

// removeStale removes the socket of a boot that was killed, and nothing else.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode()&fs.ModeSocket == 0:
		return errors.New("something that is no socket lies there")
	}
	return os.Remove(path)
}

func (l Listen) own(path string) error {
	mode := uint64(0o600)
	if l.Mode != "" {
		var err error
		if mode, err = strconv.ParseUint(l.Mode, 8, 9); err != nil {
			return errors.New("malformed mode")
		}
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(path, l.UID, l.GID); err != nil {
			return err
		}
	}
	return os.Chmod(path, fs.FileMode(mode))
}

// serve accepts until the listener is closed.
func (b *Boot) serve(d *door) {
	for {
		conn, err := d.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(shortestPause) // out of descriptors: wait for some to be closed
			continue
		}
		go b.admit(d, conn)
	}
}

// admit measures a peer where the door asks for it and hands the socket over.
// Boot's own copy is closed in any case.
func (b *Boot) admit(d *door, conn net.Conn) {
	defer conn.Close()
	if !b.serves() { // before it is measured: those who come again and again would hold the start up
		b.log.Warn("connection closed", "door", d.name, "reason", errNoKernel.Error())
		return
	}
	message := handover.Connected{Door: d.kind}
	var who *peer
	if socket, ok := conn.(*net.UnixConn); ok && d.kind == handover.DoorMailbox && b.cfg.AppMeasurement == "required" {
		var err error
		if who, message.Measurement, err = b.meet(socket); err != nil {
			b.log.Warn("peer refused", "door", d.name, "reason", err.Error())
			return
		}
		message.Measured = true
	}
	if err := b.pass(message, conn, who); err != nil {
		b.log.Warn("connection closed", "door", d.name, "reason", err.Error())
	}
}

// meet measures who connects and holds the program against the licence.
func (b *Boot) meet(conn *net.UnixConn) (*peer, [32]byte, error) {
	p, err := peerOf(conn)
	if err != nil {
		return nil, [32]byte{}, err
	}
	covers := b.keeper.Now().Licence.Measured
	digest, verdict := p.measure(covers)
	if err = covers(digest); err == nil && verdict != handover.VerdictUnchanged {
		err = errors.New("app world's program " + verdict.String())
	}
	if err != nil {
		p.close()
		return nil, digest, err
	}
	return p, digest, nil
}

var errNoKernel = errors.New("no kernel is serving")

var errPeers = errors.New("too many connections are measured")

// pass hands a socket to the kernel that serves now, which has its peer measured
// from then on. It takes the peer over.
func (b *Boot) pass(message handover.Connected, conn net.Conn, who *peer) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	kept := false
	defer func() {
		if who != nil && !kept {
			who.close()
		}
	}()
	if b.serving == nil {
		return errNoKernel
	}
	b.next++
	message.ID = b.next
	if who != nil {
		if kept = b.serving.peers.add(message.ID, who); !kept {
			return errPeers
		}
	}
	err := b.offerRing(b.serving.kernel.link, message)
	if err == nil {
		err = passTo(b.serving.kernel.link, message, conn)
	}
	if err != nil {
		b.serving.peers.drop(message.ID)
	}
	return err
}

func passTo(link *handover.Boot, message handover.Connected, conn net.Conn) error {
	filer, ok := conn.(interface{ File() (*os.File, error) })
	if !ok {
		return errors.New("not a socket")
	}
	file, err := filer.File()
	if err != nil {
		return err
	}
	defer file.Close()
	return link.Send(message, file)
}
