package hostmsg

import (
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// readIssuer takes from DE 55 of an answer what goes back to the card: 8A, 91 and
// the templates 71 and 72 in their order. Other tags are ignored, since the MAC
// already vouches for whoever added them.
func readIssuer(out *call.Answered, icc []byte) error {
	list, err := tlv.Parse(icc)
	if err != nil {
		return call.CodeAnswer
	}
	for _, e := range list {
		switch e.Tag {
		case tlv.Tag8AAuthorisationResponseCode:
			if out.HasARC || copy(out.ARC[:], e.Value) != len(e.Value) || len(e.Value) != len(out.ARC) {
				return call.CodeAnswer
			}
			out.HasARC = true
		case tlv.Tag91IssuerAuthenticationData:
			if out.IssuerAuth != nil || len(e.Value) < minIssuerAuth || len(e.Value) > maxIssuerAuth {
				return call.CodeAnswer
			}
			out.IssuerAuth = e.Value
		case tlv.Tag71IssuerScriptTemplate1, tlv.Tag72IssuerScriptTemplate2:
			out.Scripts = tlv.Append(out.Scripts, e.Tag, e.Value)
		}
	}
	return nil
}
