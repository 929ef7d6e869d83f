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
			"a booked one's":   {back, host.Settled{TerminalID: b.terminal.ID, RRN: booked.Fields.String(37), Kind: "reversal", Amount: 1_000, Response: approved, Settled: true}},
			"one never seen's": {unseen, host.Settled{TerminalID: b.terminal.ID, RRN: never.Fields.String(37), Kind: "reversal", Amount: 500, Response: hostspec.ResponseNoOriginal, Settled: true}},
			"a forged one":     {forged, host.Settled{Refused: "mac"}},
			"a sale":           {sale, host.Settled{Refused: "message_type"}},
			"nothing":          {testlane.Message{}, host.Settled{Refused: "malformed"}},
		} {
			if got := b.host.SettleByHand(t.Context(), c.m.Frame); got != c.want {
				t.Errorf("%s: %+v, want %+v", why, got, c.want)
			}
		}
		b.books(booked, 0)
		b.has(last4, 10_000, 0)
	}
	b.wants(b.terminal.Network(t, hostspec.NetworkEcho, nil), approved) // the new key is the active one still
}

// TestCapturesAndOfflineApprovalsAreSettledByHandOnceEach brings what the terminal only
// tells of: before it came, after it came, and after the answers were dropped.
func TestCapturesAndOfflineApprovalsAreSettledByHandOnceEach(t *testing.T) {
	b := newBench(t)
	c := b.issuedCard()
	hold := b.by(c, testlane.HoldOf(5_000))
	approval := b.wants(hold, approved).String(38)
	capture := b.terminal.Capture(t, hold, approval, 2_000, false)
	repeat := b.terminal.Repeat(t, hostspec.MTIAdviceRepeat, capture)
	sent := b.terminal.Capture(t, hold, approval, 500, false)
	b.wants(sent, approved)
	offline, poor := b.by(c, testlane.OfflineOf(1_000)), b.by(c, testlane.OfflineOf(9_000))
	toVoid := b.terminal.Capture(t, hold, approval, 100, false)
	void := b.terminal.Void(t, toVoid)
	scripts := b.terminal.Advice(t, hold, []byte{0x9F, 0x5B, 5, 0x20, 1, 2, 3, 4})

	steps := []struct {
		why  string
		m    testlane.Message
		want host.Settled
	}{
		{"capture", capture, host.Settled{Kind: "capture", Amount: 2_000, Response: approved, Settled: true, Booked: true}},
		{"its repeat", repeat, host.Settled{Kind: "capture", Amount: 2_000, Response: approved, Settled: true, Booked: true}},
		{"one that came", sent, host.Settled{Kind: "capture", Amount: 500, Response: approved, Settled: true, Booked: true}},
		{"offline approval", offline, host.Settled{Kind: "offline", Amount: 1_000, Response: approved, Settled: true, Booked: true}},
		{"one that the issuer refuses", poor, host.Settled{Kind: "offline", Amount: 9_000, Response: hostspec.ResponseInsufficientFunds, Settled: true}},
		{"void of what never came", void, host.Settled{Kind: "void", Amount: 100, Response: hostspec.ResponseNoOriginal, Settled: true}},
		{"what was voided", toVoid, host.Settled{Kind: "capture", Amount: 100, Response: hostspec.ResponseDuplicate, Settled: true}},
	}
	settle := func(judged map[string]string) {
		t.Helper()
		for _, s := range steps {
			s.want.TerminalID, s.want.RRN = b.terminal.ID, s.m.Fields.String(37)
			if r := judged[s.why]; r != "" {
				s.want.Response = r
			}
			if got := b.host.SettleByHand(t.Context(), s.m.Frame); got != s.want {
				t.Errorf("%s: %+v, want %+v", s.why, got, s.want)
			}
		}
		if got := b.host.SettleByHand(t.Context(), scripts.Frame); got.Refused != "message_type" {
			t.Errorf("a card's word on scripts: %+v", got)
		}
		b.books(capture, 2_000)
		b.books(offline, 1_000)
		b.has(last4, 6_500, 2_500)
	}
	settle(nil)
	settle(nil)
	b.settles("000001", approved, [8]int64{0, 0, 3, 0, 0, 0, 3_500, 0})
	b.terminal.NextBatch()
	b.settles("000002", approved, [8]int64{}) // drops the answers of the first
	id, err := b.host.OfferKey(t.Context(), b.terminal.ID)
	if err != nil {
		t.Fatal(err)
	}
	b.lane.Rekey(t, b.terminal, id)
	b.wants(b.terminal.Network(t, hostspec.NetworkEcho, nil), approved) // retires the old key
	b.refuses(capture, host.RefusalKey)
	const known = hostspec.ResponseDuplicate
	settle(map[string]string{"capture": known, "its repeat": known, "one that came": known, "offline approval": known, "one that the issuer refuses": known})
}

func TestWhatNoElementCanJudgeIsBroughtAgain(t *testing.T) {
	b := newBench(t)
	m := b.by(b.issuedCard(), testlane.OfflineOf(1_000))
	b.reopen(&failing{Elements: b.lane.Client, left: 2})
	if got := b.host.SettleByHand(t.Context(), m.Frame); got.Settled || got.Booked || got.Response != hostspec.ResponseSystem {
		t.Errorf("%+v", got)
	}
	b.reopen(b.lane.Client)
	if got := b.host.SettleByHand(t.Context(), m.Frame); !got.Settled || !got.Booked {
		t.Errorf("%+v", got)
	}
	b.books(m, 1_000)
}
