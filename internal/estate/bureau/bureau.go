// Package bureau is the personalisation bureau of a demo's issuer: for each card
// it makes the chip (a profile of package virtualcard, with a key of that card
// alone) and what the issuer keeps of it (a PIN offset, a balance).
//
// Its keys come out of the element's key blocks: the issuer master keys for
// application cryptograms, scripts and changing digits, and the PIN verification
// key. It must never write them. With the schemes of the demo it certifies the keys
// of cards that authenticate themselves. A card's own key, PIN and number are the card holder's, and test
// numbers only.
//
// The operator's command and tests import it.
package bureau

import (
	"crypto/cipher"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	acquirer "github.com/strongroom-pos/strongroom/acquirer/provisioning"
	"github.com/strongroom-pos/strongroom/internal/scan"
	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/cvv"
	"github.com/strongroom-pos/strongroom/secureworld/element/ibm3624"
	"github.com/strongroom-pos/strongroom/secureworld/keyblock"
	"github.com/strongroom-pos/strongroom/secureworld/sensitive/schedule"
)

// Bureau makes cards of one issuer.
type Bureau struct {
	pvk      cipher.Block // TDES
	table    ibm3624.Table
	issuerAC []byte // TDES, double length

	cvk                   *cvv.Key
	issuerSMI, issuerCVC3 []byte // the same: scripts, and changing digits of stripes
	schemes               []virtualcard.Scheme
}

// Card is a card as its holder has it, and as its issuer knows it.
type Card struct {
	Name    string              `json:"name"`
	Tells   string              `json:"tells"` // what it is for, one line
	PIN     string              `json:"pin"`
	Code    string              `json:"code"` // CVV2, printed on the card
	Profile virtualcard.Profile `json:"profile"`
	Issued  acquirer.Card       `json:"issued"`
}

// Open takes the keys out of an element's directory: keys.json and kbpk.
func Open(dir string) (*Bureau, error) {
	kbpk, err := os.ReadFile(filepath.Join(dir, "kbpk"))
	defer clear(kbpk)
	if err != nil {
		return nil, fmt.Errorf("card bureau: reading the protection key: %w", err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "keys.json"))
	if err != nil {
		return nil, fmt.Errorf("card bureau: reading the key blocks: %w", err)
	}
	var f element.KeyFile
	if json.Unmarshal(b, &f) != nil {
		return nil, errors.New("card bureau: malformed key file")
	}
	return open(f, kbpk)
}

func open(f element.KeyFile, kbpk []byte) (*Bureau, error) {
	b := &Bureau{}
	for _, k := range f.Keys {
		var err error
		switch k.Slot {
		case element.SlotIssuerAC:
			b.issuerAC, err = unwrap(kbpk, k.Block, keyblock.Expect{Usage: "E0", Algorithm: 'T', Mode: 'X'})
		case element.SlotIssuerSMI:
			b.issuerSMI, err = unwrap(kbpk, k.Block, keyblock.Expect{Usage: "E2", Algorithm: 'T', Mode: 'X'})
		case element.SlotIssuerCVC3:
			b.issuerCVC3, err = unwrap(kbpk, k.Block, keyblock.Expect{Usage: "E4", Algorithm: 'T', Mode: 'X'})
		case element.SlotCVK:
			err = b.takeCVK(kbpk, k)
		case element.SlotPVK:
			err = b.takePVK(kbpk, k)
		}
		if err != nil {
			return nil, fmt.Errorf("card bureau: opening a key: %w", err)
		}
	}
	if b.issuerAC == nil || b.pvk == nil || b.cvk == nil {
		return nil, errors.New("card bureau: a key of the issuer is missing")
	}
	return b, nil
}

func (b *Bureau) takePVK(kbpk []byte, k element.KeyEntry) error {
	key, err := unwrap(kbpk, k.Block, keyblock.Expect{Usage: "V1", Algorithm: 'T', Mode: 'C'})
	defer clear(key)
	if err != nil {
		return err
	}
	if b.table, err = ibm3624.ParseTable(k.Decimalisation); err != nil {
		return err
	}
	b.pvk, _, err = schedule.NewTDES(key, nil)
	return err
}

func (b *Bureau) takeCVK(kbpk []byte, k element.KeyEntry) error {
	key, err := unwrap(kbpk, k.Block, keyblock.Expect{Usage: "C0", Algorithm: 'T', Mode: 'C'})
	defer clear(key)
	if err != nil {
		return err
	}
	b.cvk, _, err = cvv.Open(key)
	return err
}

func unwrap(kbpk []byte, block string, e keyblock.Expect) ([]byte, error) {
	room := make([]byte, 32)
	_, n, err := keyblock.UnwrapAs(kbpk, []byte(block), room, e)
	return room[:n], err
}

// Certify lets the bureau certify card keys under these schemes.
func (b *Bureau) Certify(schemes []virtualcard.Scheme) { b.schemes = schemes }

