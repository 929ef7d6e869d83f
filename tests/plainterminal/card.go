package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"time"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/iso7816"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// cardWait bounds one command; the card is in this process.
const cardWait = 5 * time.Second

// insertedCard is a card with its transaction.
type insertedCard struct {
	link *iso7816.Link
	tx   *emv.Transaction
}

func (t *terminal) insert(p virtualcard.Profile, n terms, amount uint64) (*insertedCard, error) {
	card, err := newCard(p)
	if err != nil {
		return nil, err
	}
	order := emv.Order{
		Amount: amount, Currency: t.cfg.Currency, CurrencyExponent: 2, Country: t.cfg.Country,
		Date: [3]byte(packed(n.at.Format("060102"))), Time: [3]byte(packed(n.at.Format("150405"))),
		SequenceCounter: n.stan,
	}
	if _, err := rand.Read(order.UnpredictableNumber[:]); err != nil {
		return nil, err
	}
	return &insertedCard{iso7816.NewLink(virtualcard.NewConn(card)), emv.New(parameters(), order)}, nil
}

// newCard fills in what a profile leaves to its defaults, as a tray does.
func newCard(p virtualcard.Profile) (*virtualcard.Card, error) {
	b, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	if p, err = virtualcard.ParseProfile(b); err != nil {
		return nil, err
	}
	return virtualcard.New(p, nil)
}

// run carries commands to the card until the transaction wants something else.
func (c *insertedCard) run(ctx context.Context, a emv.Action) emv.Action {
	for {
		switch a.Kind {
		case emv.ActionTransmit:
			a = c.transmit(ctx, a.Command)
		case emv.ActionChoose:
			a = c.tx.Next(emv.Selected(0))
		default:
			return a
		}
	}
}

func (c *insertedCard) transmit(ctx context.Context, command []byte) emv.Action {
	ctx, cancel := context.WithTimeout(ctx, cardWait)
	defer cancel()
	answer, err := c.link.Exchange(ctx, command)
	if err != nil {
		return c.tx.Next(emv.CardGone())
	}
	return c.tx.Next(emv.Response(answer))
}

func (c *insertedCard) close() { _ = c.link.Close() }

// parameters are those of the demo's reader: all transactions go online.
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

// hostTags travel in DE 55, rising, as in the lane.
func hostTags() []tlv.Tag {
	return []tlv.Tag{
		tlv.Tag82ApplicationInterchangeProfile, tlv.Tag84DedicatedFileName, tlv.Tag95TerminalVerificationResults,
		tlv.Tag9ATransactionDate, tlv.Tag9CTransactionType, tlv.Tag5F2ATransactionCurrencyCode,
		tlv.Tag9F02AmountAuthorised, tlv.Tag9F03AmountOther, tlv.Tag9F09ApplicationVersionTerminal,
		tlv.Tag9F10IssuerApplicationData, tlv.Tag9F1ATerminalCountryCode, tlv.Tag9F26ApplicationCryptogram,
		tlv.Tag9F27CryptogramInformationData, tlv.Tag9F33TerminalCapabilities, tlv.Tag9F34CVMResults,
		tlv.Tag9F35TerminalType, tlv.Tag9F36ApplicationTransactionCounter, tlv.Tag9F37UnpredictableNumber,
		tlv.Tag9F41TransactionSequenceCounter,
	}
}

func chipData(all []byte) []byte {
	list, err := tlv.Parse(all)
	if err != nil {
		return nil
	}
	var out []byte
	for _, tag := range hostTags() {
		if e, ok := list.Top(tag); ok {
			out = tlv.Append(out, tag, e.Value)
		}
	}
	return out
}

// packed makes BCD of an even number of digits.
func packed(digits string) []byte {
	b := make([]byte, len(digits)/2)
	for i := range b {
		b[i] = digits[2*i]<<4 | digits[2*i+1]&0x0F
	}
	return b
}
