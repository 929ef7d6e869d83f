package host_test

import (
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testlane"
	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// TestTheSimulatedCardAndTheIssuerAgree has the card of the demo make the
// cryptogram and judge the answer: a TC for an approval, an AAC for a decline or
// a false tag 91.
func TestTheSimulatedCardAndTheIssuerAgree(t *testing.T) {
	for _, c := range []struct {
		cvn      string
		method   int
		scenario provisioning.Scenario
		response string
		kind     byte
	}{
		{"visa18", 2, provisioning.ScenarioApprove, hostspec.ResponseApproved, 0x40},
		{"visa18", 1, provisioning.ScenarioApprove, hostspec.ResponseApproved, 0x40},
		{"visa18", 2, provisioning.ScenarioDecline, hostspec.ResponseDeclined, 0x00},
		{"visa18", 1, provisioning.ScenarioDecline, hostspec.ResponseDeclined, 0x00},
		{"visa18", 2, provisioning.ScenarioWrongARPC, hostspec.ResponseApproved, 0x00},
		{"visa10", 1, provisioning.ScenarioApprove, hostspec.ResponseApproved, 0x40},
		{"visa17", 1, provisioning.ScenarioApprove, hostspec.ResponseApproved, 0x40},
		{"visa22", 2, provisioning.ScenarioApprove, hostspec.ResponseApproved, 0x40},
		{"mchip10", 1, provisioning.ScenarioApprove, hostspec.ResponseApproved, 0x40},
		{"mchip11", 1, provisioning.ScenarioApprove, hostspec.ResponseApproved, 0x40},
		{"mchip14", 1, provisioning.ScenarioApprove, hostspec.ResponseApproved, 0x40},
		{"mchip15", 1, provisioning.ScenarioApprove, hostspec.ResponseApproved, 0x40},
		{"mchip10", 1, provisioning.ScenarioDecline, hostspec.ResponseDeclined, 0x00},
		{"mchip15", 1, provisioning.ScenarioWrongARPC, hostspec.ResponseApproved, 0x00},
	} {
		b := newBench(t)
		card, p := b.lane.NewCard(t, testlane.PAN1, "1234", 10_000, c.scenario)
		p.ARPCMethod = uint8(c.method)
		if err := b.host.AddCards(t.Context(), []provisioning.Card{p}); err != nil {
			t.Fatal(err)
		}
		chip := newChip(t, virtualcard.Profile{
			PAN: testlane.PAN1, PSN: 1, Expiry: "4912", ServiceCode: "201", Label: "VIRTUAL", CVN: c.cvn, ARPCMethod: c.method,
			AID: []byte{0xA0, 0, 0, 0, 3, 0x10, 0x10}, IssuerMasterKey: b.lane.IssuerMasterKey(),
		})
		sale := b.terminal.Sale(t, card, 1299, "").Fields
		sale.Set(55, chip.first(t))
		answer := b.wants(b.terminal.Finish(t, sale, card, card.PIN), c.response)
		data, _ := answer.Get(55)
		if kind := chip.second(t, data); kind != c.kind {
			t.Errorf("%s, method %d, %q: the card answers %02X", c.cvn, c.method, c.scenario, kind)
		}
	}
}

type chip struct{ card *virtualcard.Card }

// terms are the CDOL1 data of 12.99 euros.
func terms() []tlv.Element {
	return []tlv.Element{
		{Tag: 0x9F02, Value: []byte{0, 0, 0, 0, 0x12, 0x99}}, {Tag: 0x9F03, Value: make([]byte, 6)}, {Tag: 0x9F1A, Value: []byte{2, 0x80}},
		{Tag: 0x95, Value: make([]byte, 5)}, {Tag: 0x5F2A, Value: []byte{9, 0x78}}, {Tag: 0x9A, Value: []byte{0x26, 1, 2}},
		{Tag: 0x9C, Value: []byte{0}}, {Tag: 0x9F37, Value: []byte{1, 2, 3, 4}},
	}
}

func newChip(t *testing.T, p virtualcard.Profile) chip {
	t.Helper()
	card, err := virtualcard.New(p, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := chip{card}
	c.exchange(t, append([]byte{0x00, 0xA4, 0x04, 0x00, byte(len(p.AID))}, p.AID...))
	c.exchange(t, []byte{0x80, 0xA8, 0x00, 0x00, 0x05, 0x83, 0x03, 0x02, 0x80, 0x22})
	return c
}

func (c chip) exchange(t *testing.T, command []byte) tlv.List {
	t.Helper()
	b := c.card.Process(append(command, 0))
	if len(b) < 2 || b[len(b)-2] != 0x90 {
		t.Fatalf("the card answers %X", b)
	}
	list, err := tlv.ParseCard(b[:len(b)-2])
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// first asks for an ARQC and returns DE 55.
func (c chip) first(t *testing.T) (de55 []byte) {
	t.Helper()
	command := []byte{0x80, 0xAE, 0x80, 0x00, 29}
	for _, e := range terms() {
		de55, command = tlv.Append(de55, e.Tag, e.Value), append(command, e.Value...)
	}
	list := c.exchange(t, command)
	for _, tag := range []tlv.Tag{0x9F27, 0x9F36, 0x9F26, 0x9F10} {
		v, _ := list.Find(tag)
		de55 = tlv.Append(de55, tag, v)
	}
	de55 = tlv.Append(de55, 0x9F34, []byte{0x42, 3, 0})
	return tlv.Append(de55, 0x82, []byte{0x18, 0x00})
}

// second asks for a TC with the issuer's answer and returns what came.
func (c chip) second(t *testing.T, issuer []byte) byte {
	t.Helper()
	list, err := tlv.Parse(issuer)
	if err != nil {
		t.Fatal(err)
	}
	arc, _ := list.Find(0x8A)
	authentication, _ := list.Find(0x91)
	data := append(append(append([]byte{}, arc...), make([]byte, 5)...), 9, 9, 9, 9)
	data = append(data, authentication...)
	answer := c.exchange(t, append([]byte{0x80, 0xAE, 0x40, 0x00, byte(len(data))}, data...))
	kind, _ := answer.Find(0x9F27)
	return kind[0] & 0xC0
}
