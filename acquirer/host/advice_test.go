package host_test

import (
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testlane"
	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// TestTheSimulatedCardObeysItsIssuerAndTheBookSaysSo has the card of the demo run
// the issuer's script behind its TC; an advice brings the result.
func TestTheSimulatedCardObeysItsIssuerAndTheBookSaysSo(t *testing.T) {
	for name, c := range map[string]struct {
		key    func(*testlane.Lane) []byte
		result byte
		state  string
	}{
		"the card of this issuer": {(*testlane.Lane).ScriptMasterKey, 0x20, "performed"},
		"a card with another key": {(*testlane.Lane).IssuerMasterKey, 0x11, "failed"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			card, p := b.lane.NewCard(t, testlane.PAN1, "1234", 10_000, provisioning.ScenarioApprove)
			p.ARPCMethod = 2
			p.Script = &provisioning.Script{Command: provisioning.CommandApplicationBlock, ID: "01020304"}
			if err := b.host.AddCards(t.Context(), []provisioning.Card{p}); err != nil {
				t.Fatal(err)
			}
			chip := newChip(t, virtualcard.Profile{
				PAN: testlane.PAN1, PSN: 1, Expiry: "4912", ServiceCode: "201", Label: "VIRTUAL", CVN: "visa18", ARPCMethod: 2,
				AID: []byte{0xA0, 0, 0, 0, 3, 0x10, 0x10}, IssuerMasterKey: b.lane.IssuerMasterKey(), IssuerSMIKey: c.key(b.lane),
			})
			sale := b.terminal.Sale(t, card, 1299, "").Fields
			sale.Set(55, chip.first(t))
			whole := b.terminal.Finish(t, sale, card, card.PIN)
			data, _ := b.wants(whole, hostspec.ResponseApproved).Get(55)
			if kind := chip.second(t, data); kind != 0x40 {
				t.Fatalf("the card answers %02X", kind)
			}
			result := tlv.Append(nil, tlv.Tag9F5BIssuerScriptResults, []byte{chip.obeys(t, data), 1, 2, 3, 4})
			b.wants(b.terminal.Advice(t, whole, result), hostspec.ResponseApproved)
			known, err := b.host.Payment(t.Context(), b.terminal.ID, whole.Fields.String(37))
			if err != nil || len(known.Scripts) != 1 || known.Scripts[0].State != c.state || result[3] != c.result {
				t.Errorf("%+v, result %02X, %v", known.Scripts, result[3], err)
			}
			b.books(whole, 1299)
		})
	}
}

// obeys has the card run the only command of the issuer's script, and returns the
// first byte of its result.
func (c chip) obeys(t *testing.T, issuer []byte) byte {
	t.Helper()
	list, err := tlv.Parse(issuer)
	if err != nil {
		t.Fatal(err)
	}
	command, ok := list.Find(tlv.Tag86IssuerScriptCommand)
	if !ok {
		t.Fatal("no script came")
	}
	if b := c.card.Process(command); len(b) == 2 && b[0] == 0x90 {
		return 0x20
	}
	return 0x11
}
