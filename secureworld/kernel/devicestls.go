//go:build linux

package main

import (
	"crypto"
	"crypto/tls"
	"fmt"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/devicelink"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/revocation"
)

// devicesTLS is TLS towards reader and PIN pad. A list of revoked certificates that is
// too old still refuses whom it names: the kernel cannot ask for a newer one.
func (k *kernel) devicesTLS(key crypto.Signer) (*tls.Config, error) {
	server, err := devicelink.ServerConfig(k.cfg.DoorsCert, k.cfg.DeviceCA, key)
	if err != nil || k.cfg.DeviceRevocations == "" {
		return server, err
	}
	revoked, err := revocation.Parse([]byte(k.cfg.DeviceRevocations))
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	server.VerifyConnection = revoked.Permits
	return server, nil
}
