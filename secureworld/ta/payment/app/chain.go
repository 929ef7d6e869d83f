package app

import (
	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/oda"
	"github.com/strongroom-pos/strongroom/secureworld/sred/contents"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/internal/account"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/internal/unseal"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// verifyChain recovers the card's key from its certificates (EMV 4.4 Book 2,
// clauses 6 and 7), under a certification authority's key of the signed
// parameters: a reader that made up a key would have the PIN readable for itself.
func (a *App) verifyChain(q *call.VerifyChain) (call.ChainVerified, error) {
	plaintext, err := a.kernel.do(call.HostOpenChain, q.Envelope[:], contents.ChainSize)
	if err != nil {
		return call.ChainVerified{}, err
	}
	var card account.Account
	defer card.Wipe()
	chain, err := unseal.Chain(plaintext, &card)
	if err != nil || !a.sameNumber(&card.PAN) {
		return call.ChainVerified{}, call.CodeCardData
	}
	a.prepared.Copy(&card.PAN)
	return a.recover(q, chain, &card)
}

// sameNumber compares with an earlier envelope of the attempt, if there was one.
func (a *App) sameNumber(pan *account.PAN) bool { return a.prepared.Zero() || a.prepared.Equal(pan) }

func (a *App) recover(q *call.VerifyChain, chain unseal.EMV, card *account.Account) (call.ChainVerified, error) {
	name, index := value(chain, tlv.Tag84DedicatedFileName), value(chain, tlv.Tag8FCertificationAuthorityIndex)
	challenge := value(chain, contents.TagChallenge)
	if len(name) < 5 || len(index) != 1 || len(challenge) != 8 {
		return call.ChainVerified{}, call.CodeCardData
	}
	set, err := a.authority(oda.RID(name[:5]), index[0])
	if err != nil {
		return call.ChainVerified{}, err
	}
	key, err := cardKey(set, oda.RID(name[:5]), index[0], chain, card, q.Date)
	if err != nil {
		return call.ChainVerified{}, call.CodeCardData
	}
	return call.ChainVerified{Modulus: key.Modulus, Exponent: key.Exponent, Challenge: [8]byte(challenge)}, nil
}

// cardKey is the card's key for PINs, or its key for signatures where it has no
// other (clause 7.1).
func cardKey(set oda.Set, rid oda.RID, index byte, chain unseal.EMV, card *account.Account, date [3]byte) (oda.PublicKey, error) {
	var field [10]byte
	defer clear(field[:])
	pan := card.Field(&field)
	issuer, err := set.Issuer(rid, index, value(chain, tlv.Tag90IssuerCertificate),
		value(chain, tlv.Tag92IssuerRemainder), value(chain, tlv.Tag9F32IssuerExponent), pan, date)
	if err != nil {
		return oda.PublicKey{}, err
	}
	if c, there := chain.Value(tlv.Tag9F2DPINCertificate); there {
		return oda.PINEncipherment(issuer, c, value(chain, tlv.Tag9F2FPINRemainder), value(chain, tlv.Tag9F2EPINExponent), pan, date)
	}
	return oda.ICC(issuer, value(chain, tlv.Tag9F46ICCCertificate), value(chain, tlv.Tag9F48ICCRemainder),
		value(chain, tlv.Tag9F47ICCExponent), pan, value(chain, contents.TagStatic), date)
}

// authority asks for a key of the signed parameters and what is revoked under it.
func (a *App) authority(rid oda.RID, index byte) (oda.Set, error) {
	room, err := frame.Append(make([]byte, 0, call.MaxCAKeyAnswer), call.CAKeyQuestion{RID: rid, Index: index})
	if err != nil {
		return oda.Set{}, call.CodeInternal
	}
	n, err := a.kernel.host.Do(call.HostCAKey, room)
	if err != nil {
		return oda.Set{}, err
	}
	var k call.CAKeyAnswer
	if n < 0 || n > cap(room) || frame.Parse(room[:n], &k) != nil || len(k.Revoked)%3 != 0 {
		return oda.Set{}, call.CodeInternal
	}
	key := oda.CAKey{RID: rid, Index: index, Modulus: k.Modulus, Exponent: k.Exponent, Check: k.Check, Expiry: k.Expiry}
	var revoked []oda.Revoked
	for r := k.Revoked; len(r) > 0; r = r[3:] {
		revoked = append(revoked, oda.Revoked{RID: rid, Index: index, Serial: [3]byte(r)})
	}
	set, err := oda.NewSet([]oda.CAKey{key}, revoked, 0)
	if err != nil {
		return oda.Set{}, call.CodeKey
	}
	return set, nil
}

// value of a tag, nil where it is absent.
func value(e unseal.EMV, tag tlv.Tag) []byte {
	v, _ := e.Value(tag)
	return v
}
