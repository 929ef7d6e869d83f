package signing

import (
	"github.com/strongroom-pos/strongroom/secureworld/internal/certificate"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/storagereset"
)

// StorageReset certifies the customer's configuration key and signs with it that
// one device's storage may begin anew.
func (m Manufacturer) StorageReset(p storagereset.Paper, valid Validity) ([]byte, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	cert, err := m.certify(m.Configuration, certificate.RoleConfiguration, valid)
	if err != nil {
		return nil, err
	}
	return certificate.Seal(storagereset.Purpose, p, m.Configuration, cert)
}
