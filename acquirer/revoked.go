package main

import (
	"crypto/tls"
	"errors"
	"os"

	"github.com/strongroom-pos/strongroom/secureworld/provisioning/revocation"
)

// notRevoked asks the list as it is now. Without one nobody is let in.
func notRevoked(path string, state tls.ConnectionState) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return errors.New("reading the list of revoked certificates")
	}
	l, err := revocation.Parse(b)
	if err != nil {
		return err
	}
	return l.Permits(state)
}
