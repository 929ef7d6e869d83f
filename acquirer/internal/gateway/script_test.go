package gateway_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testlane"
	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

func TestScriptsGoOutOnceAndTheirResultsComeBack(t *testing.T) {
	for _, c := range []struct {
		script   provisioning.Script
		version  testlane.Version
		scenario provisioning.Scenario
		command  string
		result   byte
		state    string
	}{
		{provisioning.Script{Command: provisioning.CommandApplicationBlock}, testlane.Visa12, provisioning.ScenarioDecline, "841E000008", 0x20, "performed"},
		{provisioning.Script{Command: provisioning.CommandApplicationUnblock, Template: "71"}, testlane.Visa0A, provisioning.ScenarioApprove, "8418000008", 0x10, "failed"},
		{provisioning.Script{Command: provisioning.CommandCardBlock}, testlane.Visa22, provisioning.ScenarioApprove, "8416000008", 0x00, "not_performed"},
		{provisioning.Script{Command: provisioning.CommandPINUnblock, ID: "0A0B0C0D"}, testlane.MChip10, provisioning.ScenarioApprove, "8424000008", 0x2F, "performed"},
		{provisioning.Script{Command: provisioning.CommandUpdateRecord, SFI: 2, Record: 1, Data: "010203"}, testlane.MChip14, provisioning.ScenarioApprove, "04DC01140B010203", 0x20, "performed"},
		{provisioning.Script{Command: provisioning.CommandPutData, Tag: "9F58", Data: strings.Repeat("05", 96)}, testlane.MChip11, provisioning.ScenarioApprove, "04DA9F5868" + strings.Repeat("05", 96), 0x20, "performed"},
	} {
		s := newSite(t)
		card := s.issue(func(card *testlane.Card, p *provisioning.Card) {
			card.Version, p.Scenario, p.Script = c.version, c.scenario, &c.script
		})
		conn := s.dial(s.terminal.ID)
		m := s.terminal.SaleBy(t, hostspec.EntryContactlessChip, card, 100, "1234")
		if a := s.answers(conn, m); a.Has(55) {
			t.Error("a script for a card that has left")
		}
		m = s.terminal.SaleBy(t, hostspec.EntryChip, card, 100, "1234")
		question, _ := m.Fields.Get(55)
		answer, _ := s.answers(conn, m).Get(55)
		id, command := card.Obeys(question, answer)
		if got := strings.ToUpper(hex.EncodeToString(command)); got != c.command {
			t.Fatalf("%s: %q", c.script.Command, got)
		}
		if p := s.known(m); len(p.Scripts) != 1 || p.Scripts[0].State != "sent" {
			t.Fatalf("%s: %+v", c.script.Command, p.Scripts)
		}
		result := tlv.Append(nil, tlv.Tag9F5BIssuerScriptResults, append([]byte{c.result}, id...))
		s.wants(conn, s.terminal.Reversal(t, hostspec.MTIReversal, m), hostspec.ResponseApproved)
		s.wants(conn, s.terminal.ReversalWith(t, hostspec.MTIReversalRepeat, m, result), hostspec.ResponseApproved)
		if p := s.known(m); p.Scripts[0].State != c.state || p.Scripts[0].Result != strings.ToUpper(hex.EncodeToString(append([]byte{c.result}, id...))) {
			t.Errorf("%s: %+v", c.script.Command, p.Scripts)
		}
		next := s.terminal.SaleBy(t, hostspec.EntryChip, card, 100, "1234")
		answer, _ = s.answers(conn, next).Get(55)
		if list, err := tlv.Parse(answer); err != nil || len(list) != 2 {
			t.Error("a script went out twice")
		}
		s.stop()
	}
}

