package main

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"

	"github.com/strongroom-pos/strongroom/secureworld/element/overseer"
)

// maxPEM bounds a file with one certificate.
const maxPEM = 8 << 10

// certificate reads one certificate of the MCU's folder.
func certificate(folder, name string) (*x509.Certificate, error) {
	b, err := os.ReadFile(filepath.Join(folder, name)) //nolint:gosec // named by the operator
	if err != nil || len(b) > maxPEM {
		return nil, errors.New("reading " + name)
	}
	block, rest := pem.Decode(b)
	if block == nil || block.Type != "CERTIFICATE" || len(rest) != 0 {
		return nil, errors.New("reading " + name + ": not one certificate")
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, errors.New("reading " + name + ": not a certificate")
	}
	return c, nil
}

// authorities reads the roots of those who vouch for elements.
func authorities(folder string) (a overseer.Authorities, err error) {
	if a.Manufacturer, err = certificate(folder, "manufacturer-ca.pem"); err != nil {
		return a, err
	}
	a.Operator, err = certificate(folder, "operator-ca.pem")
	return a, err
}
