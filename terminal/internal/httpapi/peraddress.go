package httpapi

import (
	"net"
	"net/netip"
	"sync"

	"github.com/strongroom-pos/strongroom/terminal/internal/pairing"
)

// PerAddress closes at once what one address opens beyond its share of connections,
// so that none can keep the others out.
func PerAddress(l net.Listener) net.Listener {
	return &perAddress{Listener: l, open: map[netip.Addr]int{}}
}

type perAddress struct {
	net.Listener
	mu   sync.Mutex
	open map[netip.Addr]int
}

func (p *perAddress) Accept() (net.Conn, error) {
	for {
		c, err := p.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from := sourceOf(c)
		if p.take(from) {
			return &place{Conn: c, free: func() { p.give(from) }}, nil
		}
		c.Close()
	}
}

func sourceOf(c net.Conn) netip.Addr {
	a, ok := c.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	return pairing.Network(a.AddrPort().Addr())
}

func (p *perAddress) take(a netip.Addr) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open[a] >= maxOfAddress {
		return false
	}
	p.open[a]++
	return true
}

func (p *perAddress) give(a netip.Addr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open[a]--; p.open[a] == 0 {
		delete(p.open, a)
	}
}
