package attestation

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"testing"
)

// tpm signs as a TPM does; what it says of its register is the test's.
type tpm struct {
	t   *testing.T
	key *ecdsa.PrivateKey
}

func (c tpm) public() TPMKey {
	c.t.Helper()
	b, err := c.key.PublicKey.Bytes()
	if err != nil {
		c.t.Fatal(err)
	}
	return TPMKey(b[1:])
}

// attest is a TPMS_ATTEST.
func attest(register int, pcr, nonce [32]byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, tpmGenerated)
	b = binary.BigEndian.AppendUint16(b, tpmQuote)
	b = putBytes(putBytes(b, make([]byte, 34)), nonce[:])
	b = append(b, make([]byte, tpmClockSize)...)
	choice := []byte{0, tpmSHA256, 3, 0, 0, 0}
	choice[3+register/8] |= 1 << (register % 8)
	digest := sha256.Sum256(pcr[:])
	return putBytes(append(append(b, 0, 0, 0, 1), choice...), digest[:])
}

func (c tpm) quote(attestation []byte, starts ...Start) Quote {
	c.t.Helper()
	q := Quote{Key: c.public(), Starts: starts, Attestation: attestation}
	digest := sha256.Sum256(q.Attestation)
	r, s, err := ecdsa.Sign(rand.Reader, c.key, digest[:])
	if err != nil {
		c.t.Fatal(err)
	}
	r.FillBytes(q.Signature[:32])
	s.FillBytes(q.Signature[32:])
	return q
}

func (c tpm) genuine(e Evidence, starts ...Start) Quote {
	c.t.Helper()
	return c.quote(attest(PCR, Replay(starts), Digest(e.Body)), starts...)
}

