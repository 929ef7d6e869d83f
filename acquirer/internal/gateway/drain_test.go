package gateway_test

import (
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/hostframe"
	"github.com/strongroom-pos/strongroom/acquirer/internal/gateway"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testlane"
	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
)

func TestAGatewayThatEndsAnswersWhatItHasTaken(t *testing.T) {
	s := newSite(t)
	c := s.card(testlane.PAN1, "1234", 10_000, provisioning.ScenarioApprove)
	s.fault(gateway.Fault{Kind: gateway.FaultDelay, Count: 1, DelayMillis: 700})
	conn, idle := s.dial(s.terminal.ID), s.dial(s.terminal.ID)
	must(t, idle.Handshake())
	sale := s.terminal.Sale(t, c, 1200, "1234")
	s.send(conn, sale)
	for end := time.Now().Add(patience); s.host.Counters().Answered == 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond) // it is booked, and its answer waits
	}
	stopped := make(chan struct{})
	go func() { defer close(stopped); s.stop() }()
	if a := s.terminal.Check(t, sale, s.receive(conn)); a.String(39) != hostspec.ResponseApproved {
		t.Errorf("answer %s", a.String(39))
	}
	must(t, idle.SetReadDeadline(time.Now().Add(patience)))
	if _, err := hostframe.Read(idle); err == nil {
		t.Error("a connection without a question got an answer")
	}
	_ = hostframe.Write(conn, s.terminal.Sale(t, c, 100, "1234").Frame) // may be refused by the transport
	must(t, conn.SetReadDeadline(time.Now().Add(patience)))
	if _, err := hostframe.Read(conn); err == nil {
		t.Error("a message was taken after the end")
	}
	<-stopped
}
