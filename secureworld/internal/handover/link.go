package handover

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
)

// InheritedDescriptor is where the kernel finds its end at start.
const InheritedDescriptor = 3

// Connection is a socket that boot accepted or dialled.
type Connection struct {
	net.Conn
	Door Door
	ID   uint32
	// Measured tells whether boot measured the peer's program; Measurement is
	// then its SHA-256, and boot has held it against the licence.
	Measured    bool
	Measurement [32]byte
	// Ring, where there is one, is memory that the peer may be given. It is the
	// receiver's to close; Close does so too.
	Ring *os.File
}

// Close ends the connection and lets go of its memory.
func (c Connection) Close() error {
	if c.Ring != nil {
		_ = c.Ring.Close() // mapped or given away already, perhaps
	}
	return c.Conn.Close()
}

// Link is the kernel's end.
type Link struct {
	wire     *wire
	doors    map[Door]chan Connection
	stopping chan struct{}
	stopOnce sync.Once
	gone     chan struct{} // closed when Serve ends

	applications Applications         // nil: none can change while the kernel serves
	measured     func(Measured)       // nil: nobody wants to know
	licence      func([]byte) Outcome // nil: that of the start stays
	keys         KeyLoading           // nil: it takes no keys from afar
	changes      sync.WaitGroup       // the change under way, if any

	anchor   *anchor
	tampered chan Tampering
	quotes   quotes

	ring    *os.File // for the mailbox connection ringFor, which comes next; nil: none
	ringFor uint32

	mu    sync.Mutex
	next  uint32
	dials map[uint32]chan dialled
}

type dialled struct {
	conn net.Conn
	err  error
}

// Inherit takes the kernel's end over. Call it once.
func Inherit() (*Link, error) {
	return newLink(os.NewFile(InheritedDescriptor, "handover"))
}

func newLink(f *os.File) (*Link, error) {
	w, err := newWire(f, true)
	if err != nil {
		return nil, err
	}
	l := &Link{wire: w, doors: map[Door]chan Connection{}, anchor: newAnchor(), tampered: make(chan Tampering, 1), quotes: quotes{answers: make(chan []byte, 1)}, stopping: make(chan struct{}), gone: make(chan struct{}), dials: map[uint32]chan dialled{}}
	for _, d := range []Door{DoorMailbox, DoorSRED, DoorPINEntry} {
		l.doors[d] = make(chan Connection, maxWaiting)
	}
	return l, nil
}

// Serve receives until boot closes the link, which ends the kernel: it returns
// an error always. healthy answers the watchdog: false keeps silent, and boot
// restarts the kernel after some silence.
func (l *Link) Serve(healthy func() bool) error {
	defer l.anchor.abandon()
	defer close(l.gone)
	defer l.changes.Wait()
	defer l.stop()
	for {
		m, file, err := l.wire.receive()
		if err != nil {
			return err
		}
		if err := l.take(m, file, healthy); err != nil {
			return err
		}
	}
}

func (l *Link) take(m Message, file *os.File, healthy func() bool) error {
	switch m := m.(type) {
	case Connected:
		return l.connected(m, file)
	case HostFailed:
		l.answerDial(m.ID, dialled{err: m.Code})
	case Health:
		if healthy() {
			return l.wire.send(Healthy(m), nil)
		}
	case Application, Remove, Challenge, KeyToken:
		l.changes.Go(func() { l.change(m, file) })
	case Licence:
		return l.wire.send(Licensed{l.relicense(file)}, nil)
	case Anchored:
		l.anchor.reached(m.Number)
	case Ring:
		l.takeRing(m, file)
	case Quoted:
		l.quoted(file)
	case Measured:
		if l.measured != nil {
			l.measured(m)
		}
	case Tamper:
		l.tellTampered(m)
	case Stop:
		l.stop()
	}
	return nil
}

func (l *Link) connected(m Connected, file *os.File) error {
	conn, err := net.FileConn(file)
	_ = file.Close() // net.FileConn has its own copy
	if err != nil {
		return nil // the peer has gone already
	}
	if m.Door == DoorHost {
		l.answerDial(m.ID, dialled{conn: conn})
		return nil
	}
	c := Connection{conn, m.Door, m.ID, m.Measured, m.Measurement, l.ringOf(m)}
	select {
	case l.doors[m.Door] <- c:
	default:
		if m.Measured {
			return errors.Join(c.Close(), l.Closed(m.ID))
		}
		return c.Close()
	}
	return nil
}

