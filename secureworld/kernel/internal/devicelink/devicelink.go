// Package devicelink is what the kernel's ends of the reader's and the PIN pad's
// doors have in common: mutual TLS 1.3 with one registered device, and
// authenticated orders.
//
// The kernel's readerlink and pinpadlink import it.
package devicelink

import (
	"context"
	"crypto"
	"crypto/cipher"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
)

var (
	errCertificate = errors.New("devicelink: malformed certificate")
	errDevice      = errors.New("devicelink: not the registered device")
)

// ServerConfig is TLS towards devices: version 1.3, both ends authenticated, no
// session tickets (a ticket is a key that would outlive the session).
func ServerConfig(certPEM, caPEM string, key crypto.Signer) (*tls.Config, error) {
	cert, err := Certificate(certPEM, key)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(caPEM)) {
		return nil, errCertificate
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{cert},
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool, SessionTicketsDisabled: true,
	}, nil
}

// Certificate joins a PEM chain and its key.
func Certificate(chain string, key crypto.Signer) (tls.Certificate, error) {
	c := tls.Certificate{PrivateKey: key}
	for rest := []byte(chain); ; {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			break
		}
		c.Certificate = append(c.Certificate, b.Bytes)
	}
	if len(c.Certificate) == 0 {
		return c, errCertificate
	}
	return c, nil
}

// ParseDeviceID reads 16 hex digits.
func ParseDeviceID(s string) (orderauth.DeviceID, error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != 8 {
		return orderauth.DeviceID{}, errors.New("devicelink: malformed device id")
	}
	return orderauth.DeviceID(b), nil
}

// Accept completes the handshake within the deadline and checks that the peer is
// the one registered device. It owns raw.
func Accept(ctx context.Context, raw net.Conn, cfg *tls.Config, device orderauth.DeviceID, deadline time.Duration) (*tls.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	conn := tls.Server(raw, cfg)
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = raw.Close() // the handshake's error is the one to tell
		return nil, fmt.Errorf("devicelink: handshake: %w", err)
	}
	if !strings.EqualFold(conn.ConnectionState().PeerCertificates[0].Subject.CommonName, hex.EncodeToString(device[:])) {
		_ = raw.Close() // the refusal is the error to tell
		return nil, errDevice
	}
	return conn, nil
}

// Link sends frames and orders to one device.
type Link struct {
	conn     net.Conn
	deadline time.Duration

	mu     sync.Mutex
	orders *orderauth.Session
}

// New speaks over conn; block is AES under the device's order key.
func New(conn net.Conn, block cipher.Block, door orderauth.Door, device orderauth.DeviceID, nonce orderauth.Nonce, deadline time.Duration) *Link {
	return &Link{conn: conn, deadline: deadline, orders: orderauth.NewSession(block, door, device, nonce)}
}

// Send sends a message that is no order.
func (l *Link) Send(kind byte, message any) error {
	body, err := frame.Append(nil, message)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.write(kind, body)
}

// Order authenticates and sends an order. It returns the bytes that were sent.
func (l *Link) Order(kind byte, message any) ([]byte, error) {
	body, err := frame.Append(nil, message)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	sealed := l.orders.Seal(kind, body)
	return sealed, l.write(kind, sealed)
}

func (l *Link) write(kind byte, body []byte) error {
	if err := l.conn.SetWriteDeadline(time.Now().Add(l.deadline)); err != nil {
		return err
	}
	return frame.Write(l.conn, kind, body)
}

// Close ends the session at once: a goodbye of TLS could wait for a peer that
// reads nothing, and frames say by themselves where they end.
func (l *Link) Close() error {
	if c, ok := l.conn.(*tls.Conn); ok {
		return c.NetConn().Close()
	}
	return l.conn.Close()
}

// ReadFirst waits for a frame that is due: the whole of it comes within the
// deadline.
func ReadFirst(conn net.Conn, limit int, deadline time.Duration) (byte, []byte, error) {
	if err := conn.SetReadDeadline(time.Now().Add(deadline)); err != nil {
		return 0, nil, err
	}
	return frame.Read(conn, limit)
}

// ReadFrame waits for a frame as long as the peer is silent, but not once it has
// begun one.
func ReadFrame(conn net.Conn, limit int, deadline time.Duration) (byte, []byte, error) {
	return frame.Read(Patient(conn, deadline), limit)
}

// Patient reads one frame, of whatever framing: it waits for the first byte
// without limit and sets the deadline when that has come.
func Patient(conn net.Conn, deadline time.Duration) io.Reader {
	return &patient{conn: conn, deadline: deadline}
}

type patient struct {
	conn     net.Conn
	deadline time.Duration
	begun    bool
}

func (p *patient) Read(b []byte) (int, error) {
	if p.begun {
		return p.conn.Read(b)
	}
	if err := p.conn.SetReadDeadline(time.Time{}); err != nil {
		return 0, err
	}
	n, err := p.conn.Read(b)
	if n > 0 && err == nil {
		p.begun = true
		err = p.conn.SetReadDeadline(time.Now().Add(p.deadline))
	}
	return n, err
}

// PeerBroke reports whether reading a frame ended because of what the peer sent,
// or began and did not go on with, rather than by the end of the session.
func PeerBroke(err error) bool {
	return errors.Is(err, frame.ErrVersion) || errors.Is(err, frame.ErrTooLong) || errors.Is(err, os.ErrDeadlineExceeded)
}
