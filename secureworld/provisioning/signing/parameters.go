package signing

import (
	"github.com/strongroom-pos/strongroom/secureworld/internal/certificate"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/parameters"
)

// Parameters certifies the customer's configuration key and signs parameters with
// it.
func (m Manufacturer) Parameters(d parameters.Document, valid Validity) ([]byte, error) {
	if _, err := d.Encode(); err != nil {
		return nil, err
	}
	cert, err := m.certify(m.Configuration, certificate.RoleConfiguration, valid)
	if err != nil {
		return nil, err
	}
	return certificate.Seal(parameters.Purpose, d, m.Configuration, cert)
}

// ReadParameters reads signed parameters, to show them. It verifies no signature.
func ReadParameters(raw []byte) (parameters.Document, error) {
	var d parameters.Document
	if err := certificate.Body(parameters.Purpose, raw, &d); err != nil {
		return parameters.Document{}, err
	}
	return d, d.Check()
}
