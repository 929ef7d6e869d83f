package signing

import (
	"github.com/strongroom-pos/strongroom/secureworld/internal/certificate"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/parameters"
)

// Parameters certifies the customer's configuration key and signs parameters with
// it.
func (m Manufacturer) Parameters(d parameters.Document, valid Validity) ([]byte, error) {
	k, err := m.certified(m.Configuration, RoleConfiguration, valid)
	if err != nil {
		return nil, err
	}
	return k.Parameters(d)
}

// ReadParameters reads signed parameters, to show them. It verifies no signature.
func ReadParameters(raw []byte) (parameters.Document, error) {
	var d parameters.Document
	if err := certificate.Body(parameters.Purpose, raw, &d); err != nil {
		return parameters.Document{}, err
	}
	return d, d.Check()
}
