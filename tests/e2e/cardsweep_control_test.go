//go:build linux

package e2e

import (
	"testing"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
)

// What the sweep rests on is that an end which no rule allows is seen: here is one
// sound report of each kind, and the same ones doctored.

func TestReportsOfPulledCardsThatDisagreeAreSeen(t *testing.T) {
	for _, c := range []struct {
		name   string
		sound  func() report
		doctor func(*report)
	}{
		{"captured, and the card has given no TC", approvedReport, func(r *report) { r.card.Cryptograms = r.card.Cryptograms[:1] }},
		{"captured, and the card has declined", approvedReport, func(r *report) { r.card.Cryptograms[1].Kind = "AAC" }},
		{"captured, and the TC was lost", approvedReport, func(r *report) { r.card.Cryptograms[1].Lost = true }},
		{"captured, and the host has nothing", approvedReport, func(r *report) { r.host = nil }},
		{"captured, and the host has reversed", approvedReport, func(r *report) { r.host = []string{"reversed"} }},
		{"captured, and the host has declined", approvedReport, func(r *report) { r.host = []string{"declined"} }},
		{"the host was asked twice", approvedReport, func(r *report) { r.host = []string{"approved", "reversed"} }},
		{"the receipt has another cryptogram", approvedReport, func(r *report) { r.chip.Cryptogram = "0203" }},
		{"the card was told another amount", approvedReport, func(r *report) { r.card.Cryptograms[0].Amount++ }},
		{"the card approved twice", approvedReport, func(r *report) { r.card.Cryptograms[0].Kind = "TC" }},
		{"a tap is captured without its cryptogram", tappedReport, func(r *report) { r.card.Cryptograms = nil }},
		{"a tap is captured and its cryptogram was lost", tappedReport, func(r *report) { r.card.Cryptograms[0].Lost = true }},
		{"reversed, and the card has given a TC", reversedReport, func(r *report) {
			r.card.Cryptograms = append(r.card.Cryptograms, cryptogram("TC", false))
		}},
		{"reversed, its TC lost where nothing was torn behind it", reversedReport, func(r *report) {
			r.card.Cryptograms = append(r.card.Cryptograms, cryptogram("TC", true))
		}},
		{"reversed at the till, approved at the host", reversedReport, func(r *report) { r.host = []string{"approved"} }},
		{"reversed, and the card was never away", reversedReport, func(r *report) { r.left = false }},
		{"reversed for no reason", reversedReport, func(r *report) { r.paid.Failure = nil }},
		{"not charged, and the card has given a TC", unaskedReport, func(r *report) { r.card.Cryptograms[0].Kind = "TC" }},
		{"not charged, and its TC was lost", unaskedReport, func(r *report) {
			r.card.Cryptograms[0] = cryptogram("TC", true)
		}},
		{"not charged, and the host has approved", unaskedReport, func(r *report) { r.host = []string{"approved"} }},
		{"a reason that is on no list", unaskedReport, func(r *report) { r.paid.Failure.Code = "internal" }},
		{"no outcome", unaskedReport, func(r *report) { r.paid.Outcome = nil }},
		{"money unknown", unaskedReport, func(r *report) { r.paid.Money = "unknown" }},
		{"canceled, and nobody has", canceledReport, func(r *report) { r.canceled = false }},
		{"canceled, and the host has approved", canceledReport, func(r *report) { r.host = []string{"approved"} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := c.sound()
			if _, err := r.check(); err != nil {
				t.Fatalf("the sound report is refused: %v", err)
			}
			c.doctor(&r)
			if rule, err := r.check(); err == nil {
				t.Errorf("it passes as %q", rule)
			}
		})
	}
}

const controlAmount = 10_01

func cryptogram(kind string, lost bool) virtualcard.Cryptogram {
	return virtualcard.Cryptogram{ATC: 1, Kind: kind, Value: virtualcard.Hex{1, 2}, Amount: controlAmount, Lost: lost}
}

func controlReport(face virtualcard.Interface, outcome, money, failure string, host []string, cards ...virtualcard.Cryptogram) report {
	r := report{pull: pull{who: virtualcard.Personality{Name: "control", Interface: face}, at: 3}, host: host,
		paid: paid{ID: "a", Amount: controlAmount, Status: "completed", Outcome: word(outcome), Money: money},
		card: virtualcard.Story{Commands: 4, Cryptograms: cards}}
	if failure != "" {
		r.paid.Failure = &struct {
			Code string `json:"code"`
		}{failure}
	}
	return r
}

func approvedReport() report {
	r := controlReport(virtualcard.Contact, "approved", "captured", "", []string{"approved"}, cryptogram("ARQC", false), cryptogram("TC", false))
	r.chip = chipLine{"TC", "0102"}
	return r
}

func tappedReport() report {
	r := controlReport(virtualcard.Contactless, "approved", "captured", "", []string{"approved"}, cryptogram("ARQC", false))
	r.chip = chipLine{"ARQC", "0102"}
	return r
}

func reversedReport() report {
	r := controlReport(virtualcard.Contact, "not_charged", "released", "card_removed", []string{"reversed"}, cryptogram("ARQC", false))
	r.left = true
	return r
}

func unaskedReport() report {
	r := controlReport(virtualcard.Contact, "failed", "none", "card_removed", nil, cryptogram("ARQC", true))
	r.left, r.side = true, after
	return r
}

func canceledReport() report {
	r := controlReport(virtualcard.Contactless, "canceled", "none", "canceled_by_merchant", nil)
	r.left, r.canceled, r.asked = true, true, []string{"tap_again"}
	return r
}