func TestScriptsOfAnswersFitTheirLimitAndTemplate(t *testing.T) {
	s := newSite(t)
	card := s.issue(func(_ *testlane.Card, p *provisioning.Card) {
		p.Script = &provisioning.Script{Command: provisioning.CommandPutData, Tag: "9F58", Data: strings.Repeat("05", 96), Template: "71"}
	})
	m := s.terminal.SaleBy(t, hostspec.EntryChip, card, 100, "1234")
	answer, _ := s.answers(s.dial(s.terminal.ID), m).Get(55)
	list, err := tlv.Parse(answer)
	must(t, err)
	template, ok := list.Top(tlv.Tag71IssuerScriptTemplate1)
	if n := len(template.Value) + 2; !ok || n > hostspec.MaxScripts {
		t.Errorf("%d bytes", n)
	}
}

func TestAScriptResultThatIsNoneHoldsNoReversalUp(t *testing.T) {
	s := newSite(t)
	card := s.issue(asIssued)
	c := s.dial(s.terminal.ID)
	for _, icc := range [][]byte{{}, {0x9F}, {0x9F, 0x5B, 2, 1, 2}, bytes.Repeat([]byte{0xFF}, 200)} {
		m := s.terminal.SaleBy(t, hostspec.EntryChip, card, 100, "1234")
		s.wants(c, m, hostspec.ResponseApproved)
		s.wants(c, s.terminal.ReversalWith(t, hostspec.MTIReversal, m, icc), hostspec.ResponseApproved)
		if s.net(m) != 0 {
			t.Error("not taken back")
		}
	}
}

func TestAScriptIsSetThroughTheControlSocket(t *testing.T) {
	s := newSite(t)
	server := httptest.NewServer(s.gateway.Control())
	t.Cleanup(server.Close)
	card, p := s.lane.NewCard(t, testlane.PAN1, "1234", 10_000, provisioning.ScenarioApprove)
	post := func(script *provisioning.Script) int {
		p.Script = script
		b, err := json.Marshal(provisioning.Cards{Cards: []provisioning.Card{p}})
		must(t, err)
		r, err := http.Post(server.URL+"/cards", "application/json", bytes.NewReader(b))
		must(t, err)
		_ = r.Body.Close()
		return r.StatusCode
	}
	if post(nil) != http.StatusNoContent {
		t.Fatal("a card without a script is refused")
	}
	for _, bad := range []provisioning.Script{
		{}, {Command: "explode"}, {Command: provisioning.CommandCardBlock, Data: "00"}, {Command: provisioning.CommandPutData, Tag: "9F58"},
		{Command: provisioning.CommandPutData, Data: "00"}, {Command: provisioning.CommandUpdateRecord, Data: "00"}, {Command: provisioning.CommandCardBlock, Template: "73"},
		{Command: provisioning.CommandCardBlock, ID: "00"}, {Command: provisioning.CommandPutData, Tag: "9F58", Data: strings.Repeat("00", 97)},
	} {
		if post(&bad) != http.StatusBadRequest {
			t.Errorf("%+v: accepted", bad)
		}
	}
	if post(&provisioning.Script{Command: provisioning.CommandCardBlock}) != http.StatusNoContent ||
		post(&provisioning.Script{Command: provisioning.CommandPINUnblock}) != http.StatusNoContent {
		t.Fatal("a script is refused")
	}
	m := s.terminal.SaleBy(t, hostspec.EntryChip, card, 100, "1234")
	question, _ := m.Fields.Get(55)
	answer, _ := s.answers(s.dial(s.terminal.ID), m).Get(55)
	if _, command := card.Obeys(question, answer); len(command) != 5 || command[1] != 0x24 {
		t.Errorf("the later script did not go out: %X", command)
	}
	r, err := http.Get(server.URL + "/payment?terminal_id=TERM0001&rrn=" + m.Fields.String(37))
	must(t, err)
	defer r.Body.Close()
	var shown struct {
		Net     int64  `json:"ledger_net"`
		Entry   string `json:"entry_mode"`
		Scripts []struct{ State string }
	}
	if json.NewDecoder(r.Body).Decode(&shown) != nil || shown.Net != 100 || shown.Entry != "051" || len(shown.Scripts) != 1 {
		t.Errorf("%+v", shown)
	}
}
