package emv

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/reader/iso7816"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// script is a card that knows one list of exchanges and fails on any other
// command.
type script struct {
	t    testing.TB
	list [][2]string
	at   int
}

func (s *script) ATR() []byte                { return nil }
func (s *script) Protocol() iso7816.Protocol { return iso7816.T0 }
func (s *script) Close() error               { return nil }
func (s *script) Exchange(_ context.Context, c []byte) ([]byte, error) {
	if s.at >= len(s.list) || !strings.EqualFold(hex.EncodeToString(c), s.list[s.at][0]) {
		s.t.Errorf("exchange %d: unexpected command %X", s.at, c)
		return nil, iso7816.ErrDead
	}
	s.at++
	return unhex(s.t, s.list[s.at-1][1]), nil
}

// step carries out one command, with the transport's own exchanges. An answer
// without a status word goes to the kernel as it is.
func step(tx *Transaction, a Action, card iso7816.Conn) Action {
	if a.Kind != ActionTransmit {
		return a
	}
	r, err := iso7816.NewLink(card).Exchange(context.Background(), a.Command)
	switch {
	case err == nil:
		return tx.Next(Response(r))
	case errors.Is(err, iso7816.ErrShortAnswer):
		return tx.Next(Response([]byte{0}))
	default:
		return tx.Next(CardGone())
	}
}

// run goes on until the kernel wants something else than the card.
func run(tx *Transaction, a Action, card iso7816.Conn) Action {
	for a.Kind == ActionTransmit {
		a = step(tx, a, card)
	}
	return a
}

func testOrder() Order {
	return Order{
		Amount: 12345, Currency: 978, CurrencyExponent: 2, Country: 528,
		Date: [3]byte{0x25, 0x05, 0x11}, Time: [3]byte{0x12, 0x34, 0x56},
		UnpredictableNumber: [4]byte{0xDE, 0xAD, 0xBE, 0xEF}, SequenceCounter: 42,
	}
}

func testApplication(t testing.TB, aid string, partial bool) Application {
	t.Helper()
	return Application{
		AID: unhex(t, aid), Partial: partial, Version: Hex{0x13, 0x13},
		TACDenial: make(Hex, 5), TACOnline: bytes.Repeat(Hex{0xFF}, 5), TACDefault: bytes.Repeat(Hex{0xFF}, 5),
	}
}

func testConfig(t testing.TB, aids ...string) Config {
	c := Config{
		TerminalType: Hex{0x21}, Capabilities: Hex{0x60, 0x48, 0x00}, Additional: unhex(t, "6000F0A001"),
		InterfaceSerial: "READER01", TerminalID: "TERM0001",
	}
	for _, a := range aids {
		c.Applications = append(c.Applications, testApplication(t, a, true))
	}
	return c
}

func tagOf(t testing.TB, s string) tlv.Tag {
	var tag tlv.Tag
	for _, c := range unhex(t, s) {
		tag = tag<<8 | tlv.Tag(c)
	}
	return tag
}
