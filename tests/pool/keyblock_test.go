package pool

import (
	"bytes"
	"context"
	"testing"

	door "github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/identity"
	"github.com/strongroom-pos/strongroom/secureworld/element/identity/authority"
	overseer "github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/pool"
)

// A base derivation key and a zone's key come to a group of three makes as key blocks;
// PINs are translated with them, two votes of two makes for each, also while a member is
// dead and after it came back with nothing in its memory.
func TestPINsAreTranslatedWithKeysThatComeAlong(t *testing.T) {
	s := newSite(t)
	g := s.group("g", "quorum", makes())
	g.serving(3)
	v := &visitor{site: s, client: s.careful("client", pool.Dial(g.socket))}
	v.hold("all three", 40)

	end(g.elements[1])
	v.hold("one is dead", 40)

	g.elements[1] = s.start("gcrypt", g.sockets[1],
		"-keys", s.path("keys"), "-kbpk", s.path("kbpk"), "-member", s.path("g-1"))
	g.serving(3)
	v.hold("it is back", 40)
	if p := g.picture(); p.Disagreements != 0 {
		t.Errorf("a member was accused: %+v", p)
	}
	if f := v.client.Findings(); len(f) > 0 {
		t.Errorf("%+v", f)
	}
}

// careful is a client that wants two votes, whatever an MCU says, of three makes.
func (s *site) careful(name string, carrier pool.Carrier) *pool.Client {
	s.Helper()
	check(s.T, authority.WriteClient(s.path(name), name, s.manufacturer, s.operator))
	who, err := identity.LoadClient(s.path(name))
	check(s.T, err)
	c, err := pool.NewClient(pool.Config{
		Identity: who, Groups: func() []pool.Carrier { return []pool.Carrier{carrier} }, Votes: 2, Makes: 2, GiveUp: patient,
	})
	check(s.T, err)
	s.Cleanup(c.Close)
	return c
}

// visitor asks with keys that no member has in its file.
type visitor struct {
	site   *site
	client *pool.Client
}

// hold loads both keys, as a host does when it gets them, and translates n PINs.
func (v *visitor) hold(when string, n int) {
	s := v.site
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), patient)
	defer cancel()
	w := s.world
	for usage, block := range map[string][]byte{"B0": w.BaseBlock(), "P0": w.ZoneBlock()} {
		l, err := v.client.LoadKeyBlock(ctx, door.LoadKeyBlock{KEK: w.KEK(), Block: block})
		if err != nil || string(l.Usage[:]) != usage {
			s.Fatalf("%s: %+v, %v", when, l, err)
		}
	}
	for i := range n {
		pin, pan := []byte("1234567")[:4+i%4], []byte("4761739001010010")
		t, err := v.client.TranslatePINUnder(ctx, w.PINQuestion(pin, pan))
		if err != nil {
			s.Fatalf("%s: %v", when, err)
		}
		if got, err := w.ZonePIN(t.Block, pan); err != nil || got != string(pin) {
			s.Fatalf("%s: another PIN came out, %v", when, err)
		}
	}
	v.derive(ctx, when)
}

// derive has the key of a device made twice: other padding, the same key.
func (v *visitor) derive(ctx context.Context, when string) {
	s := v.site
	s.Helper()
	r := door.Derive{KEK: s.world.KEK(), ID: door.InitialKeyID{0x33, 0x33, 0x44, 0x44, 1, 2, 3, 4}}
	one, err := v.client.Derive(ctx, r)
	check(s.T, err)
	two, err := v.client.Derive(ctx, r)
	check(s.T, err)
	if one.Check != two.Check || bytes.Equal(one.Block, two.Block) || !bytes.Equal(one.Block[:48], two.Block[:48]) {
		s.Errorf("%s: another key, or the same padding", when)
	}
}

// What nobody has is refused by all alike, which is an answer and no disagreement.
func TestAKeyExchangeKeyThatNobodyHasIsRefusedByAll(t *testing.T) {
	s := newSite(t)
	g := s.group("g", "quorum", makes())
	g.serving(3)
	client := s.careful("client", pool.Dial(g.socket))
	unknown := door.LoadKeyBlock{KEK: door.KEKID{9}, Block: s.world.ZoneBlock()}
	if _, err := client.LoadKeyBlock(t.Context(), unknown); err != door.CodeKey { //nolint:errorlint // the very code
		t.Errorf("a key-exchange key that nobody has: %v", err)
	}
	if p := g.await("serving", func(p overseer.Picture) bool { return p.State == "serving" }); p.Disagreements != 0 {
		t.Errorf("%+v", p)
	}
}
