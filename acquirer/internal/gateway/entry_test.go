package gateway_test

import (
	"bytes"
	"context"
	"net"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/host"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testlane"
	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// issue registers a card after change.
func (s *site) issue(change func(*testlane.Card, *provisioning.Card)) *testlane.Card {
	s.Helper()
	c, p := s.lane.NewCard(s, testlane.PAN1, "1234", 10_000, provisioning.ScenarioApprove)
	change(c, &p)
	must(s, s.host.AddCards(context.Background(), []provisioning.Card{p}))
	return c
}

func striped(c *testlane.Card, p *provisioning.Card) { c.Service, p.ServiceCode = "101", "101" }
func asIssued(*testlane.Card, *provisioning.Card)    {}

// answers sends m and returns the checked answer.
func (s *site) answers(c net.Conn, m testlane.Message) *codec.Message {
	s.Helper()
	s.send(c, m)
	return s.terminal.Check(s, m, s.receive(c))
}

func (s *site) known(m testlane.Message) host.Account {
	s.Helper()
	p, err := s.host.Payment(context.Background(), s.terminal.ID, m.Fields.String(37))
	must(s, err)
	return p
}

func TestEveryEntryModeIsAuthorised(t *testing.T) {
	for _, mode := range hostspec.EntryModes() {
		if mode == hostspec.EntryStored {
			continue // has no card to be read
		}
		s := newSite(t)
		change := asIssued
		if mode == hostspec.EntryStripe || mode == hostspec.EntryStripeShort {
			change = striped
		}
		card, pin := s.issue(change), "1234"
		if mode == hostspec.EntryKeyed {
			pin = ""
		}
		m := s.terminal.SaleBy(t, mode, card, 1299, pin)
		a := s.answers(s.dial(s.terminal.ID), m)
		if a.String(39) != hostspec.ResponseApproved || s.net(m) != 1299 {
			t.Errorf("%s: %s, %+v", mode, a.String(39), s.known(m))
			continue
		}
		if a.Has(55) != (mode == hostspec.EntryChip) {
			t.Errorf("%s: DE 55 of the answer", mode)
		}
		p := s.known(m)
		if p.EntryMode != mode.Field(hostspec.PINCapable) || p.Fallback != (mode == hostspec.EntryFallback) {
			t.Errorf("%s: the book says %+v", mode, p.Assessment)
		}
	}
}

func TestEverySchemesChipsAreVerifiedAndAnswered(t *testing.T) {
	s := newSite(t)
	c := s.dial(s.terminal.ID)
	card := s.issue(asIssued)
	for _, v := range testlane.Versions() {
		card.Version = v
		m := s.terminal.SaleBy(t, hostspec.EntryChip, card, 100, "1234")
		a := s.answers(c, m)
		question, _ := m.Fields.Get(55)
		answer, _ := a.Get(55)
		if a.String(39) != hostspec.ResponseApproved || !card.Accepts(question, answer) {
			t.Errorf("version %d: %s, or a false tag 91", v, a.String(39))
		}
		s.wants(c, s.terminal.SaleBy(t, hostspec.EntryContactlessChip, card, 100, ""), hostspec.ResponseFormatError) // 9F34 says online PIN
		m = s.terminal.SaleBy(t, hostspec.EntryContactlessChip, card, 100, "1234")
		s.wants(c, m, hostspec.ResponseApproved)
		draft, account := s.terminal.Draft(hostspec.EntryChip, card, 100)
		icc, _ := draft.Get(55)
		at := bytes.Index(icc, []byte{0x9F, 0x26, 8})
		icc[at+3] ^= 1
		s.wants(c, s.terminal.FinishAs(t, draft, card, "1234", account), hostspec.ResponseDeclined)
	}
}

// misuse is a message that must be declined, and the issuer's reason.
type misuse struct {
	why, response, reason string
	issue                 func(*testlane.Card, *provisioning.Card)
	mode                  hostspec.EntryMode
	pin                   string
	change                func(c *testlane.Card, m *codec.Message, account []byte) []byte
}

func misuses() []misuse {
	keep := func(f func(m *codec.Message)) func(*testlane.Card, *codec.Message, []byte) []byte {
		return func(_ *testlane.Card, m *codec.Message, account []byte) []byte { f(m); return account }
	}
	stripe := func(service, value string) func(*testlane.Card, *codec.Message, []byte) []byte {
		return func(c *testlane.Card, _ *codec.Message, _ []byte) []byte { return c.Stripe(service, c.Value(value)) }
	}
	wrongCode := keep(func(m *codec.Message) {
		icc, _ := m.Get(55)
		icc[bytes.Index(icc, []byte{0x9F, 0x6A, 4})+6] ^= 1
	})
	return []misuse{
		{"a chip card swiped", "57", "chip_card_swiped", asIssued, hostspec.EntryStripe, "1234", nil},
		{"fallback of a card without a chip", "57", "fallback_without_chip", striped, hostspec.EntryFallback, "1234", nil},
		{"no fallback allowed", "65", "fallback_limit", func(_ *testlane.Card, p *provisioning.Card) { p.FallbackLimit = -1 }, hostspec.EntryFallback, "1234", nil},
		{"a value of another service code", "05", "cvv", striped, hostspec.EntryStripe, "", stripe("101", "201")},
		{"the printed value on a stripe", "05", "cvv", striped, hostspec.EntryStripe, "", stripe("000", "000")},
		{"the chip's value on a stripe", "05", "cvv", striped, hostspec.EntryStripe, "", stripe("999", "999")},
		{"another service code than the book's", "05", "service_code", asIssued, hostspec.EntryStripe, "", stripe("101", "101")},
		{"a wrong printed value", "05", "cvv2", asIssued, hostspec.EntryKeyed, "", func(c *testlane.Card, _ *codec.Message, account []byte) []byte {
			account[len(account)-1] = '0' + (account[len(account)-1]-'0'+1)%10
			return account
		}},
		{"another number in the dynamic code", "05", "cvc3", asIssued, hostspec.EntryContactlessStripe, "", wrongCode},
		{"keyed as if the card were there", "30", "", asIssued, hostspec.EntryKeyed, "", keep(func(m *codec.Message) { m.SetString(25, "00") })},
		{"swiped as if by mail", "30", "", striped, hostspec.EntryStripe, "", keep(func(m *codec.Message) { m.SetString(25, "08") })},
		{"keyed with a PIN", "30", "", asIssued, hostspec.EntryKeyed, "1234", nil},
		{"a PIN from a terminal without a PIN pad", "30", "", asIssued, hostspec.EntryChip, "1234", keep(func(m *codec.Message) { m.SetString(22, "052") })},
		{"a chip that is called a stripe", "30", "", asIssued, hostspec.EntryChip, "1234", keep(func(m *codec.Message) { m.SetString(22, "901") })},
		{"a stripe that is called a chip", "30", "", striped, hostspec.EntryStripe, "1234", keep(func(m *codec.Message) { m.SetString(22, "051") })},
		{"no known entry mode", "30", "", asIssued, hostspec.EntryChip, "1234", keep(func(m *codec.Message) { m.SetString(22, "061") })},
		{"a chip's account data with a printed value", "30", "", asIssued, hostspec.EntryChip, "1234", func(_ *testlane.Card, _ *codec.Message, account []byte) []byte {
			return tlv.Append(account, tlv.Tag(hostspec.TagCVV2), []byte("123"))
		}},
		{"a card's PIN that the terminal does not know of", "05", "cvm_contradiction", func(c *testlane.Card, _ *provisioning.Card) { c.Results = 0x04 }, hostspec.EntryChip, "1234", nil},
		{"a PIN that the card does not know of", "05", "cvm_contradiction", func(c *testlane.Card, _ *provisioning.Card) { c.CVM = [3]byte{0x44, 0, 2} }, hostspec.EntryChip, "", nil},
		{"the same under M/Chip", "05", "cvm_contradiction", func(c *testlane.Card, _ *provisioning.Card) {
			c.CVM, c.Version, c.Results = [3]byte{0x41, 0, 2}, testlane.MChip10, 0x04
		}, hostspec.EntryChip, "", nil},
	}
}

func TestMisuseOfAnEntryModeIsDeclined(t *testing.T) {
	for _, c := range misuses() {
		s := newSite(t)
		card := s.issue(c.issue)
		draft, account := s.terminal.Draft(c.mode, card, 100)
		if c.change != nil {
			account = c.change(card, draft, account)
		}
		m := s.terminal.FinishAs(t, draft, card, c.pin, account)
		a := s.answers(s.dial(s.terminal.ID), m)
		if p := s.known(m); a.String(39) != c.response || p.Reason != c.reason || p.LedgerNet != 0 || p.IssuerNet != 0 {
			t.Errorf("%s: %s, reason %q", c.why, a.String(39), p.Reason)
		}
		if n := s.host.Counters().Declined[c.reason]; c.reason != "" && n != 1 {
			t.Errorf("%s: counted %d times", c.why, n)
		}
		s.stop()
	}
}

func TestAPINTheCardFoundRightIsNoContradiction(t *testing.T) {
	s := newSite(t)
	c := s.dial(s.terminal.ID)
	for v, bits := range map[testlane.Version]byte{testlane.Visa12: 0x04, testlane.MChip14: 0x05} {
		card := s.issue(func(c *testlane.Card, _ *provisioning.Card) {
			c.Version, c.Results, c.CVM = v, bits, [3]byte{0x44, 0, 2}
		})
		s.wants(c, s.terminal.SaleBy(t, hostspec.EntryChip, card, 100, ""), hostspec.ResponseApproved)
	}
}

func TestACounterMustRiseAcrossInterfaces(t *testing.T) {
	s := newSite(t)
	c := s.dial(s.terminal.ID)
	card := s.issue(asIssued)
	first := s.terminal.SaleBy(t, hostspec.EntryContactlessStripe, card, 100, "")
	s.wants(c, first, hostspec.ResponseApproved)
	s.wants(c, first, hostspec.ResponseApproved) // the same bytes: the stored answer
	s.wants(c, s.terminal.SaleBy(t, hostspec.EntryChip, card, 100, "1234"), hostspec.ResponseApproved)
	for _, mode := range []hostspec.EntryMode{hostspec.EntryContactlessStripe, hostspec.EntryContactlessChip, hostspec.EntryChip} {
		card.ATC = 0 // a copy of the card as it was, or a stored cryptogram
		m := s.terminal.SaleBy(t, mode, card, 100, "1234")
		s.wants(c, m, hostspec.ResponseDeclined)
		if p := s.known(m); p.Reason != "replay" || p.LedgerNet != 0 {
			t.Errorf("%s: %+v", mode, p)
		}
	}
	if n := s.host.Counters().Declined["replay"]; n != 3 {
		t.Errorf("counted %d times", n)
	}
}

func TestFallbacksOfADayAreLimited(t *testing.T) {
	s := newSite(t)
	c := s.dial(s.terminal.ID)
	card := s.issue(asIssued)
	for range 3 {
		s.wants(c, s.terminal.SaleBy(t, hostspec.EntryFallback, card, 100, "1234"), hostspec.ResponseApproved)
	}
	s.wants(c, s.terminal.SaleBy(t, hostspec.EntryFallback, card, 100, "1234"), hostspec.ResponseFrequency)
}

func TestThePrintedValueCannotBeTriedOut(t *testing.T) {
	s := newSite(t)
	c := s.dial(s.terminal.ID)
	card := s.issue(asIssued)
	guess := func(add byte) testlane.Message {
		draft, account := s.terminal.Draft(hostspec.EntryKeyed, card, 100)
		last := &account[len(account)-1]
		*last = '0' + (*last-'0'+add)%10
		return s.terminal.FinishAs(t, draft, card, "", account)
	}
	s.wants(c, guess(1), hostspec.ResponseDeclined)
	s.wants(c, guess(0), hostspec.ResponseApproved) // a right one starts anew
	for add := range byte(5) {
		s.wants(c, guess(add+1), hostspec.ResponseDeclined)
	}
	m := guess(0)
	s.wants(c, m, hostspec.ResponseDeclined)
	if p := s.known(m); p.Reason != "cvv2_tries" {
		t.Errorf("reason %q", p.Reason)
	}
}
