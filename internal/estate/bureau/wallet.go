package bureau

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	acquirer "github.com/strongroom-pos/strongroom/acquirer/provisioning"
	"github.com/strongroom-pos/strongroom/internal/virtualcard"
)

// DemoPIN is the PIN of the cards in a demo's wallet.
const DemoPIN = "1234"

// wallet is what a demo offers to try.
func wallet() []Order {
	const plenty = 1_000_000_00
	mastercard := "541333"
	visaChip := virtualcard.Profile{ODA: "dda", Tap: &virtualcard.Tap{OnlinePIN: true}}
	mastercardChip := virtualcard.Profile{CVN: "mchip14", ODA: "cda", Tap: &virtualcard.Tap{ODA: "cda", OnlinePIN: true}}
	return []Order{
		{Name: "approve", Tells: "approved with the PIN", Balance: plenty, Chip: visaChip},
		{Name: "mastercard", Tells: "approved with the PIN", BIN: mastercard, Balance: plenty, Chip: mastercardChip},
		{Name: "card-pin", Tells: "approved with the PIN, which the card checks", BIN: mastercard, Balance: plenty, Chip: virtualcard.Profile{
			CVN: "mchip14", ODA: "cda", SeparatePINKey: true, PIN: DemoPIN, CVMList: append(make(virtualcard.Hex, 8), encipheredPIN()...)}},
		{Name: "nopin", Tells: "approved without a PIN", Balance: plenty, Chip: virtualcard.Profile{NoCVM: true}},
		{Name: "decline", Tells: "declined by the issuer", BIN: mastercard, Balance: plenty, Scenario: acquirer.ScenarioDecline},
		{Name: "poor", Tells: "declined: its account holds one euro", Balance: 100},
		{Name: "offline", Tells: "declined by the card itself", Balance: plenty, Chip: virtualcard.Profile{Declines: true}},
		{Name: "torn", Tells: "pulled out before the host is asked", Balance: plenty, Chip: virtualcard.Profile{TearAtCommand: "gac1"}},
		{Name: "torn-late", Tells: "pulled out after the host has booked: reversed", Balance: plenty,
			Chip: virtualcard.Profile{TearAtCommand: "gac2"}},
		{Name: "forged", Tells: "the issuer's answer is false: the card refuses, reversed", Balance: plenty,
			Scenario: acquirer.ScenarioWrongARPC},
		{Name: "silent", Tells: "the issuer books and does not answer: reversed", Balance: plenty, Scenario: acquirer.ScenarioSilent},
		{Name: "phone", Personality: "phone-tap", Balance: plenty},
		{Name: "two", Personality: "visa-two", Balance: plenty},
		{Name: "amex", Personality: "amex-contact", Balance: plenty},
		{Name: "stripe", Personality: "stripe-only", Tells: "no chip: to be swiped", Balance: plenty},
		{Name: "dead-chip", Personality: "dead-chip", Balance: plenty},
		{Name: "insert-instead", Personality: "insert-instead", Balance: plenty},
		{Name: "see-phone", Personality: "see-phone", Balance: plenty},
		{Name: "garbage", Tells: "answers nonsense", Balance: plenty, Chip: virtualcard.Profile{Garbage: virtualcard.GarbageNonsense}},
	}
}

// encipheredPIN are the rules (EMV 4.4 Book 3, clause 10.5): enciphered PIN by the
// card or the next, online PIN or the next, no verification.
func encipheredPIN() []byte { return []byte{0x44, 0x03, 0x42, 0x03, 0x1F, 0x03} }

// Wallet makes a demo's cards.
func (b *Bureau) Wallet() ([]Card, error) {
	var cards []Card
	for _, o := range wallet() {
		o.PIN = DemoPIN
		c, err := b.Make(o)
		if err != nil {
			return nil, err
		}
		cards = append(cards, c)
	}
	return cards, nil
}

// Save writes each card into dir, a file of mode 0600 for each.
func Save(dir string, cards []Card) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("card bureau: making the wallet: %w", err)
	}
	for _, c := range cards {
		b, err := json.MarshalIndent(c, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, c.Name+".json"), append(b, '\n'), 0o600); err != nil {
			return fmt.Errorf("card bureau: writing a card: %w", err)
		}
	}
	return nil
}

// ErrNoCard reports a name that no card has.
var ErrNoCard = errors.New("there is no card of this name")

var cardName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

// Load reads one card from a wallet.
func Load(dir, name string) (Card, error) {
	if !cardName.MatchString(name) {
		return Card{}, ErrNoCard
	}
	b, err := os.ReadFile(filepath.Join(dir, name+".json"))
	if errors.Is(err, os.ErrNotExist) {
		return Card{}, ErrNoCard
	}
	if err != nil {
		return Card{}, fmt.Errorf("card bureau: reading a card: %w", err)
	}
	var c Card
	if json.Unmarshal(b, &c) != nil {
		return Card{}, errors.New("card bureau: malformed card")
	}
	return c, nil
}

// LoadAll reads a whole wallet, in the order in which it was made.
func LoadAll(dir string) ([]Card, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("card bureau: reading the wallet: %w", err)
	}
	var cards []Card
	for _, e := range entries {
		c, err := Load(dir, strings.TrimSuffix(e.Name(), ".json"))
		if err != nil {
			return nil, err
		}
		cards = append(cards, c)
	}
	place := func(c Card) int {
		return slices.IndexFunc(wallet(), func(o Order) bool { return o.Name == c.Name })
	}
	slices.SortStableFunc(cards, func(a, b Card) int { return place(a) - place(b) })
	return cards, nil
}

// Issued is the issuer's card file for these cards.
func Issued(cards []Card) acquirer.Cards {
	var f acquirer.Cards
	for _, c := range cards {
		f.Cards = append(f.Cards, c.Issued)
	}
	return f
}
