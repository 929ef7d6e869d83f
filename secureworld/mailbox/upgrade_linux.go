package mailbox

import (
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox/ring"
)

// Upgrade asks, at the beginning of a session, that it go on in shared memory, and
// returns what carries it then: that, or conn as it was where nothing is shared. It
// owns conn, and closes it with an error.
func Upgrade(conn net.Conn, within time.Duration) (carrier net.Conn, shared bool, err error) {
	socket, ok := conn.(*net.UnixConn)
	if !ok {
		return conn, false, nil
	}
	memory, given, err := ask(socket, within)
	switch {
	case err != nil:
		return nil, false, errors.Join(err, socket.Close())
	case !given:
		return conn, false, nil
	}
	c, err := ring.Join(socket, memory)
	if err != nil {
		return nil, false, fmt.Errorf("%w: %w", ErrRing, err)
	}
	return c, true, nil
}

// ask returns the memory exactly when it was given.
func ask(socket *net.UnixConn, within time.Duration) (memory *os.File, given bool, err error) {
	if err := socket.SetDeadline(time.Now().Add(within)); err != nil {
		return nil, false, err
	}
	answer, memory, err := ring.Ask(socket, []byte{frame.Version, KindOpenRing, 0, 0}, maxRingAnswer)
	if err == nil {
		given, err = offered(answer)
	}
	if err == nil && given != (memory != nil) {
		err = ErrRing
	}
	if err = errors.Join(err, socket.SetDeadline(time.Time{})); err != nil && memory != nil {
		_ = memory.Close() // the first error is the one to tell
	}
	return memory, given, err
}
