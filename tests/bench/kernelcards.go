package main

import (
	"bytes"
	"fmt"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless/entrypoint"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless/kernel2"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless/kernel3"
	"github.com/strongroom-pos/strongroom/secureworld/oda"
)

// schemes are the two certification authorities of the measured cards, made for
// this run: authority 1408 bits, issuer 1152, card 1024.
type schemes struct{ visa, mastercard virtualcard.Scheme }

func makeSchemes() (s schemes, err error) {
	if s.visa, err = virtualcard.GenerateScheme([]byte{0xA0, 0, 0, 0, 0x03}, 0x92); err != nil {
		return s, err
	}
	s.mastercard, err = virtualcard.GenerateScheme([]byte{0xA0, 0, 0, 0, 0x04}, 0xF1)
	return s, err
}

// transactions are what is measured; the baseline comes first.
func transactions() ([]transaction, error) {
	s, err := makeSchemes()
	if err != nil {
		return nil, err
	}
	keys, err := s.keys()
	if err != nil {
		return nil, err
	}
	contact, err := s.contactSales()
	if err != nil {
		return nil, err
	}
	kernels, err := benchKernels(keys)
	if err != nil {
		return nil, err
	}
	taps, err := s.taps(kernels)
	return append(contact, taps...), err
}

// contactSales differ in the card's authentication alone.
func (s schemes) contactSales() (all []transaction, err error) {
	cfg := parameters()
	cfg.Capabilities = emv.Hex{0x60, 0x48, 0xC8} // SDA, DDA and CDA
	cfg.ODA = &emv.ODA{MinBits: 1024, Keys: []emv.CAKey{terminalKey(s.visa)}}
	for _, c := range []struct{ name, oda string }{
		{"chip and PIN", ""}, {"chip and PIN with SDA", "sda"}, {"chip and PIN with DDA", "dda"}, {"chip and PIN with CDA", "cda"},
	} {
		p, err := s.profile("visa-credit", func(p *virtualcard.Profile) { p.ODA = c.oda })
		if err != nil {
			return nil, err
		}
		card, err := virtualcard.New(p, nil)
		if err != nil {
			return nil, err
		}
		all = append(all, transaction{name: c.name, card: card, run: contactSale(cfg, p), tvr: unsigned(c.oda == "")})
	}
	return all, nil
}

// unsigned is what TVR says where no authentication was done, and where one passed.
func unsigned(is bool) byte {
	if is {
		return 0x80
	}
	return 0
}

func (s schemes) taps(kernels entrypoint.Kernels) (all []transaction, err error) {
	for _, c := range []struct {
		name, personality string
	}{
		{"tap, Entry Point and kernel 3", "visa-tap"}, // whose TVR is always zeros
		{"tap, Entry Point and kernel 2 with CDA", "mastercard-tap"},
	} {
		p, err := s.profile(c.personality, func(*virtualcard.Profile) {})
		if err != nil {
			return nil, err
		}
		card, err := virtualcard.NewContactless(p, nil)
		if err != nil {
			return nil, err
		}
		all = append(all, transaction{name: c.name, card: card, run: tap(entryPoint(), kernels)})
	}
	return all, nil
}

// profile makes a card of a personality.
func (s schemes) profile(name string, change func(*virtualcard.Profile)) (virtualcard.Profile, error) {
	who, ok := virtualcard.FindPersonality(name)
	if !ok {
		return virtualcard.Profile{}, fmt.Errorf("there is no card %s", name)
	}
	p, scheme, pan := who.Profile, s.visa, "4761739001010010"
	if who.BIN[0] == '5' {
		scheme, pan = s.mastercard, "5413330000000001"
		p.AID = virtualcard.Hex{0xA0, 0, 0, 0, 0x04, 0x10, 0x10}
	} else {
		p.AID = virtualcard.Hex{0xA0, 0, 0, 0, 0x03, 0x10, 0x10}
	}
	p.PAN, p.PSN, p.Expiry = pan, 1, "3112"
	p.IssuerMasterKey, p.IssuerSMIKey = bytes.Repeat([]byte{0x11}, 16), bytes.Repeat([]byte{0x23}, 16)
	change(&p)
	return virtualcard.Personalise(p, scheme)
}

func (s schemes) keys() (oda.Set, error) {
	var keys []oda.CAKey
	for _, scheme := range []virtualcard.Scheme{s.visa, s.mastercard} {
		k := scheme.Public()
		keys = append(keys, oda.CAKey{RID: oda.RID(k.RID), Index: k.Index[0], Modulus: k.Modulus, Exponent: k.Exponent, Check: [20]byte(k.Check)})
	}
	return oda.NewSet(keys, nil, 1024)
}

func terminalKey(s virtualcard.Scheme) emv.CAKey {
	k := s.Public()
	return emv.CAKey{RID: emv.Hex(k.RID), Index: emv.Hex(k.Index), Modulus: emv.Hex(k.Modulus), Exponent: emv.Hex(k.Exponent), Check: emv.Hex(k.Check)}
}

// entryPoint lets chip data pass, with online PIN or signature.
func entryPoint() entrypoint.Config {
	return entrypoint.Config{Sets: []entrypoint.Set{{
		TransactionTypes: emv.Hex{0x00}, TTQ: emv.Hex{0x36, 0x00, 0x40, 0x00},
		Combinations: []entrypoint.Combination{
			{AID: emv.Hex{0xA0, 0, 0, 0, 0x03, 0x10, 0x10}, KernelID: emv.Hex{0x03}},
			{AID: emv.Hex{0xA0, 0, 0, 0, 0x04, 0x10, 0x10}, KernelID: emv.Hex{0x02}},
		},
	}}}
}

func benchKernels(keys oda.Set) (entrypoint.Kernels, error) {
	all := emv.Hex{0xFF, 0xFF, 0xFF, 0xFF, 0xFF}
	two, err := kernel2.New(kernel2.Config{
		TerminalType: emv.Hex{0x21}, CardDataInput: emv.Hex{0x00}, Security: emv.Hex{0x08},
		CVMRequired: emv.Hex{0x60}, CVMNotRequired: emv.Hex{0x08}, Additional: make(emv.Hex, 5),
		Applications: []kernel2.Application{{
			AID: emv.Hex{0xA0, 0, 0, 0, 0x04, 0x10, 0x10}, Version: emv.Hex{0x00, 0x02}, CVMLimit: 50_00,
			TransactionLimit: 10_000_00, TransactionLimitCVM: 10_000_00,
			TACDefault: all, TACDenial: make(emv.Hex, 5), TACOnline: all,
		}},
	}, keys)
	three := kernel3.Config{TerminalType: emv.Hex{0x21}, Capabilities: emv.Hex{0x60, 0x60, 0x08}}
	return func(id []byte) contactless.NewKernel {
		switch string(id) {
		case "\x02":
			return two
		case "\x03":
			return kernel3.Maker(three, keys)
		}
		return nil
	}, err
}
