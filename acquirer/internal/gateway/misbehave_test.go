package gateway_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/gateway"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testlane"
	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
)

func (s *site) health() (h gateway.Health) {
	s.Helper()
	w := httptest.NewRecorder()
	s.gateway.Control().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/health", nil))
	must(s, json.Unmarshal(w.Body.Bytes(), &h))
	return h
}

func TestAGatewaySpoilsTheShareOfAnswersThatItIsToldTo(t *testing.T) {
	s := newSite(t)
	must(t, s.gateway.Misbehave(provisioning.Misbehaviour{PerMille: 1000, Seed: 1, Undisturbed: 1}))
	card := s.issue(asIssued)
	c := s.dial(s.terminal.ID)
	s.wants(c, s.terminal.Sale(t, card, 100, card.PIN), hostspec.ResponseApproved) // the first is undisturbed
	s.wants(c, s.terminal.Network(t, hostspec.NetworkEcho, nil), hostspec.ResponseApproved)
	if h := s.health(); len(h.Faults) != 0 || h.Misbehaviour.PerMille != 1000 {
		t.Errorf("%+v", h)
	}
	m := s.terminal.Sale(t, card, 100, card.PIN)
	s.send(c, m)
	s.eventually(func() bool { return s.net(m) == 100 && len(s.health().Faults) == 1 })
	s.wants(s.dial(s.terminal.ID), s.terminal.Network(t, hostspec.NetworkEcho, nil), hostspec.ResponseApproved) // never these
	if err := s.gateway.Misbehave(provisioning.Misbehaviour{PerMille: 1001}); err == nil {
		t.Error("more than all is taken")
	}
}

func TestMisbehaviourFollowsFromItsSeed(t *testing.T) {
	draw := func(seed uint64) (kinds string, n int) {
		for range 2 { // two gateways draw the same
			s := gateway.Drawn(provisioning.Misbehaviour{PerMille: 50, Seed: seed}, 10_000)
			if kinds != "" && kinds != strings.Join(s, ",") {
				t.Fatal("another sequence")
			}
			kinds, n = strings.Join(s, ","), 0
			for _, k := range s {
				if k != "" {
					n++
				}
			}
		}
		return kinds, n
	}
	first, n := draw(1)
	second, _ := draw(2)
	if first == second || n < 400 || n > 600 {
		t.Errorf("%d of 10,000 spoilt", n)
	}
	for _, kind := range []gateway.FaultKind{gateway.FaultDelay, gateway.FaultDropAfterBooking, gateway.FaultDuplicate} {
		if !strings.Contains(first, string(kind)) {
			t.Errorf("%s is never drawn", kind)
		}
	}
}

func TestWhatATerminalCouldNotSendIsSettledThroughTheControlSocket(t *testing.T) {
	s := newSite(t)
	card := s.issue(asIssued)
	c := s.dial(s.terminal.ID)
	m := s.terminal.Sale(t, card, 100, card.PIN)
	s.wants(c, m, hostspec.ResponseApproved)
	server := httptest.NewServer(s.gateway.Control())
	t.Cleanup(server.Close)
	offline := s.terminal.By(t, card, testlane.OfflineOf(70))
	text, err := json.Marshal(gateway.Exported{Messages: []string{
		gateway.Hex(s.terminal.Reversal(t, hostspec.MTIReversal, m).Frame), "nonsense", gateway.Hex(offline.Frame)}})
	must(t, err)
	r, err := http.Post(server.URL+"/reversals", "application/json", strings.NewReader(string(text)))
	must(t, err)
	defer r.Body.Close()
	var out []struct {
		Kind     string
		Response string
		Settled  bool
		Booked   bool
		Refused  string
	}
	must(t, json.NewDecoder(r.Body).Decode(&out))
	if len(out) != 3 || !out[0].Settled || out[0].Response != "00" || out[1].Refused != "malformed" || s.net(m) != 0 ||
		out[2].Kind != "offline" || !out[2].Settled || !out[2].Booked || s.net(offline) != 70 {
		t.Errorf("%+v", out)
	}
}
