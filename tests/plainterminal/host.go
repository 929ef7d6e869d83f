package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/hostframe"
	"github.com/strongroom-pos/strongroom/internal/plain/door"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
)

// hostLink is the line to the acquirer: one question at a time.
type hostLink struct{ conn *tls.Conn }

func dialHost(ctx context.Context, cfg door.Config) (*hostLink, error) {
	pair, err := tls.X509KeyPair([]byte(cfg.Cert), []byte(cfg.Key))
	if err != nil {
		return nil, errors.New("the terminal's certificate and key do not fit")
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(cfg.CA)) {
		return nil, errors.New("there is no certificate of the host's authority")
	}
	d := tls.Dialer{Config: &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{pair},
		RootCAs: pool, ServerName: cfg.HostName}}
	conn, err := d.DialContext(ctx, "tcp", cfg.Host)
	if err != nil {
		return nil, fmt.Errorf("connecting to the host: %w", err)
	}
	return &hostLink{conn.(*tls.Conn)}, nil
}

// ask sends a message and waits for the next answer.
func (h *hostLink) ask(message []byte) ([]byte, error) {
	_ = h.conn.SetDeadline(time.Now().Add(hostspec.AnswerDeadline))
	if err := hostframe.Write(h.conn, message); err != nil {
		return nil, fmt.Errorf("sending to the host: %w", err)
	}
	for {
		b, err := hostframe.Read(h.conn)
		if err != nil {
			return nil, fmt.Errorf("waiting for the host: %w", err)
		}
		if len(b) > 0 { // not a keep-alive
			return b, nil
		}
	}
}

// signOn announces the terminal and goes on after the numbers that host and
// journal know.
func (t *terminal) signOn(context.Context) error {
	stan, rrn, err := t.journal.last()
	if err != nil {
		return err
	}
	t.stan, t.rrn = stan, rrn
	tx, err := t.hostKey.reserve(1, true)
	if err != nil {
		return err
	}
	n := t.next()
	m := t.start(hostspec.MTINetwork, n)
	ksn := tx[0].KSN()
	journal := append(binary.BigEndian.AppendUint64(nil, n.rrn), make([]byte, 32)...)
	m.Set(48, hostspec.AppendPrivate(nil, hostspec.Element{Tag: hostspec.PrivateKSN, Value: ksn[:]},
		hostspec.Element{Tag: hostspec.PrivateJournal, Value: journal}))
	m.SetString(70, hostspec.NetworkSignOn)
	frame, err := t.pack(m, tx[0])
	if err != nil {
		return err
	}
	return t.signedOn(frame, n, tx[0])
}

func (t *terminal) signedOn(frame []byte, n terms, tx *dukpt.Transaction) error {
	b, err := t.host.ask(frame)
	if err != nil {
		return err
	}
	a, err := t.read(b, hostspec.MTINetworkAnswer, n, tx)
	if err != nil {
		return err
	}
	if a.String(39) != hostspec.ResponseApproved {
		return fmt.Errorf("the host refuses the sign-on: %s", a.String(39))
	}
	return nil
}
