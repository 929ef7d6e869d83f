//go:build linux

package command

import (
	"testing"

	"github.com/strongroom-pos/strongroom/internal/estate/desk"
)

func TestWhatBecameOfEachExportedMessageIsNamed(t *testing.T) {
	for want, s := range map[string]desk.Settled{
		"reversal settled (00)":                                 {Kind: "reversal", Response: "00", Settled: true},
		"void settled (25)":                                     {Kind: "void", Response: "25", Settled: true},
		"capture booked (00)":                                   {Kind: "capture", Response: "00", Settled: true, Booked: true},
		"capture booked (94)":                                   {Kind: "capture", Response: "94", Settled: true, Booked: true},
		"offline approval booked (00)":                          {Kind: "offline", Response: "00", Settled: true, Booked: true},
		"offline approval not booked: the acquirer answers 51":  {Kind: "offline", Response: "51", Settled: true},
		"advice not booked: the acquirer answers 30":            {Kind: "advice", Response: "30", Settled: true},
		"offline approval not settled: the acquirer answers 96": {Kind: "offline", Response: "96"},
		"reversal not settled: the acquirer answers 61":         {Kind: "reversal", Response: "61"},
		"refused: message type":                                 {Refused: "message_type"},
	} {
		if got := fate(s); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
