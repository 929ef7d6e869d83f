package application

import (
	"bytes"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/sred/contents"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

var challenge = []byte{1, 2, 3, 4, 5, 6, 7, 8}

// certificates gives the lane's card a key for PINs under an authority of the
// lane's, and returns what a reader collects of it.
func (l *lane) certificates() (tlv.List, virtualcard.RSAKey) {
	l.t.Helper()
	scheme, err := virtualcard.GenerateScheme([]byte{0xA0, 0, 0, 0, 0x03}, 0xE0)
	l.must(err)
	p, err := virtualcard.Personalise(virtualcard.Profile{PAN: string(l.digits), PSN: 7, Expiry: "2812",
		IssuerMasterKey: bytes.Repeat([]byte{0x5B}, 16), ODA: "dda", PIN: "1234", SeparatePINKey: true,
		CVMList: append(make(virtualcard.Hex, 8), 0x44, 0x03)}, scheme)
	l.must(err)
	k, c := scheme.Public(), p.Certificates
	l.caName = call.CAKeyQuestion{RID: [5]byte(k.RID), Index: k.Index[0]}
	l.ca = call.CAKeyAnswer{Check: [20]byte(k.Check), Exponent: k.Exponent, Modulus: k.Modulus}
	return tlv.List{{Tag: 0x84, Value: []byte{0xA0, 0, 0, 0, 0x03, 0x10, 0x10}}, {Tag: 0x8F, Value: []byte{c.Index}},
		{Tag: 0x90, Value: c.Issuer}, {Tag: 0x92, Value: c.IssuerRemainder}, {Tag: 0x9F32, Value: c.IssuerExponent},
		{Tag: 0x9F2D, Value: c.PIN}, {Tag: 0x9F2E, Value: c.PINKey.Exponent}, {Tag: 0x9F2F, Value: c.PINRemainder},
		{Tag: contents.TagChallenge, Value: challenge}}, c.PINKey
}

// sealChain is the reader's.
func (l *lane) sealChain(digest [32]byte, chain tlv.List) sred.ChainEnvelope {
	l.t.Helper()
	tx, err := l.reader.Next(make([]byte, dukpt.RoomTransaction), func([]byte) error { return nil })
	l.must(err)
	present := chain[:0:0]
	for _, o := range chain {
		if len(o.Value) > 0 {
			present = append(present, o)
		}
	}
	plain, err := contents.PackChain(make([]byte, 0, sred.SealedChainSize), tlv.AppendList(nil, l.account), tlv.AppendList(nil, present))
	l.must(err)
	env, err := sred.SealChain(tx, digest, l.id, plain)
	l.must(err)
	return env
}

func (l *lane) verify(env sred.ChainEnvelope) transaction.Event {
	return l.app.VerifyChain(l.t.Context(), transaction.VerifyChain{Order: l.order, Date: terms().Date, Envelope: env}, l.digest)
}

func TestACardsKeyIsRecoveredUnderTheAuthorityOfTheParameters(t *testing.T) {
	forBoth(t, func(t *testing.T, l *lane) {
		chain, key := l.certificates()
		l.order = sred.OrderID(random(16))
		for range 2 { // a wrong PIN is followed by another
			e, ok := l.verify(l.sealChain(l.digest, chain)).(transaction.ChainVerified)
			if !ok || e.Order != l.order || !bytes.Equal(e.Modulus, key.Modulus) || !bytes.Equal(e.Exponent, key.Exponent) ||
				!bytes.Equal(e.Challenge[:], challenge) {
				t.Fatalf("%+v", e)
			}
		}
	})
}

func TestChainsThatDoNotVerifyGiveNoKey(t *testing.T) {
	forBoth(t, func(t *testing.T, l *lane) {
		chain, _ := l.certificates()
		l.order = sred.OrderID(random(16))
		forged := append(tlv.List{}, chain...)
		forged[5].Value = append(bytes.Clone(forged[5].Value[:10]), bytes.Repeat([]byte{0x66}, len(forged[5].Value)-10)...)
		other := l.digest
		other[0]++
		known := l.caName
		for name, c := range map[string]struct {
			env  sred.ChainEnvelope
			name call.CAKeyQuestion
			want call.Code
		}{
			"a forged certificate":     {l.sealChain(l.digest, forged), known, call.CodeCardData},
			"another order's":          {l.sealChain(other, chain), known, call.CodeEnvelope},
			"an unknown authority":     {l.sealChain(l.digest, chain), call.CAKeyQuestion{}, call.CodeKey},
			"without the key for PINs": {l.sealChain(l.digest, chain[:5]), known, call.CodeCardData},
		} {
			l.caName = c.name
			if e, ok := l.verify(c.env).(transaction.WorkFailed); !ok || e.Code != c.want {
				t.Errorf("%s: %+v", name, e)
			}
			l.app.End() // as the core orders it: the instance does nothing more
		}
	})
}
