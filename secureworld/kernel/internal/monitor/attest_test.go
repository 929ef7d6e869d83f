package monitor

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// notary says what it was asked, and by whom.
type notary struct{ fails bool }

func (n notary) Attest(app App, nonce [32]byte) ([]byte, error) {
	if n.fails {
		return nil, errors.New("no key")
	}
	return append(app.Digest[:1:1], nonce[0]), nil
}

func (notary) Prove(app App, challenge [32]byte) mailbox.Proof {
	return mailbox.Proof{Nonce: challenge, Binding: app.Binding, Signature: make([]byte, 64)}
}

func TestTheSecureWorldSaysWhatItIsAndProvesItsLicence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		g.cfg.Witness = notary{}
		conn, ended := g.session()
		app := mailbox.NewClient(conn)
		evidence, err := app.Attest(payment.Digest{7})
		if err != nil || len(evidence) != 2 || evidence[1] != 7 {
			t.Errorf("%x, %v", evidence, err)
		}
		proof, err := app.Prove(payment.Digest{8})
		if err != nil || proof.Nonce != (payment.Digest{8}) || len(proof.Signature) != 64 {
			t.Errorf("%+v, %v", proof, err)
		}
		g.cfg.Witness = notary{fails: true}
		var refused *mailbox.RefusedError
		if _, err := app.Attest(payment.Digest{}); !errors.As(err, &refused) {
			t.Errorf("without a key: %v", err)
		}
		_ = conn.Close()
		<-ended
	})
}
