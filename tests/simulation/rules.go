package main

import (
	"encoding/hex"
	"fmt"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless/entrypoint"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless/kernel3"
	"github.com/strongroom-pos/strongroom/secureworld/oda"
)

const merchant = "MERCHANT0000001"

var (
	epoch      = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	journalKey = aesOf(filled(0x90))
)

// The cards of a lane, one of each kind.
const (
	cardPlain   = iota // no verification
	cardPIN            // online PIN
	cardMaster         // M/Chip, no verification
	cardDecline        // its issuer declines
	cardPoor           // not enough money for most
	cardFalse          // its issuer's answer is false: the card refuses
	cardSilent         // its issuer books and does not answer
	cardRefuses        // declines by itself
	cardTap            // tapped, no verification
	cardTapPIN         // tapped, online PIN
	cardAlone          // approves while the host is away, and its issuer declines
	cardScript         // its issuer may have a command for it
	cardRefer          // its issuer wants a call; no other life draws it
	cardKinds
)

// rules are what all worlds of one run share and none changes.
type rules struct {
	codec     *codec.Codec
	contact   emv.Config
	entry     entrypoint.Config
	kernels   entrypoint.Kernels
	terminals []provisioning.Terminal
	cards     []provisioning.Card
	profiles  [][]virtualcard.Profile // by lane and kind
	element   *hostElement
	database  []byte
	worn      uint32
	hostKeys  [][]device // by lane and generation
	dir       string
}

func newRules(dir string) (*rules, error) {
	r := &rules{codec: codec.New(), contact: contactConfig(), entry: entryConfig(), element: newElement(lanesPerWorld), dir: dir, worn: nearlyWorn()}
	keys, err := oda.NewSet(nil, nil, 1024)
	if err != nil {
		return nil, err
	}
	three := kernel3.Config{TerminalType: emv.Hex{0x21}, Capabilities: emv.Hex{0x60, 0x60, 0x08}}
	r.kernels = func(id []byte) contactless.NewKernel {
		if string(id) == "\x03" {
			return kernel3.Maker(three, keys)
		}
		return nil
	}
	for l := range lanesPerWorld {
		var keys []device
		for g := range generations {
			keys = append(keys, hostDevice(l, g))
		}
		r.hostKeys = append(r.hostKeys, keys)
		h, p := keys[0], newDevice(pinBDK, pinBDKID, l)
		r.terminals = append(r.terminals, provisioning.Terminal{TerminalID: terminalID(l), MerchantID: merchant, Currency: "978",
			KeyID: hex.EncodeToString(h.id[:]), PINKeyID: hex.EncodeToString(p.id[:])})
		r.addCards(l)
	}
	return r, r.template(dir)
}

func terminalID(l int) string { return fmt.Sprintf("TERM%04d", l+1) }

func (r *rules) addCards(l int) {
	var profiles []virtualcard.Profile
	for k := range cardKinds {
		p, c := cardOf(l, k)
		profiles, r.cards = append(profiles, p), append(r.cards, c)
	}
	r.profiles = append(r.profiles, profiles)
}

// cardOf is a card and what its issuer knows of it.
func cardOf(l, kind int) (virtualcard.Profile, provisioning.Card) {
	draw := newStream(uint64(1+l*cardKinds+kind), 7)
	p := virtualcard.Profile{PSN: 1, Expiry: "3112", IssuerMasterKey: issuerAC, IssuerSMIKey: issuerSMI, NoCVM: true, Label: "SIMULATED"}
	c := provisioning.Card{PSN: "01", Expiry: "3112", PINOffset: rightPIN, Balance: 1_000_000_000, Currency: "978"}
	bin := "476173"
	switch kind {
	case cardPIN:
		p.NoCVM, p.PINOnly = false, true
	case cardMaster:
		bin, p.CVN, p.ApprovesOffline, p.IACDefault = "541333", "mchip14", true, make([]byte, 5)
	case cardAlone:
		bin, p.CVN, p.ApprovesOffline, p.IACDefault = "541333", "mchip14", true, make([]byte, 5)
		c.Scenario = provisioning.ScenarioDecline
	case cardDecline:
		c.Scenario = provisioning.ScenarioDecline
	case cardRefer:
		c.Scenario = provisioning.ScenarioRefer
	case cardPoor:
		c.Balance = 3000
	case cardFalse:
		c.Scenario = provisioning.ScenarioWrongARPC
	case cardSilent:
		c.Scenario = provisioning.ScenarioSilent
	case cardRefuses:
		p.Declines = true
	case cardTap:
		p.Tap = &virtualcard.Tap{KernelID: true}
	case cardTapPIN:
		p.Tap = &virtualcard.Tap{OnlinePIN: true, KernelID: true}
	}
	p.PAN = virtualcard.RandomPAN(bin, draw.Rand)
	c.PAN = p.PAN
	return p, c
}

// contactConfig asks the host always; where it is away, the last action code lets
// Mastercards approve by themselves, and no others.
func contactConfig() emv.Config {
	all := emv.Hex{0xFF, 0xFF, 0xFF, 0xFF, 0xFF}
	application := func(scheme byte, otherwise emv.Hex) emv.Application {
		return emv.Application{AID: emv.Hex{0xA0, 0, 0, 0, scheme}, Partial: true, Version: emv.Hex{0x00, 0x96}, OfflineApproval: true,
			TACDenial: make(emv.Hex, 5), TACOnline: all, TACDefault: otherwise}
	}
	return emv.Config{
		TerminalType: emv.Hex{0x22}, Capabilities: emv.Hex{0x60, 0x48, 0x00}, Additional: emv.Hex{0x60, 0x00, 0xF0, 0xA0, 0x01},
		Applications: []emv.Application{application(0x03, all), application(0x04, make(emv.Hex, 5))},
	}
}

func entryConfig() entrypoint.Config {
	limit := uint64(1000) // a PIN from here
	return entrypoint.Config{Sets: []entrypoint.Set{{
		TransactionTypes: emv.Hex{0x00}, TTQ: emv.Hex{0x36, 0x00, 0x40, 0x00}, CVMRequiredLimit: &limit,
		Combinations: []entrypoint.Combination{{AID: emv.Hex{0xA0, 0, 0, 0, 0x03, 0x10, 0x10}, KernelID: emv.Hex{0x03}}},
	}}}
}
