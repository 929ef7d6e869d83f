package main

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/strongroom-pos/strongroom/terminal/internal/httpapi"
	"github.com/strongroom-pos/strongroom/terminal/internal/journal"
	"github.com/strongroom-pos/strongroom/terminal/internal/pairing"
	"github.com/strongroom-pos/strongroom/terminal/internal/tlsca"
)

// tills is the side of the interface that paired tills reach, and the desk where they
// are paired. Without -tls there is a desk at which nobody can ask.
type tills struct {
	desk     *pairing.Desk
	listener net.Listener // nil without -tls
	identity *tlsca.Identity
	lan      httpapi.LAN
	url      string
}

// openTills listens where -tls says and shows the identity in the data directory.
func openTills(ctx context.Context, s settings, j *journal.Journal) (tills, error) {
	clients, err := pairing.Load(j, time.Now)
	if err != nil {
		return tills{}, err
	}
	if !s.tls.IsValid() {
		return tills{desk: pairing.NewDesk(pairing.Config{Clients: clients, Now: time.Now})}, nil
	}
	identity, err := tlsca.Open(s.data, s.names, time.Now)
	if err != nil {
		return tills{}, err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", s.tls.String())
	if err != nil {
		return tills{}, fmt.Errorf("listening for tills: %w", err)
	}
	at := l.Addr().(*net.TCPAddr).AddrPort()
	t := tills{url: s.url(at), listener: httpapi.Bounded(httpapi.PerAddress(l)), identity: identity,
		lan: httpapi.LAN{Hosts: s.hosts(at.Port()), Authority: identity.AuthorityPEM()}}
	t.desk = pairing.NewDesk(pairing.Config{Clients: clients, Now: time.Now, URL: t.url, SPKI: identity.SPKI()})
	return t, nil
}

// url is where tills are sent: the address itself, or the first name of a terminal
// that listens on all of its addresses.
func (s *settings) url(at netip.AddrPort) string {
	name := at.Addr().Unmap().String()
	if s.tls.Addr().IsUnspecified() {
		name = s.names.All()[0]
	}
	return "https://" + net.JoinHostPort(name, strconv.Itoa(int(at.Port())))
}

func (t tills) close() error {
	if t.listener == nil {
		return nil
	}
	return t.listener.Close()
}
