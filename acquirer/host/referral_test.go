package host_test

import (
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testlane"
	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
)

// referred is a sale for which the issuer wants a call, and what he says to it.
func (b *bench) referred(c *testlane.Card, amount int64) (m testlane.Message, code string) {
	b.Helper()
	m = b.by(c, testlane.SaleOf(amount))
	b.wants(m, hostspec.ResponseCallIssuer)
	code, err := b.host.VoiceApproval(b.Context(), b.terminal.ID, m.Fields.String(37))
	if err != nil || len(code) != 6 {
		b.Fatalf("%q, %v", code, err)
	}
	return m, code
}

func TestAReferredSaleIsCapturedOnceByTheCodeThatTheIssuerGave(t *testing.T) {
	b := newBench(t)
	c := b.card(testlane.PAN1, "1234", 10_000, provisioning.ScenarioRefer)
	sale, code := b.referred(c, 1_000)
	other, otherCode := b.referred(c, 1_000)
	b.wants(b.terminal.Capture(t, sale, otherCode, 1_000, true), hostspec.ResponseNoOriginal)
	b.wants(b.terminal.Capture(t, sale, code, 1_001, true), hostspec.ResponseLimit)
	b.has(last4, 10_000, 0)
	m := b.terminal.Capture(t, sale, code, 1_000, true)
	b.wants(m, approved)
	b.wants(b.terminal.Repeat(t, hostspec.MTIAdviceRepeat, m), approved)
	b.wants(b.terminal.Capture(t, sale, code, 1_000, true), hostspec.ResponseDuplicate)
	b.has(last4, 9_000, 0)
	b.books(m, 1_000)
	b.wants(b.terminal.Return(t, m, 200), approved)
	b.wants(b.terminal.Return(t, m, 801), hostspec.ResponseLimit)
	voided := b.terminal.Capture(t, other, otherCode, 900, true)
	b.wants(voided, approved)
	b.wants(b.terminal.Void(t, voided), approved)
	b.wants(b.terminal.Capture(t, other, otherCode, 900, true), hostspec.ResponseDuplicate) // his word was for once
	b.has(last4, 9_200, 0)
	b.settles("000001", approved, [8]int64{1, 0, 1, 1, 200, 0, 1_000, 900})
}

func TestNobodyGuessesTheCodeOfAReferral(t *testing.T) {
	b := newBench(t)
	c := b.card(testlane.PAN1, "1234", 10_000, provisioning.ScenarioRefer)
	sale, code := b.referred(c, 1_000)
	for range 3 {
		b.wants(b.terminal.Capture(t, sale, "AAAAAA", 1_000, true), hostspec.ResponseNoOriginal)
	}
	b.wants(b.terminal.Capture(t, sale, code, 1_000, true), hostspec.ResponseNoOriginal)
	b.has(last4, 10_000, 0)
}

func TestThereIsNoCodeForWhatWasNotReferred(t *testing.T) {
	b := newBench(t)
	declined := b.by(b.card(testlane.PAN1, "1234", 10_000, provisioning.ScenarioDecline), testlane.SaleOf(10))
	b.wants(declined, hostspec.ResponseDeclined)
	if code, err := b.host.VoiceApproval(t.Context(), b.terminal.ID, declined.Fields.String(37)); err == nil || code != "" {
		t.Errorf("%q, %v", code, err)
	}
	b.wants(b.terminal.Capture(t, declined, "AAAAAA", 10, true), hostspec.ResponseNoOriginal)
	b.has(last4, 10_000, 0)
}
