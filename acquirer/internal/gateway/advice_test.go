package gateway_test

import (
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testlane"
	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

func TestAnAdviceSettlesTheScriptOfAnApprovedSaleAndNoBooks(t *testing.T) {
	s := newSite(t)
	card := s.issue(func(card *testlane.Card, p *provisioning.Card) {
		card.Version, p.Scenario = testlane.Visa12, provisioning.ScenarioApprove
		p.Script = &provisioning.Script{Command: provisioning.CommandPINUnblock}
	})
	conn := s.dial(s.terminal.ID)
	sale := s.terminal.SaleBy(t, hostspec.EntryChip, card, 100, "1234")
	question, _ := sale.Fields.Get(55)
	answer, _ := s.answers(conn, sale).Get(55)
	id, _ := card.Obeys(question, answer)
	result := tlv.Append(nil, tlv.Tag9F5BIssuerScriptResults, append([]byte{0x20}, id...))
	advice := s.terminal.Advice(t, sale, result)
	s.wants(conn, advice, hostspec.ResponseApproved)
	s.wants(conn, advice, hostspec.ResponseApproved)                             // the same bytes
	s.wants(conn, s.terminal.Advice(t, sale, result), hostspec.ResponseApproved) // and under another KSN
	if p := s.known(sale); len(p.Scripts) != 1 || p.Scripts[0].State != "performed" || s.net(sale) != 100 {
		t.Errorf("%+v, net %d", p.Scripts, s.net(sale))
	}
	never := s.terminal.SaleBy(t, hostspec.EntryChip, card, 100, "1234")
	s.wants(conn, s.terminal.Advice(t, never, result), hostspec.ResponseNoOriginal)
	s.wants(conn, never, hostspec.ResponseApproved) // an advice refuses nothing
}
