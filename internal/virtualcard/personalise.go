package virtualcard

import "fmt"

// Personalise makes the certificates that a profile's applications ask for
// with ODA, on both interfaces, under a scheme and with card keys of their own
// (1024 bits). Everything else of the profile, the number too, must be final:
// the certificates cover it. Applications of another RID stay as they are: call
// it once for each scheme.
func Personalise(p Profile, s Scheme) (Profile, error) {
	return personalise(p, s, func() (RSAKey, error) { return GenerateRSAKey(cardBits, 3) })
}

// PersonaliseWith does the same with one given card key.
func PersonaliseWith(p Profile, s Scheme, card RSAKey) (Profile, error) {
	return personalise(p, s, func() (RSAKey, error) { return card, nil })
}

func personalise(p Profile, s Scheme, key func() (RSAKey, error)) (Profile, error) {
	p.setDefaults()
	if err := p.check(); err != nil {
		return Profile{}, err
	}
	complete := p.each()
	p.Others = append([]Profile(nil), p.Others...)
	for i, a := range complete {
		if string(a.AID[:min(5, len(a.AID))]) != string(s.RID) {
			continue
		}
		to := &p
		if i > 0 {
			to = &p.Others[i-1]
		}
		if err := to.certify(a, s, key); err != nil {
			return Profile{}, fmt.Errorf("personalising a card: %w", err)
		}
	}
	return p, nil
}

func (p *Profile) certify(complete Profile, s Scheme, key func() (RSAKey, error)) (err error) {
	if complete.ODA != "" {
		p.Certificates, err = s.certificates(complete, Contact, complete.ODA, complete.SeparatePINKey, key)
	}
	if err == nil && complete.Tap != nil && complete.Tap.ODA != "" {
		tap := *p.Tap
		tap.Certificates, err = s.certificates(complete, Contactless, complete.Tap.ODA, false, key)
		p.Tap = &tap
	}
	return err
}

func (s Scheme) certificates(p Profile, face Interface, oda string, pin bool, key func() (RSAKey, error)) (*Certificates, error) {
	static := p.staticData(face)
	c := &Certificates{Index: s.Index, IssuerExponent: s.Issuer.Exponent}
	var err error
	if c.Issuer, c.IssuerRemainder, err = s.issuerCertificate(append(packed(p.PAN[:6]), 0xFF)); err != nil {
		return nil, err
	}
	if face == Contact {
		if c.Static, err = s.staticSignature(static); err != nil || oda == "sda" {
			return c, err
		}
	}
	if c.Key, err = key(); err != nil {
		return nil, err
	}
	if c.Card, c.CardRemainder, err = s.cardCertificate(p.PAN, c.Key, static); err != nil || !pin {
		return c, err
	}
	if c.PINKey, err = key(); err != nil {
		return nil, err
	}
	c.PIN, c.PINRemainder, err = s.cardCertificate(p.PAN, c.PINKey, nil)
	return c, err
}

// staticData are the records that take part, then the AIP (9F4A is 82).
func (p Profile) staticData(face Interface) (out []byte) {
	files, aip := p.contactFiles(), p.aip()
	if face == Contactless {
		files, aip = p.tapFiles(), p.tapAIP()
	}
	for _, f := range files {
		if f.signed {
			out = append(out, f.body...)
		}
	}
	return append(out, aip...)
}
