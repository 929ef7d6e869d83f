package virtualcard

import (
	"regexp"
	"testing"
)

func TestEveryPersonalityMakesACard(t *testing.T) {
	seen, name := map[string]bool{}, regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)
	for _, who := range Personalities() {
		if seen[who.Name] || !name.MatchString(who.Name) || who.Tells == "" || who.Profile.PAN != "" {
			t.Errorf("%s: name, words or number", who.Name)
		}
		seen[who.Name] = true
		p, _ := personalised(t, who.Name)
		var err error
		switch who.Interface {
		case Contact:
			_, err = New(p, nil)
		case Contactless:
			_, err = NewContactless(p, nil)
		default:
			if one, two := p.Stripe(); one == "" || two == "" {
				t.Errorf("%s: nothing on its stripe", who.Name)
			}
		}
		if err != nil {
			t.Errorf("%s: %v", who.Name, err)
		}
		if p.Tap == nil && who.Interface == Contactless || p.NoContacts && who.Interface == Contact {
			t.Errorf("%s: not on its interface", who.Name)
		}
	}
	if len(seen) < 40 {
		t.Errorf("%d personalities", len(seen))
	}
}

func FuzzEveryPersonality(f *testing.F) {
	all := Personalities()
	var cards []Profile
	for _, who := range all {
		p, _ := personalised(f, who.Name)
		cards = append(cards, p)
	}
	seed := unhex(f, "0700A40400A0000000000D80A8000002830000") // lengths before commands
	f.Add(uint8(0), seed)
	for i := range all {
		f.Add(uint8(i), unhex(f, "0C00A4040007A000000003101026"+"80A80000238321360040000000000012340000000000000276000000000009782611210001020304"+
			"0500B2011C000580AE800000"+"0D002000800824123FFFFFFFFFFF05008400000009008800000401020304"))
	}
	f.Fuzz(func(t *testing.T, which uint8, script []byte) {
		p := cards[int(which)%len(cards)]
		for _, face := range []Interface{Contact, Contactless} {
			card, err := newCard(p, face, nil)
			if err != nil {
				continue
			}
			for rest := script; len(rest) > 0; {
				n := min(int(rest[0]), len(rest)-1)
				q := rest[1 : 1+n]
				if out := card.Process(q); len(out) < 2 || len(out) > 258 {
					t.Fatalf("%X is answered %X", q, out)
				}
				if out, effect := card.Do(q); effect == EffectAnswer && len(out) == 0 {
					t.Fatalf("%X is not answered", q)
				}
				rest = rest[1+n:]
			}
		}
	})
}
