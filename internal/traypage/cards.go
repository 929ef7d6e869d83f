package traypage

import "github.com/strongroom-pos/strongroom/internal/estate/bureau"

// A view is what is shown of a card.
type view struct {
	Name, Brand, LastFour, PIN, Tells string
	Has                               string // its interfaces, in words
	First                             bool   // chosen when the page opens
}

func views(cards []bureau.Card) []view {
	out := make([]view, 0, len(cards))
	for i, c := range cards {
		pan := c.Profile.PAN
		out = append(out, view{c.Name, brand(pan), pan[max(0, len(pan)-4):], c.PIN, c.Tells, c.Has(), i == 0})
	}
	return out
}

// brand goes by the first digit, as the test numbers do (ISO/IEC 7812-1 gives
// the first digit to an industry; the networks' ranges are within it).
func brand(pan string) string {
	if pan == "" {
		return "Card"
	}
	switch pan[0] {
	case '3':
		return "American Express"
	case '4':
		return "Visa"
	case '2', '5':
		return "Mastercard"
	case '6':
		return "Discover"
	default:
		return "Card"
	}
}
