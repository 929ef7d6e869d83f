package codec_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
)

type unpack func([]byte) (*codec.Message, error)

// hunt throws changed messages at a parser until it panics, takes what does not come
// back as it was, or has taken n of them; it returns what it found and how many were
// refused.
func hunt(t *testing.T, parse unpack, n int) (found string, refused int) {
	t.Helper()
	seeds, random := seedMessages(t), rand.New(rand.NewPCG(40, 0))
	for range n {
		b := bytes.Clone(seeds[random.IntN(len(seeds))])
		for range 1 + random.IntN(3) {
			b = mutated(random, b)
		}
		if found, taken := tried(parse, b); found != "" {
			return found, refused
		} else if !taken {
			refused++
		}
	}
	return "", refused
}

func seedMessages(t *testing.T) (all [][]byte) {
	t.Helper()
	m := sale()
	for range 2 {
		b, err := codec.New().Pack(m)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b)
		m.SetString(70, hostspec.NetworkSignOn)
	}
	return all
}

// mutated changes what attacks change: bitmaps, lengths, digits, nested data, the end.
func mutated(random *rand.Rand, b []byte) []byte {
	at := random.IntN(len(b))
	switch random.IntN(6) {
	case 0:
		b[2+random.IntN(8)] ^= 1 << random.IntN(8) // the bitmap
	case 1:
		b[at] = byte(random.Uint32()) // anything, digits and lengths among it
	case 2:
		b[at] = 0x99 // the longest of lengths in BCD
	case 3:
		b[at] |= 0x0F // no digit
	case 4:
		b = b[:max(12, at)]
	case 5:
		b = append(b[:at:at], append(make([]byte, random.IntN(40)), b[at:]...)...)
	}
	return b
}

func tried(parse unpack, b []byte) (found string, taken bool) {
	defer func() {
		if r := recover(); r != nil {
			found = fmt.Sprint("panic: ", r)
		}
	}()
	m, err := parse(bytes.Clone(b))
	if err != nil {
		return "", false
	}
	again, err := codec.New().Pack(m)
	if err != nil {
		return "it does not pack", true
	}
	body, _ := codec.Split(b)
	if body2, _ := codec.Split(again); !bytes.Equal(body, body2) {
		return "not canonical", true
	}
	return "", true
}

// A40: the same hunt that finds nothing in the parser finds each of the bugs that are
// planted around it.
func TestA40ChangedMessagesAreRefusedOrComeBackAsTheyWere(t *testing.T) {
	c := codec.New()
	const tries = 40_000
	if found, refused := hunt(t, c.Unpack, tries); found != "" || refused < tries/4 || refused == tries {
		t.Errorf("%s, %d of %d refused", found, refused, tries)
	}
	for name, planted := range map[string]unpack{
		"hole: what follows the last field is left unread": func(b []byte) (*codec.Message, error) {
			for n := len(b); n > 12; n-- {
				if m, err := c.Unpack(b[:n]); err == nil {
					return m, nil
				}
			}
			return nil, errors.New("malformed")
		},
		"hole: a length is believed": func(b []byte) (*codec.Message, error) {
			if m, err := c.Unpack(b); err == nil {
				return m, nil
			}
			n := int(b[len(b)/2])
			return nil, fmt.Errorf("malformed near %v", b[n])
		},
		"hole: nibbles are masked": func(b []byte) (*codec.Message, error) {
			m, err := c.Unpack(b)
			for i := 10; err != nil && i < len(b); i++ {
				masked := bytes.Clone(b)
				masked[i] &= 0xF9
				m, err = c.Unpack(masked)
			}
			return m, err
		},
	} {
		if found, _ := hunt(t, planted, tries); found == "" {
			t.Errorf("%s: not found", name)
		}
	}
}
