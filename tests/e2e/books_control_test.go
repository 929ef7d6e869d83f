//go:build linux

package e2e

import (
	"context"
	"net"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/estate/desk"
)

// What all scripts and the crash sweep rest on is that a disagreement is seen:
// here are books that were spoilt on purpose, each against the same payment.

const soundLedger = `{"trial_balance":0,"unbalanced_entries":0}`

func TestBooksThatDisagreeAreSeen(t *testing.T) {
	approved := func(n int64) paid {
		return paid{ID: "a", Amount: n, Outcome: word("approved"), Money: "captured", ApprovedAmount: &n}
	}
	released := paid{ID: "a", Amount: 100, Outcome: word("not_charged"), Money: "released"}
	for _, c := range []struct {
		name         string
		told         paid
		transactions string
		ledger       string
		agree        bool
	}{
		{"a sale that all have", approved(100), `[{"amount":100,"state":"approved","ledger_net":100,"issuer_net":100}]`, soundLedger, true},
		{"a reversal that all have", released, `[{"amount":100,"state":"reversed"}]`, soundLedger, true},
		{"a sale that nobody was charged for", approved(100), `[]`, soundLedger, false},
		{"the acquirer lacks it", approved(100), `[{"amount":100,"state":"approved","issuer_net":100}]`, soundLedger, false},
		{"the issuer lacks it", approved(100), `[{"amount":100,"state":"approved","ledger_net":100}]`, soundLedger, false},
		{"a cent is missing", approved(100), `[{"amount":100,"state":"approved","ledger_net":100,"issuer_net":99}]`, soundLedger, false},
		{"charged twice", approved(100), `[{"amount":100,"state":"approved","ledger_net":100,"issuer_net":100},{"amount":100,"state":"approved","ledger_net":100,"issuer_net":100}]`, soundLedger, false},
		{"not charged at the till, charged at the issuer", released, `[{"amount":100,"state":"approved","ledger_net":100,"issuer_net":100}]`, soundLedger, false},
		{"not charged at the till, open at the host", released, `[{"amount":100,"state":"approved"}]`, soundLedger, false},
		{"a ledger that does not sum to zero", released, `[]`, `{"trial_balance":1,"unbalanced_entries":0}`, false},
		{"an entry that does not", released, `[]`, `{"trial_balance":0,"unbalanced_entries":1}`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := falseBooks(t, c.transactions, c.ledger)
			if _, err := b.agree(t.Context(), c.told); (err == nil) != c.agree {
				t.Errorf("the comparison says %v", err)
			}
		})
	}
}

func word(s string) *string { return &s }

// falseBooks answers like an acquirer's control socket.
func falseBooks(t *testing.T, transactions, ledger string) *books {
	t.Helper()
	mux := http.NewServeMux()
	for path, text := range map[string]string{"/transactions": transactions, "/ledger": ledger} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) })
	}
	socket := filepath.Join(t.TempDir(), "control.sock")
	var config net.ListenConfig
	l, err := config.Listen(t.Context(), "unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: mux}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Shutdown(context.Background()) })
	return &books{desk.Desk{Socket: socket}}
}

func TestEndingsOtherThanTheFourAreRefused(t *testing.T) {
	l := &lane{}
	for _, c := range []struct {
		name     string
		told     paid
		requests []desk.Transaction
		want     ending // empty: refused
	}{
		{"never sent", paid{Outcome: word("not_charged"), Money: "none"}, nil, notCharged},
		{"refused at the start", paid{}, nil, notCharged},
		{"declined", paid{Outcome: word("declined"), Money: "none"}, []desk.Transaction{{State: "declined"}}, declined},
		{"reversed", paid{Outcome: word("not_charged"), Money: "released"}, []desk.Transaction{{State: "reversed"}}, reversed},
		{"reversed before it was booked", paid{Outcome: word("not_charged"), Money: "none"}, []desk.Transaction{{State: "refused", Response: "25"}}, reversed},
		{"unknown", paid{Outcome: word("not_charged"), Money: "unknown"}, nil, ""},
		{"held", paid{Outcome: word("not_charged"), Money: "held"}, nil, ""},
		{"captured without approval", paid{Outcome: word("failed"), Money: "captured"}, nil, ""},
		{"said to be never sent, declined at the host", paid{Outcome: word("not_charged"), Money: "none"}, []desk.Transaction{{State: "declined"}}, ""},
		{"released, and the host has nothing", paid{Outcome: word("not_charged"), Money: "released"}, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := l.class(t.Context(), c.told, c.requests)
			if got != c.want || (err == nil) != (c.want != "") {
				t.Errorf("classed as %q, %v", got, err)
			}
		})
	}
}
