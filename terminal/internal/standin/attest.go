package standin

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/attestation"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
)

// evidence answers as a device would that nobody certified.
func evidence(body []byte) (any, error) {
	var q mailbox.Attest
	if err := frame.Parse(body, &q); err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	e, err := attestation.Sign(attestation.Report{Audience: attestation.AudienceAppWorld, Nonce: q.Nonce, Time: time.Now(),
		Device: "STANDIN1", Isolation: "process", Memory: "memfd_secret", StorageRoot: "file", Label: attestation.LabelSelfReported, Module: "v1.0.0",
		Applications: []attestation.Application{{Name: "payment"}}, App: attestation.App{State: attestation.AppMeasured, Time: time.Now()}}, key, nil)
	if err != nil {
		return nil, err
	}
	b, err := e.Encode()
	return mailbox.Evidence{Evidence: b}, err
}
