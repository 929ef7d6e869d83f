package carrier

import "sync"

// stream is one connection. Two goroutines serve it: up takes from the connection
// to the port, down from the port to the connection.
type stream struct {
	mux  *Mux
	id   uint32
	conn Conn

	mu       sync.Mutex
	changed  *sync.Cond
	room     int // bytes that the other end still takes
	queue    [][]byte
	queued   int  // bytes that came and were not given credit for
	sentEnd  bool // up is done
	cameEnd  bool // no more comes
	drained  bool // down is done
	abandons bool
}

func newStream(m *Mux, id uint32, c Conn) *stream {
	s := &stream{mux: m, id: id, conn: c, room: window}
	s.changed = sync.NewCond(&s.mu)
	return s
}

func (s *stream) run() {
	go s.up()
	go s.down()
}

// up reads no more than the other end takes.
func (s *stream) up() {
	buffer := make([]byte, maxData)
	for {
		n := s.awaitRoom()
		if n == 0 {
			return
		}
		n, err := s.conn.Read(buffer[:n])
		s.spent(n) // first: its credit may come before send returns
		if n > 0 && s.mux.send(frame{kindData, s.id, buffer[:n]}) != nil {
			s.mux.over(s)
			return
		}
		if err != nil {
			break
		}
	}
	if s.mux.send(frame{kind: kindEnd, conn: s.id}) != nil {
		s.mux.over(s)
		return
	}
	s.finish(&s.sentEnd)
}

// awaitRoom is how much may be read now, 0 when the connection is over.
func (s *stream) awaitRoom() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.room == 0 && !s.abandons {
		s.changed.Wait()
	}
	if s.abandons {
		return 0
	}
	return min(s.room, maxData)
}

func (s *stream) spent(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.room -= n
}

// down writes what came and gives credit for it.
func (s *stream) down() {
	for {
		chunk, ok := s.next()
		if !ok {
			break
		}
		if _, err := s.conn.Write(chunk); err != nil {
			_ = s.mux.send(frame{kind: kindReset, conn: s.id}) // a port that ended ends this too
			s.mux.over(s)
			return
		}
		s.taken(len(chunk))
		if s.mux.send(credit(s.id, len(chunk))) != nil {
			s.mux.over(s)
			return
		}
	}
	_ = s.conn.CloseWrite() // it may have gone
	s.finish(&s.drained)
}

// next is what to write next; false when nothing comes any more.
func (s *stream) next() ([]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.queue) == 0 && !s.cameEnd && !s.abandons {
		s.changed.Wait()
	}
	if s.abandons || len(s.queue) == 0 {
		return nil, false
	}
	chunk := s.queue[0]
	s.queue = s.queue[1:]
	return chunk, true
}

func (s *stream) taken(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queued -= n
}

// take is what the port brought. It never waits.
func (s *stream) take(f frame) error {
	if f.kind == kindReset {
		s.mux.over(s)
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.changed.Broadcast()
	switch f.kind {
	case kindData:
		if s.cameEnd || s.queued+len(f.payload) > window {
			return ErrMalformed
		}
		s.queue, s.queued = append(s.queue, f.payload), s.queued+len(f.payload)
	case kindEnd:
		if s.cameEnd {
			return ErrMalformed
		}
		s.cameEnd = true
	case kindCredit:
		if s.room += int(f.credit()); s.room > window {
			return ErrMalformed
		}
	}
	return nil
}

// finish notes that one direction is done; with both the connection is over.
func (s *stream) finish(direction *bool) {
	s.mu.Lock()
	*direction = true
	both := s.sentEnd && s.drained
	s.mu.Unlock()
	if both {
		s.mux.over(s)
	}
}

// abandon closes this end and frees both goroutines.
func (s *stream) abandon() {
	s.mu.Lock()
	s.abandons = true
	s.changed.Broadcast()
	s.mu.Unlock()
	_ = s.conn.Close() // twice does no harm
}
