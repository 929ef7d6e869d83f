package virtualcard

// A cardShelf keeps what cards remember while they are in no slot.
type cardShelf struct {
	memories map[string]*Memory // by PAN and sequence number
}

func newCardShelf() *cardShelf { return &cardShelf{memories: map[string]*Memory{}} }

func (s *cardShelf) contact(p Profile) (Player, error) { return Play(p, Contact, s.memory(p)) }

func (s *cardShelf) contactless(p Profile) (Player, error) {
	return Play(p, Contactless, s.memory(p))
}

// story takes a card's story, which begins anew.
func (s *cardShelf) story(p Profile) Story { return s.memory(p).take() }

func (s *cardShelf) memory(p Profile) *Memory {
	key := cardKeyOf(p)
	if s.memories[key] == nil {
		s.memories[key] = NewMemory(p)
	}
	return s.memories[key]
}

// cardKeyOf tells cards apart.
func cardKeyOf(p Profile) string { return p.PAN + "/" + string(rune('0'+p.PSN)) }
