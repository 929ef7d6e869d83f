package host_test

import (
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testlane"
	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
)

func TestAnOfflineApprovalIsProvedByItsTCAndBookedOnce(t *testing.T) {
	b := newBench(t)
	c := b.issuedCard()
	m := b.by(c, testlane.OfflineOf(1_000))
	a := b.wants(m, approved)
	if a.MTI != hostspec.MTIAdviceAnswer || a.Has(38) || a.Has(55) {
		t.Error("more than DE 39")
	}
	b.wants(m, approved)
	b.books(m, 1_000)
	replay := b.by(c, testlane.OfflineOf(1_000)).Fields
	chip, _ := m.Fields.Get(55)
	replay.Set(55, chip)
	b.wants(b.terminal.Finish(t, replay, c, ""), hostspec.ResponseDeclined)
	online := b.by(c, testlane.SaleOf(1_000)).Fields
	online.MTI = hostspec.MTIAdvice
	b.wants(b.terminal.Finish(t, online, c, ""), hostspec.ResponseFormatError) // an ARQC proves nothing
	late := b.by(c, testlane.OfflineOf(500))
	b.wants(b.by(c, testlane.SaleOf(1)), approved) // with a higher counter
	b.wants(late, approved)
	poor := b.by(c, testlane.OfflineOf(9_000))
	b.wants(poor, hostspec.ResponseInsufficientFunds)
	b.books(poor, 0)
	b.wants(b.terminal.Return(t, m, 1_000), approved)
	b.wants(b.terminal.Reversal(t, hostspec.MTIReversal, late), approved)
	b.has(last4, 9_999, 0)
}

func TestAnOfflineApprovalIsHeldToTheCard(t *testing.T) {
	b := newBench(t)
	declined := b.card(testlane.PAN2, "1234", 10_000, provisioning.ScenarioDecline)
	stranger, _ := b.lane.NewCard(t, testlane.PAN3, "1234", 10_000, provisioning.ScenarioApprove)
	for _, c := range []struct {
		want string
		m    testlane.Message
	}{
		{hostspec.ResponseDeclined, b.by(declined, testlane.OfflineOf(100))},
		{hostspec.ResponseNoCard, b.by(stranger, testlane.OfflineOf(100))},
	} {
		b.wants(c.m, c.want)
		b.books(c.m, 0)
	}
}
