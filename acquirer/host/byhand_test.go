package host_test

import (
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/host"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testlane"
)

// TestReversalsThatATerminalCouldNotSendAreSettledOnceEach brings what was prepared
// before the keys were erased and the terminal enrolled anew.
func TestReversalsThatATerminalCouldNotSendAreSettledOnceEach(t *testing.T) {
	b := newBench(t)
	c := b.issuedCard()
	booked := b.by(c, testlane.SaleOf(1_000))
	b.wants(booked, approved)
	back := b.terminal.Reversal(t, hostspec.MTIReversal, booked)
	never := b.by(c, testlane.SaleOf(500))
	unseen := b.terminal.Reversal(t, hostspec.MTIReversal, never)
	forged := b.terminal.Reversal(t, hostspec.MTIReversal, booked)
	forged.Frame[len(forged.Frame)-1] ^= 1
	sale := b.by(c, testlane.SaleOf(100))

	id, err := b.host.OfferKey(t.Context(), b.terminal.ID)
	if err != nil {
		t.Fatal(err)
	}
	b.lane.Rekey(t, b.terminal, id)
	b.wants(b.terminal.Network(t, hostspec.NetworkEcho, nil), approved) // retires the old key
	b.refuses(back, host.RefusalKey)                                    // as the terminal's own message it is too late

	for range 2 {
		for why, c := range map[string]struct {
			m    testlane.Message
			want host.Settled
		}{
			"a booked one's":   {back, host.Settled{TerminalID: b.terminal.ID, RRN: booked.Fields.String(37), Amount: 1_000, Response: approved, Settled: true}},
			"one never seen's": {unseen, host.Settled{TerminalID: b.terminal.ID, RRN: never.Fields.String(37), Amount: 500, Response: hostspec.ResponseNoOriginal, Settled: true}},
			"a forged one":     {forged, host.Settled{Refused: "mac"}},
			"a sale":           {sale, host.Settled{Refused: "message_type"}},
			"nothing":          {testlane.Message{}, host.Settled{Refused: "malformed"}},
		} {
			if got := b.host.SettleReversal(t.Context(), c.m.Frame); got != c.want {
				t.Errorf("%s: %+v, want %+v", why, got, c.want)
			}
		}
		b.books(booked, 0)
		b.has(last4, 10_000, 0)
	}
	b.wants(b.terminal.Network(t, hostspec.NetworkEcho, nil), approved) // the new key is the active one still
}