// takeRing keeps the memory for the connection that it is meant for.
func (l *Link) takeRing(m Ring, file *os.File) {
	if l.ring != nil {
		_ = l.ring.Close() // its connection did not come
	}
	l.ring, l.ringFor = file, m.ID
}

// ringOf is the memory of a connection, or nil.
func (l *Link) ringOf(m Connected) *os.File {
	if m.Door != DoorMailbox || l.ring == nil || l.ringFor != m.ID {
		return nil
	}
	f := l.ring
	l.ring = nil
	return f
}

// OnMeasured names who is told what boot measured again. Call it before Serve; f
// must not wait.
func (l *Link) OnMeasured(f func(Measured)) { l.measured = f }

// Closed tells boot that a measured connection has ended.
func (l *Link) Closed(id uint32) error { return l.wire.send(Closed{ID: id}, nil) }

func (l *Link) stop() { l.stopOnce.Do(func() { close(l.stopping) }) }

// Stopping is closed when boot asks the kernel to end, or has gone. Boot waits
// two seconds, then kills.
func (l *Link) Stopping() <-chan struct{} { return l.stopping }

var errGone = errors.New("handover: boot has gone")

// Accept waits for the next connection of a door (not DoorHost).
func (l *Link) Accept(ctx context.Context, door Door) (Connection, error) {
	select {
	case c := <-l.doors[door]:
		return c, nil
	case <-l.gone:
		return Connection{}, errGone
	case <-ctx.Done():
		return Connection{}, fmt.Errorf("handover: accept: %w", ctx.Err())
	}
}

// Dial asks boot for a socket to the acquirer. TLS is the caller's. The error is
// a HostFailure when the host could not be reached.
func (l *Link) Dial(ctx context.Context) (net.Conn, error) {
	id, answer, err := l.beginDial()
	if err != nil {
		return nil, err
	}
	if err := l.wire.send(Dial{ID: id}, nil); err != nil {
		l.forgetDial(id)
		return nil, err
	}
	select {
	case d := <-answer:
		return d.conn, d.err
	case <-l.gone:
		return nil, errGone
	case <-ctx.Done():
		l.forgetDial(id)
		d := <-answer // what came meanwhile, or nothing
		closeConn(d.conn)
		return nil, fmt.Errorf("handover: dial: %w", ctx.Err())
	}
}

func (l *Link) beginDial() (uint32, chan dialled, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.dials) >= maxDials {
		return 0, nil, HostBusy
	}
	l.next++
	answer := make(chan dialled, 1)
	l.dials[l.next] = answer
	return l.next, answer, nil
}

// forgetDial drops a dial: an answer that comes later is closed.
func (l *Link) forgetDial(id uint32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if answer, ok := l.dials[id]; ok {
		delete(l.dials, id)
		close(answer)
	}
}

func (l *Link) answerDial(id uint32, d dialled) {
	l.mu.Lock()
	defer l.mu.Unlock()
	answer, ok := l.dials[id]
	if !ok {
		closeConn(d.conn)
		return
	}
	delete(l.dials, id)
	answer <- d
}

func closeConn(c net.Conn) {
	if c != nil {
		_ = c.Close()
	}
}

// Ready tells boot that the doors may open, and which layers are in force:
// sandbox.Report's InForce and Missing.
func (l *Link) Ready(inForce, missing uint32) error {
	l.anchor.begin()
	return l.wire.send(Ready{InForce: inForce, Missing: missing}, nil)
}

// Denials reports a self-test: sandbox.Probe's result.
func (l *Link) Denials(tried, denied uint32) error {
	return l.wire.send(Denials{Tried: tried, Denied: denied}, nil)
}

// Log tells boot's log an event; the value must not come from account data.
func (l *Link) Log(e Event, value uint32) error { return l.wire.send(Log{Event: e, Value: value}, nil) }
