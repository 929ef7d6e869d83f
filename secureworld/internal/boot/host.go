package boot

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"

	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
)

// dial connects to the acquirer for the kernel that asked: its successor counts its
// dials anew. The address is boot's: the
// kernel cannot name another.
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

func (b *Boot) connect() (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), dialWithin)
	defer cancel()
	network, address := "tcp", b.cfg.Host
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
