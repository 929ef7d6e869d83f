package readerlink

import (
	"crypto/sha256"
	"errors"
	"net"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/devicelink"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

var errParameters = errors.New("readerlink: the reader refused its parameters, or has others")

// configure brings the parameters and waits until the reader says that they are in
// force: it is out of service for the core before.
func (d *Door) configure(conn net.Conn, link *devicelink.Link) error {
	p := d.cfg.Parameters
	if _, err := link.Order(sred.KindConfigure, p); err != nil {
		return err
	}
	kind, body, err := devicelink.ReadFirst(conn, sred.MaxFromReader, sred.HandshakeDeadline)
	if err != nil {
		return err
	}
	if kind != sred.KindConfigured {
		return errPeer
	}
	var answer sred.Configured
	if err := frame.Parse(body, &answer); err != nil {
		return err
	}
	if answer != (sred.Configured{Version: p.Version, Digest: sha256.Sum256(p.Document)}) {
		return errParameters
	}
	return nil
}
