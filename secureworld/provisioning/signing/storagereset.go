package signing

import "github.com/strongroom-pos/strongroom/secureworld/provisioning/storagereset"

// StorageReset certifies the customer's configuration key and signs with it that
// one device's storage may begin anew.
func (m Manufacturer) StorageReset(p storagereset.Paper, valid Validity) ([]byte, error) {
	k, err := m.certified(m.Configuration, RoleConfiguration, valid)
	if err != nil {
		return nil, err
	}
	return k.StorageReset(p)
}
