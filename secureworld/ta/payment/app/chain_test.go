package app_test

import (
	"bytes"
	"context"
	"slices"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/iso7816"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt/receiver"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/sred/contents"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

const caIndex = 0xE0

func visaAID() []byte { return []byte{0xA0, 0, 0, 0, 0x03, 0x10, 0x10} }

// certified is a card with certificates, the scheme that signed them, and what a
// reader collects of it until the PIN is asked for.
type certified struct {
	*card
	scheme  virtualcard.Scheme
	profile virtualcard.Profile
	chain   tlv.List
}

// newCertified makes a card whose PIN is enciphered under a key of its own, or
// under its key for signatures.
func newCertified(t testing.TB, ownKey bool) *certified {
	t.Helper()
	scheme, err := virtualcard.GenerateScheme(visaAID()[:5], caIndex)
	if err != nil {
		t.Fatal(err)
	}
	return personalised(t, scheme, ownKey)
}

func personalised(t testing.TB, scheme virtualcard.Scheme, ownKey bool) *certified {
	t.Helper()
	plain := visa(t)
	profile, err := virtualcard.Personalise(virtualcard.Profile{
		PAN: string(plain.digits), PSN: 7, Expiry: "2812", ServiceCode: "201", Label: "VISA TEST", AID: visaAID(),
		IssuerMasterKey: bytes.Repeat([]byte{0x5B}, 16), ODA: "cda", PIN: "1234", SeparatePINKey: ownKey,
		CVMList: append(make(virtualcard.Hex, 8), 0x44, 0x03, 0x1F, 0x03), // enciphered PIN by the card, else none
	}, scheme)
	if err != nil {
		t.Fatal(err)
	}
	c := &certified{scheme: scheme, profile: profile}
	c.read(t)
	c.digits = plain.digits
	return c
}

// read drives the contact kernel to the question for the PIN.
func (c *certified) read(t testing.TB) {
	t.Helper()
	k := c.scheme.Public()
	tx := emv.New(emv.Config{
		TerminalType: emv.Hex{0x21}, Capabilities: emv.Hex{0x60, 0x78, 0xC8}, Additional: emv.Hex{0x60, 0, 0xF0, 0xA0, 0x01},
		InterfaceSerial: "READER01", TerminalID: "TERM0001",
		ODA: &emv.ODA{MinBits: 1024, Keys: []emv.CAKey{{RID: emv.Hex(k.RID), Index: emv.Hex(k.Index),
			Modulus: emv.Hex(k.Modulus), Exponent: emv.Hex(k.Exponent), Check: emv.Hex(k.Check)}}},
		Applications: []emv.Application{{AID: visaAID(), Version: emv.Hex{0x13, 0x13}, TACDenial: make(emv.Hex, 5),
			TACOnline: bytes.Repeat(emv.Hex{0xFF}, 5), TACDefault: bytes.Repeat(emv.Hex{0xFF}, 5)}},
	}, emv.Order{Amount: 1234, Currency: 978, CurrencyExponent: 2, Country: 276,
		Date: saleTerms().Date, Time: saleTerms().Time, UnpredictableNumber: saleTerms().Unpredictable, SequenceCounter: 42})
	chip, err := virtualcard.New(c.profile, nil)
	if err != nil {
		t.Fatal(err)
	}
	link, a := iso7816.NewLink(virtualcard.NewConn(chip)), tx.Next(emv.Start())
	for a.Kind == emv.ActionTransmit {
		r, err := link.Exchange(context.Background(), a.Command)
		if err != nil {
			t.Fatal(err)
		}
		a = tx.Next(emv.Response(r))
	}
	if a.Kind != emv.ActionEncipherPIN {
		t.Fatalf("the card asks for no PIN of its own: action %d, %s", a.Kind, a.Reason)
	}
	c.card = &card{account: parsed(t, tx.AccountTLV(nil))}
	c.chain = parsed(t, tx.PINChain(nil))
}

func parsed(t testing.TB, b []byte) tlv.List {
	t.Helper()
	l, err := tlv.Parse(bytes.Clone(b))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// twin is the same card, to be changed.
func (c *certified) twin() *certified {
	copied := *c
	copied.card = &card{digits: c.digits, account: slices.Clone(c.account), chip: slices.Clone(c.chip)}
	copied.chain = slices.Clone(c.chain)
	return &copied
}

// saying replaces an object of the chain; nil drops it.
func (c *certified) saying(tag tlv.Tag, value []byte) { c.chain = replaced(c.chain, tag, value) }

// flip changes one bit of an object.
func (c *certified) flip(t testing.TB, tag tlv.Tag, at int) {
	t.Helper()
	v, there := c.chain.Find(tag)
	if !there {
		t.Fatalf("%X is not in the chain", tag)
	}
	v = bytes.Clone(v)
	v[at] ^= 1
	c.saying(tag, v)
}

// trusts puts the card's authority into the signed parameters.
func (l *lane) trusts(c *certified) {
	k := c.scheme.Public()
	l.authority = call.CAKeyQuestion{RID: [5]byte(k.RID), Index: k.Index[0]}
	l.caAnswer = authorityOf(c)
}

func authorityOf(c *certified) call.CAKeyAnswer {
	k := c.scheme.Public()
	return call.CAKeyAnswer{Modulus: k.Modulus, Exponent: k.Exponent, Check: [20]byte(k.Check)}
}

// sealedChain seals account data and certificates as the reader does.
func (l *lane) sealedChain(c *certified) (sealed [contents.SealedChainSize]byte) {
	l.t.Helper()
	plaintext, err := contents.PackChain(make([]byte, 0, contents.SealedChainSize),
		tlv.AppendList(nil, c.account), tlv.AppendList(nil, c.chain))
	if err != nil {
		l.t.Fatal(err)
	}
	ksn := dukpt.KSN{1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 9}
	tx, err := receiver.Transaction(l.readerKey[:], dukpt.AES256, ksn, make([]byte, dukpt.RoomTransaction))
	if err != nil {
		l.t.Fatal(err)
	}
	e, err := sred.SealChain(tx, l.order, l.reader, plaintext)
	if err != nil {
		l.t.Fatal(err)
	}
	l.envelopeKSN[call.HostOpenChain] = e.KSN
	return e.Sealed
}

func (l *lane) verifyChain(c *certified) (got call.ChainVerified, code call.Code) {
	l.t.Helper()
	q := call.VerifyChain{Date: l.terms.Date, Envelope: l.sealedChain(c)}
	return got, l.call(call.OpVerifyChain, q, &got)
}

func TestTheChainEndsInTheKeyOfTheCard(t *testing.T) {
	for name, ownKey := range map[string]bool{"a key for PINs": true, "one key for all": false} {
		c, l := newCertified(t, ownKey), newLane(t)
		l.trusts(c)
		want := c.profile.Certificates.Key
		if ownKey {
			want = c.profile.Certificates.PINKey
		}
		got, code := l.verifyChain(c)
		challenge, _ := c.chain.Find(contents.TagChallenge)
		if code != 0 || !bytes.Equal(got.Modulus, want.Modulus) || !bytes.Equal(got.Exponent, want.Exponent) {
			t.Errorf("%s: %v, %d bytes, exponent %X", name, code, len(got.Modulus), got.Exponent)
		}
		if !bytes.Equal(got.Challenge[:], challenge) {
			t.Errorf("%s: challenge %X", name, got.Challenge)
		}
	}
}

func TestChainsThatDoNotVerifyAreRefused(t *testing.T) {
	own, one := newCertified(t, true), newCertified(t, false)
	other := personalised(t, own.scheme, true)
	type change struct {
		of   *certified
		do   func(*lane, *certified)
		code call.Code
	}
	const data, key = call.CodeCardData, call.CodeKey
	changes := map[string]change{
		"issuer certificate":          {own, func(_ *lane, c *certified) { c.flip(t, 0x90, 40) }, data},
		"no issuer certificate":       {own, func(_ *lane, c *certified) { c.saying(0x90, nil) }, data},
		"issuer exponent":             {own, func(_ *lane, c *certified) { c.saying(0x9F32, []byte{1, 0, 1}) }, data},
		"PIN certificate":             {own, func(_ *lane, c *certified) { c.flip(t, 0x9F2D, 40) }, data},
		"PIN certificate without end": {own, func(_ *lane, c *certified) { v, _ := c.chain.Find(0x9F2D); c.saying(0x9F2D, v[:len(v)-1]) }, data},
		"PIN remainder":               {own, func(_ *lane, c *certified) { c.saying(0x9F2F, []byte{1, 2, 3}) }, data},
		"no PIN exponent":             {own, func(_ *lane, c *certified) { c.saying(0x9F2E, nil) }, data},
		"PIN certificate of another":  {own, func(_ *lane, c *certified) { v, _ := other.chain.Find(0x9F2D); c.saying(0x9F2D, v) }, data},
		"number of another card":      {own, func(_ *lane, c *certified) { c.account = other.account }, data},
		"no account data":             {own, func(_ *lane, c *certified) { c.account = nil }, data},
		"card certificate":            {one, func(_ *lane, c *certified) { c.flip(t, 0x9F46, 40) }, data},
		"no card certificate":         {one, func(_ *lane, c *certified) { c.saying(0x9F46, nil) }, data},
		"static data":                 {one, func(_ *lane, c *certified) { c.flip(t, contents.TagStatic, 5) }, data},
		"no static data":              {one, func(_ *lane, c *certified) { c.saying(contents.TagStatic, nil) }, data},
		"short challenge":             {own, func(_ *lane, c *certified) { c.saying(contents.TagChallenge, make([]byte, 7)) }, data},
		"long challenge":              {own, func(_ *lane, c *certified) { c.saying(contents.TagChallenge, make([]byte, 9)) }, data},
		"no challenge":                {own, func(_ *lane, c *certified) { c.saying(contents.TagChallenge, nil) }, data},
		"no index":                    {own, func(_ *lane, c *certified) { c.saying(0x8F, nil) }, data},
		"index of two bytes":          {own, func(_ *lane, c *certified) { c.saying(0x8F, []byte{caIndex, 0}) }, data},
		"unknown index":               {own, func(_ *lane, c *certified) { c.saying(0x8F, []byte{caIndex - 1}) }, key},
		"no name":                     {own, func(_ *lane, c *certified) { c.saying(0x84, nil) }, data},
		"name without RID":            {own, func(_ *lane, c *certified) { c.saying(0x84, visaAID()[:4]) }, data},
		"another RID":                 {own, func(_ *lane, c *certified) { c.saying(0x84, []byte{0xA0, 0, 0, 0, 0x04, 0x10, 0x10}) }, key},
		"account data in the chain":   {own, func(_ *lane, c *certified) { c.saying(0x5A, []byte{0x47}) }, data},
		"certificate twice":           {own, func(_ *lane, c *certified) { c.chain = append(c.chain, c.chain[2]) }, data},
		"key of another scheme": {own, func(l *lane, _ *certified) {
			l.caAnswer.Modulus, l.caAnswer.Check = one.scheme.CA.Modulus, [20]byte(one.scheme.Public().Check)
		}, data},
		"authority's key changed":      {own, func(l *lane, _ *certified) { m := bytes.Clone(l.caAnswer.Modulus); m[9] ^= 1; l.caAnswer.Modulus = m }, key},
		"check value changed":          {own, func(l *lane, _ *certified) { l.caAnswer.Check[0] ^= 1 }, key},
		"authority's key expired":      {own, func(l *lane, _ *certified) { l.caAnswer.Expiry = [3]byte{0x26, 0x11, 0x20} }, data},
		"issuer revoked":               {own, func(l *lane, _ *certified) { l.caAnswer.Revoked = []byte{9, 9, 9, 0, 0, 1} }, data},
		"revocation list cut off":      {own, func(l *lane, _ *certified) { l.caAnswer.Revoked = []byte{9, 9, 9, 0, 0} }, call.CodeInternal},
		"certificates expired":         {own, func(l *lane, _ *certified) { l.terms.Date = [3]byte{0x32, 0x01, 0x01} }, data},
		"kernel's key without a frame": {own, func(l *lane, _ *certified) { l.after = shortAuthority }, call.CodeInternal},
	}
	for name, c := range changes {
		l, twin := newLane(t), c.of.twin()
		l.trusts(twin)
		c.do(l, twin)
		if got, code := l.verifyChain(twin); code != c.code || got.Modulus != nil {
			t.Errorf("%s: %v, %d bytes", name, code, len(got.Modulus))
		}
		if code := l.raw(call.OpAuthorise); code != call.CodeNotPermitted {
			t.Errorf("%s: the instance goes on: %v", name, code)
		}
	}
}

func shortAuthority(fn uint32, _ []byte, n int) (int, error) {
	if fn == call.HostCAKey {
		return n - 1, nil
	}
	return n, nil
}

func TestKeysAndListsThatAreStillGoodDoNotHinder(t *testing.T) {
	c := newCertified(t, true)
	for name, change := range map[string]func(*lane){
		"last day":        func(l *lane) { l.caAnswer.Expiry = l.terms.Date },
		"another revoked": func(l *lane) { l.caAnswer.Revoked = []byte{9, 9, 9, 0, 0, 2} },
		"full list":       func(l *lane) { l.caAnswer.Revoked = bytes.Repeat([]byte{7}, 192) },
		"certificates":    func(l *lane) { l.terms.Date = [3]byte{0x31, 0x12, 0x31} },
	} {
		l := newLane(t)
		l.trusts(c)
		change(l)
		if _, code := l.verifyChain(c); code != 0 {
			t.Errorf("%s: %v", name, code)
		}
	}
}

func TestForeignChainEnvelopeIsRefused(t *testing.T) {
	c, l := newCertified(t, true), newLane(t)
	l.trusts(c)
	q := call.VerifyChain{Date: l.terms.Date, Envelope: l.sealedChain(c)}
	q.Envelope[4000] ^= 1
	if code := l.call(call.OpVerifyChain, q, nil); code != call.CodeEnvelope || slices.Contains(l.asked, call.HostCAKey) {
		t.Error(code)
	}
}

// offlinePIN is the chip's word that it verified a PIN.
func offlinePIN(c *card) *card { return c.with(0x9F34, []byte{0x44, 0x03, 0x02}) }

func TestOneCardGoesThroughAllEnvelopesOfAnAttempt(t *testing.T) {
	c := newCertified(t, true)
	same, other := visa(t), visa(t)
	same.digits, same.account = c.digits, c.account
	for name, run := range map[string]struct {
		steps func(l *lane) call.Code
		want  call.Code
	}{
		"chain, card":                {func(l *lane) call.Code { return l.offline(offlinePIN(same)) }, 0},
		"chain, other card":          {func(l *lane) call.Code { return l.offline(offlinePIN(other)) }, call.CodeCardData},
		"chain again":                {func(l *lane) call.Code { _, code := l.verifyChain(c); return code }, 0},
		"chain of another":           {func(l *lane) call.Code { _, code := l.verifyChain(personalised(t, c.scheme, true)); return code }, call.CodeCardData},
		"chain, PIN, other":          {func(l *lane) call.Code { _, code := l.prepare(other); return code }, call.CodeCardData},
		"chain, PIN, card":           {func(l *lane) call.Code { l.prepare(same); _, code := l.authorise(online(same), true); return code }, 0},
		"chain, PIN, chain":          {func(l *lane) call.Code { l.prepare(same); return l.raw(call.OpVerifyChain) }, call.CodeNotPermitted},
		"chain, PIN never asked for": {func(l *lane) call.Code { _, code := l.authorise(online(same), true); return code }, call.CodeNotPermitted},
	} {
		l := newLane(t)
		l.trusts(c)
		if _, code := l.verifyChain(c); code != 0 {
			t.Fatal(code)
		}
		if code := run.steps(l); code != run.want {
			t.Errorf("%s: %v, want %v", name, code, run.want)
		}
	}
}

// online is the chip's word that a PIN is on its way to the issuer.
func online(c *card) *card { return c.with(0x9F34, []byte{0x42, 0x03, 0x00}) }

// offline sends envelope 2 of an attempt in which a PIN was enciphered.
func (l *lane) offline(c *card) call.Code {
	l.t.Helper()
	q := call.Authorise{Terms: l.terms, Envelope: l.envelope(c, sred.NumberOnline), OfflinePIN: true,
		KSNRequest: l.request, KSNReversal: l.reversal, KSNRepeat: l.repeat}
	return l.call(call.OpAuthorise, q, new(call.Authorised))
}