func TestAQuoteStandsForItsReportAlone(t *testing.T) {
	d, chip := newDevice(t, nil), tpm{t, newKey(t)}
	r := report()
	r.Label = LabelTPM
	e := d.sign(r)
	other := r
	other.Nonce = [32]byte{2}
	this, before := Start{r.Boot, r.Kernel.Digest}, Start{r.Boot, [32]byte{0x33}}
	q := d.question()
	q.TPM = []TPMKey{{1}, chip.public()}
	changed := func(f func(*Quote)) Quote {
		v := chip.genuine(e, this)
		f(&v)
		return v
	}
	resigned := func(f func([]byte)) Quote {
		a := attest(PCR, Replay([]Start{this}), Digest(e.Body))
		f(a)
		return chip.quote(a, this)
	}
	for name, c := range map[string]struct {
		quote Quote
		want  error
	}{
		"the genuine one":                       {chip.genuine(e, this), nil},
		"after another kernel":                  {chip.genuine(e, before, this), nil},
		"over another report":                   {chip.genuine(d.sign(other), this), ReasonQuote},
		"of another kernel's start":             {chip.genuine(e, before), ReasonQuote},
		"of another boot's start":               {chip.genuine(e, Start{[32]byte{0x66}, r.Kernel.Digest}), ReasonQuote},
		"another kernel started since":          {chip.genuine(e, this, before), ReasonQuote},
		"another value of the register":         {chip.quote(attest(PCR, [32]byte{5}, Digest(e.Body)), this), ReasonQuote},
		"a start kept back":                     {chip.quote(attest(PCR, Replay([]Start{before, this}), Digest(e.Body)), this), ReasonQuote},
		"a start made up":                       {chip.quote(attest(PCR, Replay([]Start{this}), Digest(e.Body)), before, this), ReasonQuote},
		"another register":                      {chip.quote(attest(16, Replay([]Start{this}), Digest(e.Body)), this), ReasonQuote},
		"by another TPM's key":                  {tpm{t, newKey(t)}.genuine(e, this), ReasonQuote},
		"another TPM's, said to be this one's":  {func() Quote { v := tpm{t, newKey(t)}.genuine(e, this); v.Key = chip.public(); return v }(), ReasonQuote},
		"a key that is no point":                {changed(func(v *Quote) { v.Key = TPMKey{1} }), ReasonQuote},
		"an altered signature":                  {changed(func(v *Quote) { v.Signature[9] ^= 1 }), ReasonQuote},
		"what no TPM generated":                 {resigned(func(a []byte) { a[0] ^= 1 }), ReasonQuote},
		"a certification of a key, not a quote": {resigned(func(a []byte) { a[5] = 0x17 }), ReasonQuote},
	} {
		wire, err := c.quote.Encode()
		if err != nil {
			t.Fatal(err)
		}
		f := e
		f.Quote = wire
		got, err := q.Verify(f)
		if !errors.Is(err, c.want) || err == nil && got.Label != LabelTPM {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestNoByteOfAQuoteCanBeChanged(t *testing.T) {
	d, chip := newDevice(t, nil), tpm{t, newKey(t)}
	r := report()
	r.Label = LabelTPM
	e := d.sign(r)
	q := d.question()
	q.TPM = []TPMKey{chip.public()}
	wire, err := chip.genuine(e, Start{r.Boot, r.Kernel.Digest}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	for i := range wire {
		e.Quote = bytes.Clone(wire)
		e.Quote[i] ^= 1
		if _, err := q.Verify(e); !errors.Is(err, ReasonQuote) {
			t.Fatalf("byte %d: %v", i, err)
		}
	}
}

func TestWithoutTheTPMsKeyAQuotedReportIsSelfReported(t *testing.T) {
	d, chip := newDevice(t, nil), tpm{t, newKey(t)}
	r := report()
	r.Label = LabelTPM
	e := d.sign(r)
	var err error
	if e.Quote, err = chip.genuine(e, Start{r.Boot, r.Kernel.Digest}).Encode(); err != nil {
		t.Fatal(err)
	}
	got, err := d.question().Verify(e)
	if err != nil || got.Label != LabelSelfReported {
		t.Fatalf("%q, %v", got.Label, err)
	}
	p := Policy{Kernels: [][32]byte{r.Kernel.Digest}, TPM: true}
	if got := p.Judge(got, now); got != ReasonSelfReported {
		t.Error(got)
	}
}

func TestWhatRanBeforeIsHeldToThePolicy(t *testing.T) {
	r := report()
	p := Policy{Kernels: [][32]byte{r.Kernel.Digest, {0x44}}, Boots: [][32]byte{r.Boot}}
	for name, c := range map[string]struct {
		earlier []Start
		want    Reason
	}{
		"nothing":                        {nil, ReasonNone},
		"a kernel it knows":              {[]Start{{r.Boot, [32]byte{0x44}}}, ReasonNone},
		"one that it does not, long ago": {[]Start{{r.Boot, [32]byte{0x45}}, {r.Boot, [32]byte{0x44}}}, ReasonEarlier},
		"a boot that it does not":        {[]Start{{[32]byte{1}, [32]byte{0x44}}}, ReasonEarlier},
	} {
		r.Earlier = c.earlier
		if got := p.Judge(r, now); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestTheLargestQuoteFits(t *testing.T) {
	q := Quote{Starts: make([]Start, MaxStarts), Attestation: make([]byte, maxAttestation)}
	b, err := q.Encode()
	if err != nil || len(b) > MaxQuote {
		t.Fatalf("%d bytes, %v", len(b), err)
	}
	if _, err := ParseQuote(b); err != nil {
		t.Error(err)
	}
	q.Starts = append(q.Starts, Start{})
	if _, err := q.Encode(); err == nil {
		t.Error("a start too many")
	}
}

func FuzzCanonicalQuote(f *testing.F) {
	b, err := Quote{Starts: make([]Start, 2), Attestation: attest(PCR, [32]byte{1}, [32]byte{2})}.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(b[:len(b)-1])
	f.Fuzz(func(t *testing.T, b []byte) {
		q, err := ParseQuote(b)
		if err != nil {
			return
		}
		if again, err := q.Encode(); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%x became %x, %v", b, again, err)
		}
		_ = q.Verify([]TPMKey{q.Key}, [32]byte{})
	})
}
