package kernel3

import (
	"bytes"

	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
)

// verify is clause 5.7: what the card asks for by its qualifiers where the
// reader can do it, and nothing less than the reader requires.
func (k *Kernel) verify() contactless.CVM {
	if !k.card.Has(tag9F6CCardQualifiers) {
		if k.ttq.cvmRequired() {
			return k.verifyUnasked()
		}
		return contactless.CVMNone
	}
	q := k.ctq()
	switch {
	case q.onlinePIN() && k.ttq.onlinePIN():
		k.requireOnline()
		return contactless.CVMOnlinePIN
	case q.deviceVerified():
		if k.deviceCredible(q) {
			return contactless.CVMDevice
		}
		k.refuse(ReasonDeviceCVM)
	case q.signature() && k.ttq.signature():
		return contactless.CVMSignature
	case k.ttq.cvmRequired():
		k.refuse(ReasonCVM)
	}
	return contactless.CVMNone
}

// verifyUnasked is for cards that say nothing: signature before online PIN.
func (k *Kernel) verifyUnasked() contactless.CVM {
	switch {
	case k.ttq.signature():
		return contactless.CVMSignature
	case k.ttq.onlinePIN():
		k.requireOnline()
		return contactless.CVMOnlinePIN
	default:
		k.refuse(ReasonCVM)
		return contactless.CVMNone
	}
}

// deviceCredible: 9F69, which fDDA signs, repeats the qualifiers in bytes 6 and
// 7. Without it only the issuer can tell, so the transaction must be the
// issuer's to decide.
func (k *Kernel) deviceCredible(q ctq) bool {
	related, ok := k.card.Get(tag9F69AuthenticationData)
	if !ok {
		return k.report.Cryptogram == ARQC
	}
	return len(related) >= 7 && bytes.Equal(related[5:7], q[:])
}
