//go:build !linux

package mailbox

import (
	"net"
	"time"
)

// Upgrade returns conn as it is: shared memory is for Linux.
func Upgrade(conn net.Conn, _ time.Duration) (net.Conn, bool, error) { return conn, false, nil }
