package iso7816

import (
	"bytes"
	"context"
	"errors"
	"testing"
)

// scripted is a card that knows one list of exchanges and fails on any other
// command.
type scripted struct {
	t        *testing.T
	protocol Protocol
	script   [][2]string
	at       int
	given    [][]byte
}

func (s *scripted) ATR() []byte        { return nil }
func (s *scripted) Protocol() Protocol { return s.protocol }
func (s *scripted) Close() error       { return nil }
func (s *scripted) Exchange(_ context.Context, c []byte) ([]byte, error) {
	if s.at >= len(s.script) || !bytes.Equal(c, unhex(s.t, s.script[s.at][0])) {
		s.t.Errorf("exchange %d: unexpected command %X", s.at, c)
		return nil, ErrDead
	}
	s.at++
	b := unhex(s.t, s.script[s.at-1][1])
	s.given = append(s.given, b)
	return b, nil
}

func TestPublishedExchanges(t *testing.T) {
	var v struct {
		Cases []struct {
			Name       string
			Exchanges  [][2]string
			ExpectData string `json:"expect_data"`
			ExpectSW   string `json:"expect_sw"`
		}
	}
	readVectors(t, "exchanges.json", &v)
	if len(v.Cases) == 0 {
		t.Fatal("no vectors")
	}
	for _, c := range v.Cases {
		card := &scripted{t: t, script: c.Exchanges}
		got, err := NewLink(card).Exchange(t.Context(), unhex(t, c.Exchanges[0][0]))
		if err != nil || !bytes.Equal(got, unhex(t, c.ExpectData+c.ExpectSW)) || card.at != len(c.Exchanges) {
			t.Errorf("%s: %X after %d exchanges, %v", c.Name, got, card.at, err)
		}
	}
}

// babbler always gives the same answer.
type babbler struct {
	answer []byte
	turns  int
}

func (b *babbler) ATR() []byte        { return nil }
func (b *babbler) Protocol() Protocol { return T0 }
func (b *babbler) Close() error       { return nil }
func (b *babbler) Exchange(context.Context, []byte) ([]byte, error) {
	b.turns++
	return bytes.Clone(b.answer), nil
}

func TestACardThatNeverEndsIsBounded(t *testing.T) {
	read := unhex(t, "00B2010C00")
	for name, c := range map[string]struct {
		answer []byte
		want   error
	}{
		"61xx for ever": {[]byte{0x61, 0x10}, ErrTurns},
		"6Cxx for ever": {[]byte{0x6C, 0x10}, ErrTurns},
		"too much data": {append(make([]byte, 9000), 0x61, 0x00), ErrAnswerSize},
		"one byte":      {[]byte{0x00}, ErrShortAnswer},
		"nothing":       {nil, ErrShortAnswer},
	} {
		card := &babbler{answer: c.answer}
		l := NewLink(card)
		if _, err := l.Exchange(t.Context(), read); !errors.Is(err, c.want) || card.turns > maxTurns {
			t.Errorf("%s: %v after %d turns", name, err, card.turns)
		}
		turns := card.turns
		if _, err := l.Exchange(t.Context(), read); !errors.Is(err, ErrDead) || card.turns != turns {
			t.Errorf("%s: a link that failed was used again", name)
		}
	}
}

func TestAWarningInT1IsFinal(t *testing.T) {
	card := &scripted{t: t, protocol: T1, script: [][2]string{{"00A4040002AABB00", "6283"}}}
	if got, err := NewLink(card).Exchange(t.Context(), unhex(t, "00A4040002AABB00")); err != nil || !bytes.Equal(got, []byte{0x62, 0x83}) {
		t.Fatalf("%X %v", got, err)
	}
}

func TestAnswersAreWiped(t *testing.T) {
	card := &scripted{t: t, script: [][2]string{{"00B2010C00", "1122334455669000"}}}
	l := NewLink(card)
	got, err := l.Exchange(t.Context(), unhex(t, "00B2010C00"))
	if err != nil || got[0] != 0x11 {
		t.Fatal(err) // the positive control: the data were there
	}
	l.Wipe()
	for _, b := range append(card.given, got) {
		if !bytes.Equal(b, make([]byte, len(b))) {
			t.Errorf("left behind: %X", b)
		}
	}
}

func TestCommandsAreBuilt(t *testing.T) {
	for want, c := range map[string]Command{
		"00A40400024142" + "00": {INS: 0xA4, P1: 4, Data: []byte("AB"), Expect: ExpectAll},
		"00820000024142":        {INS: 0x82, Data: []byte("AB")},
		"00B2010C00":            {INS: 0xB2, P1: 1, P2: 0x0C, Expect: ExpectAll},
		"80CA9F3605":            {CLA: 0x80, INS: 0xCA, P1: 0x9F, P2: 0x36, Expect: 5},
		"0084000000":            {INS: 0x84, Expect: ExpectAll},
		"00010203":              {INS: 1, P1: 2, P2: 3},
	} {
		if got, err := c.Append(nil); err != nil || !bytes.Equal(got, unhex(t, want)) {
			t.Errorf("got %X, want %s, %v", got, want, err)
		}
	}
	for _, c := range []Command{{Data: make([]byte, 256)}, {Expect: 257}, {Expect: -1}} {
		if _, err := c.Append(nil); !errors.Is(err, ErrCommand) {
			t.Errorf("built: %v", err)
		}
	}
}
