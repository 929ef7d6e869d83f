package emv

import (
	"bytes"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

func TestATCIsAskedOnlyWhereTheConfigurationAllowsIt(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(*bench, *Config)
		outcome Outcome
		p1      []byte
		code    string
	}{
		"allowed":                   {func(*bench, *Config) {}, OutcomeApprovedOffline, []byte{0x50}, "Y1"},
		"not allowed":               {func(_ *bench, c *Config) { c.Applications[0].OfflineApproval = false }, OutcomeApproved, []byte{0x90, 0x50}, "00"},
		"order forbids it":          {func(b *bench, _ *Config) { b.order.OnlineOnly = true }, OutcomeApproved, []byte{0x90, 0x50}, "00"},
		"merchant forces it online": {func(b *bench, _ *Config) { b.order.ForceOnline = true }, OutcomeApproved, []byte{0x90, 0x50}, "00"},
		"over the floor limit":      {func(b *bench, _ *Config) { b.order.Amount = 100_000 }, OutcomeApproved, []byte{0x90, 0x50}, "00"},
		"denied":                    {func(b *bench, c *Config) { b.order.ForceOnline = true; c.Applications[0].TACDenial[3] = 0x08 }, OutcomeDeclined, []byte{0x00}, "Z1"},
		"card declines":             {func(b *bench, _ *Config) { b.profile.Declines = true }, OutcomeDeclined, []byte{0x50}, "Z1"},
		"card wants its issuer":     {func(b *bench, _ *Config) { b.profile.ApprovesOffline = false }, OutcomeApproved, []byte{0x50, 0x50}, "00"},
		"no host, card approves":    {func(b *bench, _ *Config) { b.order.ForceOnline, b.host = true, HostUnable }, OutcomeApprovedUnableOnline, []byte{0x90, 0x50}, "Y3"},
		"no host, card declines":    {func(b *bench, _ *Config) { b.profile.ApprovesOffline, b.host = false, HostUnable }, OutcomeDeclinedByHost, []byte{0x50, 0x50}, "Z3"},
		"no host, default code": {func(b *bench, c *Config) {
			b.order.ForceOnline, b.host = true, HostUnable
			c.Applications[0].TACDefault[3] = 0x08
		}, OutcomeDeclinedByHost, []byte{0x90, 0x00}, "Z3"},
		"no host, not allowed":  {func(b *bench, c *Config) { c.Applications[0].OfflineApproval, b.host = false, HostUnable }, OutcomeDeclinedByHost, []byte{0x90, 0x00}, "Z3"},
		"offline-only terminal": {func(b *bench, c *Config) { c.TerminalType, b.order.ForceOnline = Hex{0x23}, true }, OutcomeApprovedOffline, []byte{0x50}, "Y1"},
		"offline only, default code": {func(b *bench, c *Config) {
			c.TerminalType, b.order.ForceOnline = Hex{0x23}, true
			c.Applications[0].TACDefault[3] = 0x08
		}, OutcomeDeclined, []byte{0x00}, "Z1"},
		"referral, nobody followed up": {func(b *bench, c *Config) { c.Applications[0].OfflineApproval, b.host = false, HostDeclined }, OutcomeDeclinedByHost, []byte{0x90, 0x00}, "05"},
	} {
		t.Run(name, func(t *testing.T) {
			b, cfg := newAuthBench(t, "cda", approving)
			cfg = offline(cfg)
			c.change(b, &cfg)
			tx, a := b.run(cfg)
			code := tx.ResponseCode()
			if a.Outcome != c.outcome || !bytes.Equal(b.p1, c.p1) || string(code[:]) != c.code {
				t.Fatalf("%v (%s), P1 %X, 8A %s", a.Outcome, a.Reason, b.p1, code)
			}
			if (b.online > 0) != a.Outcome.AfterARQC() {
				t.Errorf("online %d, AfterARQC %v", b.online, a.Outcome.AfterARQC())
			}
		})
	}
}

type testLog uint64

func (l testLog) Newest([]byte) uint64        { return uint64(l) }
func (l testLog) Listed(pan, psn []byte) bool { return len(pan) == 8 && len(psn) == 1 }

