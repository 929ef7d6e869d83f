package elementapplet

import "time"

// Pace is how long a card takes.
type Pace struct {
	Walk  time.Duration // from the base derivation key, eight bits in the counter
	Plain time.Duration // without a derivation
}

// Paces are published timings of AES on Java cards, without the transfer; the empty
// name is no delay at all.
func Paces() map[string]Pace {
	return map[string]Pace{
		"":              {},
		"feitian-a40":   {Walk: 30 * time.Millisecond, Plain: 10 * time.Millisecond},
		"jcop4-j3r180":  {Walk: 130 * time.Millisecond, Plain: 43 * time.Millisecond},
		"infineon-slj5": {Walk: 182 * time.Millisecond, Plain: 62 * time.Millisecond},
		"jcop3-j3h145":  {Walk: 385 * time.Millisecond, Plain: 143 * time.Millisecond},
	}
}
