package kernel3

import (
	"testing"

	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
)

// A32: somebody between card and terminal turns "PIN wanted" into "verified on the
// device", in the card's qualifiers and in their repetition (ETH at USENIX Security,
// 2021). The signature over the repetition finds it where it is asked for; where it is
// not, as for most online taps, the tap goes to the issuer without a PIN: he is told
// which verification was performed and has the card's own word in its cryptogram.
func TestA32FlippedQualifiersAreFoundByTheSignature(t *testing.T) {
	s := newSigner(t)
	const asked, device = "8000", "0080" // card transaction qualifiers
	signed := terminalData + "0111223344" + asked
	for name, c := range map[string]struct {
		reader, ctq, related string
		authenticated        bool
		result               contactless.Result
		cvm                  contactless.CVM
		oda                  ODA
	}{
		"twin":                             {"37404000", asked, asked, true, contactless.OnlineRequest, contactless.CVMOnlinePIN, ODAPassed},
		"both flipped":                     {"37404000", device, device, true, contactless.Declined, contactless.CVMNone, ODAFailed},
		"only the unsigned one flipped":    {"37404000", device, asked, true, contactless.Declined, contactless.CVMNone, ODAPassed},
		"unsigned one alone, no signature": {"36404000", device, asked, false, contactless.Declined, contactless.CVMNone, ODANotPerformed},
		"twin without a signature":         {"36404000", asked, asked, false, contactless.OnlineRequest, contactless.CVMOnlinePIN, ODANotPerformed},
		"hole: both flipped, no signature": {"36404000", device, device, false, contactless.OnlineRequest, contactless.CVMDevice, ODANotPerformed},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := careful()
			cfg.ODAForOnline = c.authenticated
			k := newKernel(t, cfg, s.keys(t), anActivation(t, c.reader))
			related := "0111223344" + c.related
			gpo := s.signing(signedCard("2000", "80", c.ctq).with(0x9F69, related), []byte{0x02, 0x00, 0x77}, unhex(t, signed))
			o := present(t, k, gpo.answer(t), s.records(t, "", ""))
			if o.Result != c.result || o.CVM != c.cvm || k.Report().ODA != c.oda {
				t.Errorf("%+v, %+v", o, k.Report())
			}
		})
	}
}
