package carrier

import (
	"errors"
	"io"
	"sync"
)

// Conn is one end of a connection that is carried: a stream socket.
type Conn interface {
	io.ReadWriteCloser
	CloseWrite() error
}

// Mux carries the connections of one door over one port.
type Mux struct {
	port   io.ReadWriteCloser
	accept func(opening []byte) (Conn, error) // nil outside

	writing sync.Mutex // one frame at a time

	mu    sync.Mutex
	last  uint32 // the highest number so far
	conns map[uint32]*stream
	ended bool
}

// Outside makes boot's end of a port.
func Outside(port io.ReadWriteCloser) *Mux {
	return &Mux{port: port, conns: map[uint32]*stream{}}
}

// Inside makes the guest's end. accept is called with what the outside says of a
// connection, and gives the end to carry it to; an error refuses it.
func Inside(port io.ReadWriteCloser, accept func(opening []byte) (Conn, error)) *Mux {
	return &Mux{port: port, accept: accept, conns: map[uint32]*stream{}}
}

// ErrFull says that a port carries as many connections as it may, or has ended.
var ErrFull = errors.New("carrier: no room for another connection")

// Carry carries a connection to the inside. The connection is the carrier's from
// here on, whatever it returns.
func (m *Mux) Carry(opening []byte, c Conn) error {
	if len(opening) == 0 || len(opening) > maxOpening {
		return errors.Join(ErrMalformed, c.Close())
	}
	// The number and its frame go together: inside, numbers must come in order.
	m.writing.Lock()
	s := m.add(m.last+1, c)
	if s == nil {
		m.writing.Unlock()
		return errors.Join(ErrFull, c.Close())
	}
	_, err := m.port.Write(frame{kindOpen, s.id, opening}.encode())
	m.writing.Unlock()
	if err != nil {
		m.over(s)
		return err
	}
	s.run()
	return nil
}

// Run takes what comes through the port until it ends; its error is never nil.
func (m *Mux) Run() error {
	defer m.close()
	for {
		f, err := readFrame(m.port)
		if err != nil {
			return err
		}
		if err := m.take(f); err != nil {
			return err
		}
	}
}

func (m *Mux) take(f frame) error {
	if f.kind == kindOpen {
		return m.opened(f)
	}
	m.mu.Lock()
	s, known := m.conns[f.conn], f.conn <= m.last
	m.mu.Unlock()
	switch {
	case !known:
		return ErrMalformed
	case s == nil:
		return nil // it is over, and this was under way
	}
	return s.take(f)
}

// opened begins a connection that the outside announced. One that cannot be
// served is reset: the port goes on.
func (m *Mux) opened(f frame) error {
	if m.accept == nil || f.conn != m.last+1 {
		return ErrMalformed
	}
	c, err := m.accept(f.payload)
	if err != nil {
		m.mu.Lock()
		m.last = f.conn
		m.mu.Unlock()
		return m.send(frame{kind: kindReset, conn: f.conn})
	}
	s := m.add(f.conn, c)
	if s == nil {
		return errors.Join(ErrMalformed, c.Close())
	}
	s.run()
	return nil
}

func (m *Mux) send(f frame) error {
	m.writing.Lock()
	defer m.writing.Unlock()
	_, err := m.port.Write(f.encode())
	return err
}

// add makes a stream, or none where there is no room.
func (m *Mux) add(id uint32, c Conn) *stream {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ended || len(m.conns) >= maxConnections {
		return nil
	}
	s := newStream(m, id, c)
	m.conns[id], m.last = s, id
	return s
}

// over forgets a connection and closes its end here.
func (m *Mux) over(s *stream) {
	m.mu.Lock()
	delete(m.conns, s.id)
	m.mu.Unlock()
	s.abandon()
}

// close ends the port and everything that it carried.
func (m *Mux) close() {
	m.mu.Lock()
	m.ended = true
	var all []*stream
	for _, s := range m.conns {
		all = append(all, s)
	}
	clear(m.conns)
	m.mu.Unlock()
	for _, s := range all {
		s.abandon()
	}
	_ = m.port.Close() // it has ended already
}
