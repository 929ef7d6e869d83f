package httpapi

import (
	"net"
	"sync"
)

// Bounded holds the number of connections to MaxConnections; one more waits
// until another has ended.
func Bounded(l net.Listener) net.Listener {
	return &bounded{Listener: l, places: make(chan struct{}, MaxConnections), closed: make(chan struct{})}
}

type bounded struct {
	net.Listener
	places chan struct{}
	once   sync.Once
	closed chan struct{}
}

func (b *bounded) Accept() (net.Conn, error) {
	select {
	case b.places <- struct{}{}:
	case <-b.closed:
		return nil, net.ErrClosed
	}
	c, err := b.Listener.Accept()
	if err != nil {
		<-b.places
		return nil, err
	}
	return &place{Conn: c, free: func() { <-b.places }}, nil
}

func (b *bounded) Close() error {
	b.once.Do(func() { close(b.closed) })
	return b.Listener.Close()
}

type place struct {
	net.Conn
	once sync.Once
	free func()
}

func (p *place) Close() error {
	p.once.Do(p.free)
	return p.Conn.Close()
}
