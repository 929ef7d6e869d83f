package kernel2

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/secureworld/oda"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// A tap is one virtual card and the reader before it.
type tap struct {
	t       testing.TB
	profile virtualcard.Profile
	keys    oda.Set
	memory  *virtualcard.Memory
	cfg     Config
	order   emv.Order
	log     *contactless.TornLog
	entropy [][4]byte
	spent   bool
	took    func(attempt int) uint32
	// change alters answers on their way; nil leaves them.
	change func(command, answer []byte) []byte

	relays int
	seen   [][]byte // the commands
}

// newTap personalises a card with the keys of the virtual card's own tests.
func newTap(t testing.TB, name string, change func(*virtualcard.Profile)) *tap {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "internal", "virtualcard", "testdata", "scheme.json"))
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		virtualcard.Scheme
		Card virtualcard.RSAKey `json:"card"`
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	who, ok := virtualcard.FindPersonality(name)
	if !ok {
		t.Fatalf("no personality %s", name)
	}
	p := who.Profile
	p.PAN, p.PSN, p.Expiry = "5413330000000001", 1, "3112"
	p.IssuerMasterKey, p.IssuerSMIKey = bytes.Repeat([]byte{0x11}, 16), bytes.Repeat([]byte{0x23}, 16)
	p.AID = unhex(t, "A0000000041010")
	if change != nil {
		change(&p)
	}
	v.RID = unhex(t, "A000000004")
	if p, err = virtualcard.PersonaliseWith(p, v.Scheme, v.Card); err != nil {
		t.Fatal(err)
	}
	pub := v.Public()
	keys, err := oda.NewSet([]oda.CAKey{{
		RID: oda.RID(pub.RID), Index: pub.Index[0], Modulus: pub.Modulus, Exponent: pub.Exponent, Check: [20]byte(pub.Check),
	}}, nil, 1024)
	if err != nil {
		t.Fatal(err)
	}
	out := &tap{t: t, profile: p, keys: keys, memory: virtualcard.NewMemory(p), cfg: testConfig(t), order: testOrder()}
	out.order.Date = [3]byte{0x26, 0x11, 0x21}
	out.took = func(int) uint32 { return 100 }
	return out
}

func (p *tap) card() *virtualcard.Card {
	p.t.Helper()
	card, err := virtualcard.NewContactless(p.profile, p.memory)
	if err != nil {
		p.t.Fatal(err)
	}
	return card
}

// run taps the card once.
func (p *tap) run() (*Kernel, contactless.Outcome) {
	p.t.Helper()
	card := p.card()
	fci := card.Process(append(append([]byte{0x00, 0xA4, 0x04, 0x00, byte(len(p.profile.AID))}, p.profile.AID...), 0))
	if !bytes.HasSuffix(fci, []byte{0x90, 0x00}) {
		p.t.Fatalf("SELECT is answered %X", fci)
	}
	if err := p.cfg.Validate(); err != nil {
		p.t.Fatal(err)
	}
	k, err := Activate(p.cfg, p.keys, contactless.Activation{
		Order: p.order, AID: p.profile.AID, FCI: fci[:len(fci)-2], Torn: p.log, Entropy: p.entropy, Spent: p.spent,
	})
	if err != nil {
		p.t.Fatal(err)
	}
	p.relays, p.seen = 0, nil
	s := k.Next(emv.Start())
	for s.Outcome == nil {
		s = k.Next(p.answer(card, bytes.Clone(s.Command)))
	}
	return k, *s.Outcome
}

func (p *tap) answer(card *virtualcard.Card, command []byte) emv.Input {
	p.seen = append(p.seen, command)
	out, effect := card.Do(command)
	if effect != virtualcard.EffectAnswer {
		return emv.CardGone()
	}
	if p.change != nil {
		out = p.change(command, out)
	}
	in := emv.Response(out)
	if command[1] == 0xEA {
		p.relays++
		in.Took = p.took(p.relays)
	}
	return in
}

func (p *tap) sent(ins byte) (last []byte) {
	for _, c := range p.seen {
		if c[1] == ins {
			last = c
		}
	}
	return last
}

func hostValue(t testing.TB, k *Kernel, tag tlv.Tag) []byte {
	t.Helper()
	l, err := tlv.Parse(k.HostTLV(nil))
	if err != nil {
		t.Fatal(err)
	}
	v, _ := l.Find(tag)
	return v
}
