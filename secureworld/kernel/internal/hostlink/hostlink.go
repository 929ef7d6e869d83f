// Package hostlink is the kernel's line to the acquirer: frames over TLS that
// ends here, and the multiplexer that matches answers to questions by MTI class,
// terminal id and STAN.
//
// It moves bytes. It finds the trace number by the lengths of
// acquirer/hostspec and reads nothing else; account data and PIN blocks in the
// frames are sealed, and every answer is verified by the payment application
// before anything in it is believed.
//
// No lock is held while it writes, and nobody waits for an answer here: answers
// are posted as events, and the core decides by its own timers. A question that
// the core has forgotten makes its answer a late one.
//
// The kernel alone imports it.
package hostlink

import (
	"context"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/hostframe"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/devicelink"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

const (
	handshakeDeadline = 10 * time.Second
	// writeQueue bounds what can wait for a slow line: a payment sends one
	// message at a time, so more than a few waiting mean that the line is stuck.
	writeQueue = 8
)

// ErrDown says that there is no connection, or that it is stuck.
var ErrDown = errors.New("hostlink: no connection")

// Config of the link.
type Config struct {
	TLS        *tls.Config
	TerminalID payment.TerminalID
	Post       func(transaction.Event)
	Strange    func() // counts a frame that could not be read
}

// ClientConfig is TLS towards the acquirer.
func ClientConfig(certPEM, caPEM, name string, key crypto.Signer) (*tls.Config, error) {
	cert, err := devicelink.Certificate(certPEM, key)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(caPEM)) {
		return nil, errors.New("hostlink: malformed certificate authority")
	}
	return &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{cert},
		RootCAs: pool, ServerName: name}, nil
}

// Link is the line; it has a connection or waits for one.
type Link struct {
	cfg Config

	mu     sync.Mutex
	out    chan []byte // of the connection in force, nil if none
	drop   func()
	asking map[transaction.Question]bool
	bound  *[hostspec.BindingSize]byte // of the connection in force
}

// New returns a link without a connection.
func New(cfg Config) *Link {
	return &Link{cfg: cfg, asking: map[transaction.Question]bool{}}
}

// Serve runs one connection, which boot has dialled, to its end. It owns raw.
func (l *Link) Serve(ctx context.Context, raw net.Conn) error {
	conn := tls.Client(raw, l.cfg.TLS)
	hang := func() { _ = raw.Close() } // a goodbye of TLS could wait for a peer that reads nothing
	defer hang()
	defer context.AfterFunc(ctx, hang)()
	shake, cancel := context.WithTimeout(ctx, handshakeDeadline)
	defer cancel()
	if err := conn.HandshakeContext(shake); err != nil {
		return fmt.Errorf("hostlink: handshake: %w", err)
	}
	state := conn.ConnectionState()
	binding, err := state.ExportKeyingMaterial(hostspec.BindingLabel, nil, hostspec.BindingSize)
	if err != nil {
		return fmt.Errorf("hostlink: channel binding: %w", err)
	}
	out := make(chan []byte, writeQueue)
	l.begin(out, hang, [hostspec.BindingSize]byte(binding))
	defer l.end(out)
	writer := make(chan struct{})
	stop := make(chan struct{})
	go func() { defer close(writer); defer hang(); write(conn, out, stop) }()
	err = l.receive(conn)
	close(stop)
	hang() // ends a write that is stuck
	<-writer
	return err
}

func (l *Link) begin(out chan []byte, drop func(), binding [hostspec.BindingSize]byte) {
	l.mu.Lock()
	l.out, l.drop, l.bound = out, drop, &binding
	clear(l.asking)
	l.mu.Unlock()
	l.cfg.Post(transaction.HostUp{})
}

func (l *Link) end(out chan []byte) {
	l.mu.Lock()
	if l.out == out {
		l.out, l.drop, l.bound = nil, nil, nil
	}
	l.mu.Unlock()
	l.cfg.Post(transaction.HostDown{})
}

// Binding is the channel binding of the connection in force: the nonce of the
// evidence that is sent over it.
func (l *Link) Binding() (binding [hostspec.BindingSize]byte, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.bound == nil {
		return binding, false
	}
	return *l.bound, true
}

// write sends frames until the connection ends, or until a frame could not be
// written whole: the host may hold half of it, so the connection ends then.
func write(conn net.Conn, out <-chan []byte, stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case b := <-out:
			if conn.SetWriteDeadline(time.Now().Add(hostspec.FrameDeadline)) != nil || hostframe.Write(conn, b) != nil {
				return // the receiver reports the end
			}
		}
	}
}

func (l *Link) receive(conn net.Conn) error {
	for {
		b, err := hostframe.Read(devicelink.Patient(conn, hostspec.FrameDeadline))
		if err != nil {
			if errors.Is(err, hostframe.ErrTooLong) || devicelink.PeerBroke(err) {
				l.cfg.Strange()
			}
			return err
		}
		if len(b) > 0 {
			l.deliver(b)
		}
	}
}

func (l *Link) deliver(b []byte) {
	class, tid, stan, err := hostspec.Key(b)
	if err != nil {
		l.cfg.Strange()
		return
	}
	q, known := questionOf(class, stan)
	if !known || tid != [8]byte(l.cfg.TerminalID) || !l.waits(q) {
		l.cfg.Post(transaction.HostLate{})
		return
	}
	l.cfg.Post(transaction.HostFrame{Question: q, Frame: b})
}

func (l *Link) waits(q transaction.Question) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.asking[q]
}

func questionOf(class hostspec.Class, stan uint32) (transaction.Question, bool) {
	q := transaction.Question{STAN: payment.STAN(stan)}
	switch class {
	case hostspec.ClassOf([2]byte{0x01, 0x00}), hostspec.ClassOf([2]byte{0x02, 0x00}):
		q.Class = transaction.ClassRequest
	case hostspec.ClassOf([2]byte{0x02, 0x20}):
		q.Class = transaction.ClassAdvice
	case hostspec.ClassOf([2]byte{0x04, 0x20}):
		q.Class = transaction.ClassReversal
	case hostspec.ClassOf([2]byte{0x05, 0x00}):
		q.Class = transaction.ClassSettlement
	case hostspec.ClassOf([2]byte{0x06, 0x00}):
		q.Class = transaction.ClassItems
	case hostspec.ClassOf([2]byte{0x08, 0x00}):
		q.Class = transaction.ClassNetwork
	default:
		return q, false
	}
	return q, true
}

// Send queues a message. An error means that nothing of it has left; no error
// means that it may have.
func (l *Link) Send(q transaction.Question, message []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.out == nil {
		return ErrDown
	}
	select {
	case l.out <- message:
		l.asking[q] = true
		return nil
	default:
		l.drop()
		return ErrDown
	}
}

// Forget makes the answer to q a late one.
func (l *Link) Forget(q transaction.Question) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.asking, q)
}

// Drop ends the connection.
func (l *Link) Drop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.drop != nil {
		l.drop()
	}
}