func TestLogAndExceptionFileCount(t *testing.T) {
	b, cfg := newAuthBench(t, "cda", approving)
	b.order.Log, b.order.Exceptions = testLog(90_000), testLog(0)
	tx, _ := b.run(offline(cfg))
	if tvr := tx.terminal.Value(tlv.Tag95TerminalVerificationResults); tvr[0]&0x10 == 0 || tvr[3]&0x80 == 0 {
		t.Errorf("TVR %X", tvr)
	}
}

func TestRandomSelectionRisesToTheFloorLimit(t *testing.T) {
	app := Application{FloorLimit: 10_000, Threshold: 2_000, TargetPercent: 20, MaxTargetPercent: 60}
	for amount, want := range map[uint64]uint64{0: 20, 1_999: 20, 2_000: 20, 6_000: 40, 9_999: 59} {
		tx := New(testConfig(t, "A0000000031010"), Order{Amount: amount})
		if tx.app = app; tx.target() != want {
			t.Errorf("%d: %d percent, want %d", amount, tx.target(), want)
		}
	}
	counts := make([]int, 101)
	for n := range 9_900 {
		o := Order{UnpredictableNumber: [4]byte{0, 0, byte(n >> 8), byte(n)}}
		counts[New(Config{}, o).draw()]++
	}
	for n, c := range counts {
		if want := 100; n >= 1 && n <= 99 && c != want || (n == 0 || n == 100) && c != 0 {
			t.Errorf("%d drawn %d times", n, c)
		}
	}
}

func TestSelectionAtRandomIsInTheTVR(t *testing.T) {
	for un, want := range map[byte]byte{0: 0x10, 49: 0x10, 50: 0x00, 98: 0x00, 99: 0x10} {
		b, cfg := newAuthBench(t, "cda", approving)
		cfg = offline(cfg)
		cfg.Applications[0].TargetPercent, cfg.Applications[0].MaxTargetPercent = 50, 50
		b.order.UnpredictableNumber = [4]byte{3: un}
		tx, _ := b.run(cfg)
		if got := tx.terminal.Value(tlv.Tag95TerminalVerificationResults)[3]; got&0x10 != want {
			t.Errorf("number %d: TVR byte 4 is %02X", un, got)
		}
	}
}

func TestARefundAsksForAnAACAndLeavesTheRestToTheHost(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(*bench)
		outcome Outcome
		online  int
	}{
		"approved":         {func(*bench) {}, OutcomeRefund, 1},
		"declined":         {func(b *bench) { b.host = HostDeclined }, OutcomeDeclinedByHost, 1},
		"host not reached": {func(b *bench) { b.host = HostUnable }, OutcomeDeclinedByHost, 1},
		"TC unasked":       {func(b *bench) { b.alter = swap(t, "9F270100", "9F270140") }, OutcomeCardError, 0},
		"torn":             {func(b *bench) { b.profile.TearAtCommand = "gac1" }, OutcomeTornBeforeARQC, 0},
	} {
		t.Run(name, func(t *testing.T) {
			b, cfg := newAuthBench(t, "cda", nil)
			b.order.TransactionType = 0x20
			c.change(b)
			tx, a := b.run(cfg)
			if a.Outcome != c.outcome || b.online != c.online || b.asked != 0 || !bytes.Equal(b.p1, []byte{0x00}) {
				t.Fatalf("%v (%s), P1 %X, online %d", a.Outcome, a.Reason, b.p1, b.online)
			}
			if (b.online > 0) != a.Outcome.AfterARQC() {
				t.Error("AfterARQC is wrong")
			}
			if l, err := tlv.Parse(tx.AccountTLV(nil)); b.online > 0 && (err != nil || len(value(t, l, 0x5A)) == 0) {
				t.Error("no account data", err)
			}
		})
	}
}

func TestARefundAbortedOrTornAtTheHostIsToBeReversed(t *testing.T) {
	for in, want := range map[InputKind]Outcome{InputAbort: OutcomeAbortedAfterARQC, InputCardGone: OutcomeTornAfterARQC} {
		o := testOrder()
		o.TransactionType = 0x20
		card, err := virtualcard.New(visaProfile(t), nil)
		if err != nil {
			t.Fatal(err)
		}
		tx := New(testConfig(t, "A0000000031010"), o)
		if a := run(tx, tx.Next(Start()), virtualcard.NewConn(card)); a.Kind != ActionGoOnline {
			t.Fatal(a)
		}
		if a := tx.Next(Input{Kind: in}); a.Outcome != want {
			t.Errorf("%v", a.Outcome)
		}
	}
}
