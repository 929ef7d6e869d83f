//go:build linux

package attacks

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // the journal's

	acquirer "github.com/strongroom-pos/strongroom/acquirer/provisioning"
	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/bureau"
	"github.com/strongroom-pos/strongroom/internal/estate/till"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// A08: an app world that was taken over says "approved" of a payment that was
// declined, in its own journal and so on the screen, which is its own and cannot be
// defended. The secure world, the acquirer and the batch say otherwise, and no money
// follows from it: what was not captured is not refunded.
func TestA08AnApprovalThatTheAppWorldForgesIsConfirmedByNobody(t *testing.T) {
	v := attacked(t)
	if v == nil {
		return
	}
	refused, err := v.NewCard(t.Context(), bureau.Order{Name: "refused", Balance: 1_000_000_00, Scenario: acquirer.ScenarioDecline})
	v.must(t, err)
	v.next += 7
	forged, err := v.Sell(t.Context(), estate.Sale{Request: till.Request{Amount: v.next, Currency: "EUR"}, Card: refused})
	if err != nil || forged.Outcome != "declined" {
		t.Fatalf("ended %q, %v", forged.Outcome, err)
	}
	genuine, err := v.sale(t.Context(), nil)
	if err != nil || genuine.Outcome != "approved" {
		t.Fatalf("ended %q, %v", genuine.Outcome, err)
	}
	v.must(t, v.Kill(estate.Terminal))
	v.forge(t, forged.ID)
	v.must(t, v.Restart(t.Context(), estate.Terminal), v.idle(t.Context()))
	shown, err := v.Till.Payment(t.Context(), forged.ID)
	if err != nil || shown.Outcome != "approved" {
		t.Errorf("hole: the screen shows %q of a forged payment, %v", shown.Outcome, err)
	}
	v.confirmed(t, forged, shown, false)
	v.confirmed(t, genuine, genuine, true)
}

// confirmed asks secure world and acquirer about a payment, and for money by it.
func (v *victim) confirmed(t *testing.T, as, shown till.Payment, want bool) {
	t.Helper()
	id, err := payment.ParseID(as.ID)
	v.must(t, err)
	view, err := v.session(t).Status(id)
	if err != nil || (view.Outcome == payment.OutcomeApproved) != want {
		t.Errorf("the secure world says %v, %v; want approved %v", view.Outcome, err, want)
	}
	if err := v.moneyIsRight(shown); (err == nil) != want {
		t.Errorf("the acquirer's books beside what is shown: %v; want agreement %v", err, want)
	}
	if err := v.moneyIsRight(as); err != nil {
		t.Error(err)
	}
	p, err := v.Till.Refund(t.Context(), "refund-of-"+as.ID, as.ID, as.Amount)
	var problem *till.Problem
	if want && err == nil {
		p, err = v.Till.Follow(t.Context(), p, func(till.Payment) {})
		if err != nil || p.Outcome != "approved" {
			t.Errorf("twin: a refund ended %q, %v", p.Outcome, err)
		}
	} else if want || !errors.As(err, &problem) || problem.Status != 409 && problem.Status != 422 {
		t.Errorf("a refund: %v; want it begun %v", err, want)
	}
}

// forge makes the terminal's journal say that a payment was approved.
func (v *victim) forge(t *testing.T, id string) {
	t.Helper()
	path := filepath.Join(v.Run, "terminal", "journal.db")
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath())
	v.must(t, err)
	defer db.Close()
	ctx, record := context.Background(), ""
	v.must(t, db.QueryRowContext(ctx, "SELECT record FROM payments WHERE id = ?", id).Scan(&record))
	altered := strings.NewReplacer(`"outcome":"declined"`, `"outcome":"approved"`, `"money":"none"`, `"money":"captured"`,
		`"captured_amount":0`, `"captured_amount":`+fieldOf(record, "amount"), `"approved_amount":null`, `"approved_amount":`+fieldOf(record, "amount")).Replace(record)
	if altered == record {
		t.Fatal("nothing of the record was altered")
	}
	_, err = db.ExecContext(ctx, "UPDATE payments SET record = ? WHERE id = ?", altered, id)
	v.must(t, err)
}

// fieldOf is a number of a JSON object.
func fieldOf(record, name string) string {
	_, after, _ := strings.Cut(record, `"`+name+`":`)
	return after[:strings.IndexAny(after, ",}")]
}
