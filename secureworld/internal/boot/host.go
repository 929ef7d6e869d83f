package boot

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
)

// dial connects to the acquirer for the kernel that asked: its successor counts its
// dials anew. The address is boot's: the kernel cannot name another.
func (b *Boot) dial(id uint32, link *handover.Boot, slots chan struct{}) {
	select {
	case slots <- struct{}{}:
		defer func() { <-slots }()
	default:
		_ = link.Send(handover.HostFailed{ID: id, Code: handover.HostBusy}, nil)
		return
	}
	conn, err := b.connect()
	if err == nil {
		defer conn.Close()
		err = passTo(link, handover.Connected{Door: handover.DoorHost, ID: id}, conn)
	}
	if err != nil {
		_ = link.Send(handover.HostFailed{ID: id, Code: hostFailure(err)}, nil)
	}
}

var errNoHost = errors.New("no host is configured")

// connect tries the acquirer's gateways in turn. The next dial begins with the one
// behind the gateway that answered: that the kernel dials again says that the
// connection there did not last, which boot cannot see.
func (b *Boot) connect() (net.Conn, error) {
	err := errNoHost
	for _, at := range b.cfg.Host.from(int(b.nextHost.Load())) {
		var conn net.Conn
		if conn, err = reach(b.cfg.Host[at], dialWithin/time.Duration(len(b.cfg.Host))); err == nil {
			b.nextHost.Store(int64(at + 1))
			return conn, nil
		}
	}
	return nil, err
}

func reach(address string, within time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	network := "tcp"
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		network, address = "unix", path
	}
	return (&net.Dialer{}).DialContext(ctx, network, address)
}

func hostFailure(err error) handover.HostFailure {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) {
		return handover.HostTimeout
	}
	return handover.HostUnreachable
}
