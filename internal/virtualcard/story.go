package virtualcard

import (
	"encoding/binary"
	"encoding/hex"
	"strconv"

	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// A Story is what a card did, as it knows it itself, since it was last asked:
// what a test holds against the books. It has no secret, and no number.
type Story struct {
	Commands    int          `json:"commands"` // that came, those that a tear kept from it apart
	Cryptograms []Cryptogram `json:"cryptograms,omitempty"`
}

// A Cryptogram is one that the card made.
type Cryptogram struct {
	Command int    `json:"command"` // which one brought it, since the reset, from 1
	ATC     uint16 `json:"atc"`
	Kind    string `json:"kind"` // ARQC, TC, AAC; CVC3 for the digits of a stripe
	Value   Hex    `json:"value"`
	// Amount is the one that the card was told of, in minor units; 0 where it
	// was told none.
	Amount uint64 `json:"amount"`
	// Lost says that the card left before its answer did: it has made the
	// cryptogram, and nobody has seen it.
	Lost bool `json:"lost,omitempty"`
}

// note tells the story of one command once it is done: whether its answer went
// out, and whether more of it waits to be fetched.
func (m *Memory) note(out, more bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.story.Commands++
	if more && out {
		return
	}
	for i := m.told; i < len(m.story.Cryptograms); i++ {
		m.story.Cryptograms[i].Lost = !out
	}
	m.told = len(m.story.Cryptograms)
}

// noteReset: what waited to be fetched never will be.
func (m *Memory) noteReset() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.told = len(m.story.Cryptograms)
}

// take returns the story and begins another.
func (m *Memory) take() Story {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.story
	m.story, m.told = Story{}, 0
	return s
}

// gave is called with the memory's mutex held, for each cryptogram. One that is
// given again is told again.
func (c *Card) gave(kind string, value []byte) {
	s := &c.memory.story
	if len(s.Cryptograms) >= maxStory {
		return
	}
	amount, _ := strconv.ParseUint(hex.EncodeToString(c.tx.value(tlv.Tag9F02AmountAuthorised, 6)), 10, 64)
	s.Cryptograms = append(s.Cryptograms, Cryptogram{
		Command: c.count, ATC: binary.BigEndian.Uint16(c.counter()), Kind: kind, Value: append(Hex(nil), value...), Amount: amount, Lost: true,
	})
}

func kindName(kind byte) string {
	switch kind {
	case acTC:
		return "TC"
	case acARQC:
		return "ARQC"
	}
	return "AAC"
}
