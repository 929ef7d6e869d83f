// Package kernel4 is the EMV mode of EMV contactless kernel 4 (Book C-4: American
// Express), in so far as it is the flow that kernel 2 has too: GET PROCESSING
// OPTIONS, records, restrictions, CVM list, action codes, one GENERATE AC with
// CDA. It runs kernel 2's machine for that and adds the reader's own elements.
//
// Programs that run contactless transactions import it. What kernel2 says of
// PINs and account data holds here.
//
// BUG(kernel4): magnetic stripe mode, the mobile CVM results of a device (9F71),
// its second tap and delayed authorisation are not built; a card that offers
// stripe data only ends in an error, and a device's own verification does not
// count.
package kernel4

import (
	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless/kernel2"
	"github.com/strongroom-pos/strongroom/secureworld/oda"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// What the reader says of itself (Book C-4, Annex A).
const (
	tag9F6DReader         tlv.Tag = 0x9F6D // contactless reader capabilities
	tag9F6EEnhancedReader tlv.Tag = 0x9F6E // enhanced contactless reader capabilities
)

// A Config is kernel 4's part of the signed reader configuration. Of EMV, what
// belongs to kernel 2 alone is refused.
type Config struct {
	EMV                  kernel2.Config `json:"emv"`
	Capabilities         emv.Hex        `json:"capabilities"`          // 9F6D, 1 byte
	EnhancedCapabilities emv.Hex        `json:"enhanced_capabilities"` // 9F6E, 4 bytes
}

// Validate returns kernel2.ErrConfig for what cannot be honoured.
func (c Config) Validate() error {
	e := c.EMV
	if len(c.Capabilities) != 1 || len(c.EnhancedCapabilities) != 4 ||
		e.Stripe != nil || e.Relay != nil || e.TornDepth != 0 || e.OnDeviceCVM {
		return kernel2.ErrConfig
	}
	return e.Validate()
}

// New checks the configuration and returns what makes kernels with it. keys are
// the certification authority keys for CDA. cfg must not be modified afterwards.
func New(cfg Config, keys oda.Set) (contactless.NewKernel, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return func(a contactless.Activation) (contactless.Kernel, error) {
		k, err := kernel2.ActivateEMV(cfg.EMV, keys, a, tlv.List{
			{Tag: tag9F6DReader, Value: cfg.Capabilities}, {Tag: tag9F6EEnhancedReader, Value: cfg.EnhancedCapabilities},
		})
		if err != nil {
			return nil, err // not a nil *Kernel inside an interface
		}
		return k, nil
	}, nil
}