// Order says what card is wanted.
type Order struct {
	Name, Tells string
	Personality string // of package virtualcard; empty: Chip under BIN
	BIN         string // a published test BIN; default Visa's
	PIN         string // 4 to 12 digits; empty: twelve random ones
	Balance     int64  // minor units
	Currency    string // ISO 4217, three digits; default euro
	Scenario    acquirer.Scenario
	Chip        virtualcard.Profile // faults and options; number and keys are filled in
}

// expiry is YYMM of all demo cards.
const expiry = "3112"

// Make personalises a card under a number that no other has.
func (b *Bureau) Make(o Order) (Card, error) {
	o, digits, valid, err := o.kind()
	if err != nil {
		return Card{}, err
	}
	pan, err := scan.GeneratePAN(o.BIN, digits)
	if err != nil {
		return Card{}, err
	}
	if o.PIN == "" {
		o.PIN = string(scan.GeneratePIN())
	}
	offset, err := b.offset(pan, o.PIN)
	if err != nil {
		return Card{}, err
	}
	c := Card{Name: o.Name, Tells: o.Tells, PIN: o.PIN, Profile: o.Chip}
	c.Profile.PAN, c.Profile.PSN, c.Profile.Expiry = string(pan), 1, valid
	if err := b.values(&c, pan); err != nil {
		return Card{}, err
	}
	c.Profile.CardMasterKey = virtualcard.CardKey(b.issuerAC, c.Profile.PAN, c.Profile.PSN)
	if b.issuerSMI != nil {
		c.Profile.CardSMIKey = virtualcard.CardKey(b.issuerSMI, c.Profile.PAN, c.Profile.PSN)
	}
	if b.issuerCVC3 != nil {
		c.Profile.CardCVC3Key = virtualcard.CardKey(b.issuerCVC3, c.Profile.PAN, c.Profile.PSN)
	}
	for _, s := range b.schemes {
		if c.Profile, err = virtualcard.Personalise(c.Profile, s); err != nil {
			return Card{}, err
		}
	}
	c.Issued = o.issued(c.Profile, offset)
	return c, nil
}

// kind fills in what the order leaves to a personality or to the usual, and says
// how long the number is and until when (YYMM) the card is valid.
func (o Order) kind() (full Order, digits int, valid string, err error) {
	if o.Personality == "" {
		if o.BIN == "" {
			o.BIN = "476173"
		}
		return o, 16, expiry, nil
	}
	p, ok := virtualcard.FindPersonality(o.Personality)
	if !ok {
		return o, 0, "", ErrNoCard
	}
	if valid = p.Expiry; valid == "" {
		valid = expiry
	}
	if o.Tells == "" {
		o.Tells = p.Tells
	}
	o.BIN, o.Chip = p.BIN, p.Profile
	if o.Chip.PIN != "" {
		o.Chip.PIN = o.PIN // one PIN, whoever checks it
	}
	return o, p.Digits, valid, nil
}

// values writes the card verification values: on the stripe behind five digits, in
// print the other.
func (b *Bureau) values(c *Card, pan []byte) error {
	service := c.Profile.ServiceCode
	if service == "" {
		service = "201"
	}
	stripe, err := b.cvk.Value(pan, []byte(c.Profile.Expiry), []byte(service))
	if err != nil {
		return err
	}
	if c.Profile.StripeData == "" {
		c.Profile.StripeData = "00000" + string(stripe[:]) + "00"
	}
	printed, err := b.cvk.Value(pan, []byte(c.Profile.Expiry), []byte("000"))
	c.Code = string(printed[:])
	return err
}

func (b *Bureau) offset(pan []byte, pin string) (string, error) {
	var out [ibm3624.MaxPIN]byte
	n, err := ibm3624.Offset(out[:], b.pvk, b.table, pan, []byte(pin))
	return string(out[:n]), err
}

func (o Order) issued(p virtualcard.Profile, offset string) acquirer.Card {
	c := acquirer.Card{
		PAN: p.PAN, PSN: fmt.Sprintf("%02d", p.PSN), Expiry: p.Expiry, PINOffset: offset,
		Balance: o.Balance, Currency: o.Currency, Scenario: o.Scenario, ARPCMethod: uint8(p.ARPCMethod),
		ServiceCode: p.ServiceCode,
		// Each application counts for itself, and the issuer counts by number.
		ForgetsATC: len(p.Others) > 0,
	}
	if c.Currency == "" {
		c.Currency = "978"
	}
	return c
}

// Has names the card's interfaces, "chip, contactless, stripe".
func (c Card) Has() string {
	var words []string
	if !c.Profile.NoContacts {
		words = append(words, "chip")
	}
	if c.Profile.Tap != nil {
		words = append(words, "contactless")
	}
	if !c.Profile.StripeBlank {
		words = append(words, "stripe")
	}
	return strings.Join(words, ", ")
}

// WrongPIN differs from the right one in its first digit.
func (c Card) WrongPIN() string {
	b := []byte(c.PIN)
	b[0] = '0' + (b[0]-'0'+1+byte(rand.N(9)))%10 //nolint:gosec // any other digit
	return string(b)
}
