package virtualcard

// A cardShelf keeps what cards remember while they are in no slot.
type cardShelf struct {
	counters map[string]*uint16 // by PAN and sequence number
}

func newCardShelf() *cardShelf { return &cardShelf{counters: map[string]*uint16{}} }

func (s *cardShelf) contact(p Profile) (answerer, error) {
	p.setDefaults()
	card, err := New(p, s.counter(p))
	if err != nil {
		return nil, err
	}
	return card, nil
}

// contactless cards are the same as contact cards until they differ.
func (s *cardShelf) contactless(p Profile) (answerer, error) { return s.contact(p) }

func (s *cardShelf) counter(p Profile) *uint16 {
	key := cardKeyOf(p)
	if s.counters[key] == nil {
		first := p.ATC
		s.counters[key] = &first
	}
	return s.counters[key]
}

// cardKeyOf tells cards apart.
func cardKeyOf(p Profile) string { return p.PAN + "/" + string(rune('0'+p.PSN)) }
