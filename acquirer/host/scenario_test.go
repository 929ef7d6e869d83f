package host_test

import (
	"context"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testlane"
	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
)

func TestACardCanBeTreatedByTheAmount(t *testing.T) {
	b := newBench(t)
	c := b.card(testlane.PAN1, "1234", 100_000, provisioning.ScenarioByAmount)
	for amount, want := range map[int64]string{
		1000: approved, 1001: hostspec.ResponseCallIssuer, 1005: hostspec.ResponseDeclined, 1014: hostspec.ResponseNoCard,
		1051: hostspec.ResponseInsufficientFunds, 1054: hostspec.ResponseExpired, 1057: hostspec.ResponseNotPermitted,
		1061: hostspec.ResponseLimit, 1065: hostspec.ResponseFrequency, 1091: hostspec.ResponseIssuerDown,
	} {
		m := b.by(c, testlane.SaleOf(amount))
		b.wants(m, want)
		if net := amount; want == approved {
			b.books(m, net)
		} else {
			b.books(m, 0)
		}
	}
	b.wants(b.by(c, testlane.OfflineOf(1005)), approved) // it was approved already
	wrong := b.by(c, testlane.SaleOf(1097))
	a := b.wants(wrong, approved)
	question, _ := wrong.Fields.Get(55)
	answer, _ := a.Get(55)
	if c.Accepts(question, answer) {
		t.Error("the card accepts tag 91")
	}
	for amount, silent := range map[int64]bool{1098: false, 1099: true} {
		m := b.by(c, testlane.SaleOf(amount))
		reply, err := b.host.Handle(context.Background(), b.session(), m.Frame)
		if err != nil || (reply.Frame == nil) != silent || !silent && reply.Delay == 0 {
			t.Errorf("%d: %v after %s (%v)", amount, reply.Frame != nil, reply.Delay, err)
		}
		b.books(m, amount)
	}
}
