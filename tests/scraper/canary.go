package scraper

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/strongroom-pos/strongroom/internal/estate/bureau"
	"github.com/strongroom-pos/strongroom/internal/scan"
	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/iso7816"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// plenty is the balance of a canary card.
const plenty = 1_000_000_00

// makeCards personalises n cards, each with a number and a PIN of twelve digits
// that no other has.
func makeCards(b *bureau.Bureau, n int) ([]bureau.Card, error) {
	bins := []string{"476173", "541333", "411111", "555555"}
	cards := make([]bureau.Card, 0, n)
	for i := range n {
		c, err := b.Make(bureau.Order{Name: fmt.Sprintf("canary-%d", i), BIN: bins[i%len(bins)], Balance: plenty})
		if err != nil {
			return nil, err
		}
		c.Issued.ForgetsATC = true // the lane and the control count for themselves
		cards = append(cards, c)
	}
	return cards, nil
}

// addCards makes needles of number, track and PIN. A hit names the card by its
// place in the run.
func addCards(n *scan.Needles, cards []bureau.Card) error {
	for _, c := range cards {
		track, err := track2(c.Profile)
		if err != nil {
			return err
		}
		err = errors.Join(n.AddPAN(c.Name, []byte(c.Profile.PAN)), n.AddTrack2(c.Name, track), n.AddPIN(c.Name, []byte(c.PIN)))
		if err != nil {
			return err
		}
	}
	return nil
}

// track2 asks the card for its tag 57, as a reader does.
func track2(p virtualcard.Profile) ([]byte, error) {
	b, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	if p, err = virtualcard.ParseProfile(b); err != nil { // fills in the defaults
		return nil, err
	}
	card, err := virtualcard.New(p, nil)
	if err != nil {
		return nil, err
	}
	tx := emv.New(parameters(), emv.Order{Amount: 1, Currency: 978, CurrencyExponent: 2, Country: 276, Date: [3]byte{0x26, 0x01, 0x01}})
	defer tx.Wipe()
	link := iso7816.NewLink(virtualcard.NewConn(card))
	a := tx.Next(emv.Start())
	for a.Kind == emv.ActionTransmit {
		answer, err := link.Exchange(context.Background(), a.Command)
		if err != nil {
			return nil, err
		}
		a = tx.Next(emv.Response(answer))
	}
	list, err := tlv.Parse(tx.AccountTLV(nil))
	if err != nil {
		return nil, err
	}
	e, ok := list.Top(tlv.Tag57Track2EquivalentData)
	if !ok {
		return nil, errors.New("a canary card has no track 2")
	}
	text := strings.ToUpper(hex.EncodeToString(e.Value))
	return bytes.TrimRight([]byte(text), "F"), nil
}

// parameters accept both brands; nothing else matters before the PIN is asked.
func parameters() emv.Config {
	application := func(rid ...byte) emv.Application {
		all := emv.Hex{0xFF, 0xFF, 0xFF, 0xFF, 0xFF}
		return emv.Application{AID: rid, Partial: true, Version: emv.Hex{0x00, 0x96},
			TACDenial: make(emv.Hex, 5), TACOnline: all, TACDefault: all}
	}
	return emv.Config{
		TerminalType: emv.Hex{0x21}, Capabilities: emv.Hex{0x60, 0x48, 0x00}, Additional: emv.Hex{0x60, 0x00, 0xF0, 0xA0, 0x01},
		Applications: []emv.Application{application(0xA0, 0, 0, 0, 0x03), application(0xA0, 0, 0, 0, 0x04)},
	}
}
