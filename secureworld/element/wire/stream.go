package wire

import (
	"syscall"
	"unsafe"
)

// stream is one direction of a socket.
type stream struct {
	wait   func(try func(fd uintptr) bool) error // until try has done something; nil: no socket
	try    func(fd uintptr) bool
	number uintptr // of the system call

	// Of the call under way.
	b   []byte
	n   int
	err error
}

func (s *stream) prepare(wait func(func(uintptr) bool) error, number uintptr) {
	s.wait, s.number = wait, number
	s.try = s.once // one object, not one for each call
}

// call reads into b or writes it, as far as the socket takes it; 0: its end.
func (s *stream) call(b []byte) (int, error) {
	s.b, s.n, s.err = b, 0, nil
	if err := s.wait(s.try); err != nil {
		return 0, err
	}
	s.b = nil
	return s.n, s.err
}

// once makes one call. The runtime keeps sockets from blocking.
func (s *stream) once(fd uintptr) (done bool) {
	for {
		n, _, errno := syscall.RawSyscall(s.number, fd, uintptr(unsafe.Pointer(unsafe.SliceData(s.b))), uintptr(len(s.b))) //nolint:gosec // s.b lives through the call
		switch errno {
		case 0:
			s.n = int(n)
			return true
		case syscall.EAGAIN:
			return false
		case syscall.EINTR:
			continue
		}
		s.err = errno
		return true
	}
}
