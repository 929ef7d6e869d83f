package journal

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

func open(t *testing.T, dir string) *Journal {
	t.Helper()
	j, err := Open(filepath.Join(dir, "journal.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

func record(n byte, key string) sale.Record {
	return sale.Offer(payment.ID{n}, "till", key, sale.Request{Type: payment.TypeSale, Amount: 700, Currency: payment.EUR}, time.Now())
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheJournalIsDurableAndPrivate(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	info, err := os.Stat(filepath.Join(dir, "journal.db"))
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v", info.Mode())
	}
	must(t, j.checkPragmas())
	if _, err := j.db.Exec("PRAGMA synchronous = OFF"); err != nil {
		t.Fatal(err)
	}
	if err := j.checkPragmas(); !errors.Is(err, ErrPragma) {
		t.Errorf("without synchronisation: %v", err) // the control
	}
}

func TestTwoTerminalsNeverShareAJournal(t *testing.T) {
	dir := t.TempDir()
	first := open(t, dir)
	if _, err := Open(filepath.Join(dir, "journal.db")); err == nil {
		t.Fatal("it was opened twice")
	}
	must(t, first.Close())
	open(t, dir) // the twin
}

func TestAKeyHasOnePayment(t *testing.T) {
	j := open(t, t.TempDir())
	must(t, j.Insert(record(1, "k")))
	if err := j.Insert(record(2, "k")); !errors.Is(err, ErrKeyTaken) || j.Broken() {
		t.Errorf("got %v, broken %v", err, j.Broken())
	}
	must(t, j.Withdraw(payment.ID{1}))
	must(t, j.Insert(record(2, "k")))
	if r, err := j.ByKey("till", "k"); err != nil || r.Payment.ID != (payment.ID{2}) {
		t.Errorf("got %v, %v", r.Payment.ID, err)
	}
	if _, err := j.ByKey("page", "k"); !errors.Is(err, ErrNotFound) {
		t.Errorf("another client's key: %v", err)
	}
}

func TestAFinalOutcomeCannotBeWrittenOver(t *testing.T) {
	j := open(t, t.TempDir())
	r := record(1, "k")
	must(t, j.Insert(r))
	final, _, err := r.Forget(true, time.Now())
	must(t, err)
	_, err = j.Update(final)
	must(t, err)
	if _, err := j.Update(r); !errors.Is(err, ErrBroken) {
		t.Errorf("got %v", err)
	}
	if err := j.Insert(record(2, "l")); !errors.Is(err, ErrBroken) {
		t.Errorf("a broken journal wrote: %v", err)
	}
}

func TestTheMoneyOfAFinalPaymentIsWritten(t *testing.T) {
	j := open(t, t.TempDir())
	r := record(1, "k")
	must(t, j.Insert(r))
	v := mailbox.View{ID: r.Payment.ID, Version: 1, Type: payment.TypeSale, Amount: 700, Approved: 700, Currency: payment.EUR,
		Status: payment.StatusCompleted, Outcome: payment.OutcomeApproved, Money: payment.MoneyCaptured, Captured: 700}
	final, _, err := r.Hear(v, 1, time.Now())
	must(t, err)
	_, err = j.Update(final)
	must(t, err)
	v.Refunded, v.Money = 700, payment.MoneyRefunded
	refunded, changed, err := final.Amend(v, time.Now())
	must(t, err)
	refunded, linked := refunded.Link(payment.ID{2}, time.Now())
	if _, err := j.Update(refunded); err != nil || !changed || !linked {
		t.Fatal(changed, linked, err)
	}
	if back, err := j.ByID(r.Payment.ID); err != nil || back.Payment.RefundedAmount != 700 || len(back.Payment.FollowUps) != 1 {
		t.Errorf("got %+v, %v", back.Payment, err)
	}
}

func TestAFollowUpIsFoundByWhatItContinues(t *testing.T) {
	j := open(t, t.TempDir())
	must(t, j.Insert(record(1, "k")))
	must(t, j.Insert(sale.Offer(payment.ID{2}, "till", "l", sale.Request{Type: payment.TypeRefund, Of: payment.ID{1}, Amount: 5, Currency: payment.EUR}, time.Now())))
	if all, err := j.Of(payment.ID{1}); err != nil || len(all) != 1 || all[0].Payment.ID != (payment.ID{2}) {
		t.Errorf("%d, %v", len(all), err)
	}
}

func TestWhatWaitsForTheLastWordOnItsMoneyIsReadPageByPage(t *testing.T) {
	j := open(t, t.TempDir())
	all := []struct {
		n       byte
		money   string
		offline bool
		waits   bool
	}{{1, "captured", true, true}, {2, "captured", false, false}, {3, "held", false, true}, {4, "none", true, false}, {5, "captured", true, true}}
	for _, w := range all {
		r := record(w.n, string('a'+rune(w.n)))
		must(t, j.Insert(r))
		approved := "approved"
		r.Payment.Outcome, r.Payment.Money, r.Payment.Offline = &approved, w.money, w.offline
		if _, err := j.Update(r); err != nil {
			t.Fatal(err)
		}
	}
	var got []byte
	for before := int64(0); ; {
		page, last, err := j.Unsettled(before, 2)
		must(t, err)
		if len(page) == 0 {
			break
		}
		for _, r := range page {
			got = append(got, r.Payment.ID[0])
		}
		before = last
	}
	if string(got) != "\x05\x03\x01" {
		t.Errorf("read %d", got)
	}
	var plan string
	var ignored any
	must(t, j.db.QueryRow("EXPLAIN QUERY PLAN SELECT number FROM payments WHERE "+unsettled+" AND number < 9 ORDER BY number DESC").Scan(&ignored, &ignored, &ignored, &plan))
	if !strings.Contains(plan, "payments_unsettled") {
		t.Errorf("they are found by %s", plan)
	}
}

func TestAKeyOfAClosingKeepsItsBatch(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	if _, err := j.Closing("till", "k"); !errors.Is(err, ErrNotFound) {
		t.Errorf("of nothing: %v", err)
	}
	must(t, j.InsertClosing("till", "k", 7))
	must(t, j.Close())
	j = open(t, dir)
	if b, err := j.Closing("till", "k"); err != nil || b != 7 {
		t.Errorf("after a restart: %d, %v", b, err)
	}
	if _, err := j.Closing("page", "k"); !errors.Is(err, ErrNotFound) {
		t.Errorf("of another client: %v", err)
	}
	must(t, j.WithdrawClosing("till", "k"))
	if _, err := j.Closing("till", "k"); !errors.Is(err, ErrNotFound) {
		t.Errorf("once withdrawn: %v", err)
	}
}

// A journal that was written before batches were closed goes on.
func TestAJournalOfTheFormerVersionIsTakenUp(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	must(t, j.Insert(record(1, "k")))
	for _, statement := range []string{"DROP TABLE closings", "PRAGMA user_version = 1",
		"UPDATE payments SET record = json_remove(record, '$.payment.follow_ups', '$.payment.of', '$.payment.tip')"} {
		_, err := j.db.Exec(statement)
		must(t, err)
	}
	must(t, j.Close())
	j = open(t, dir)
	must(t, j.InsertClosing("till", "k", 7))
	if r, err := j.ByID(payment.ID{1}); err != nil || r.Payment.FollowUps == nil {
		t.Errorf("got %+v, %v", r.Payment, err)
	}
}

func TestEventNumbersRiseEvenWhenOldOnesAreGone(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	r := record(1, "k")
	must(t, j.Insert(r))
	var last int64
	for i := range uint32(5) {
		next, changed, err := r.Hear(mailbox.View{ID: r.Payment.ID, Version: i + 1, Type: payment.TypeSale, Amount: 700,
			Currency: payment.EUR, Status: payment.StatusAwaitingCard, Attempt: uint8(i)}, 1, time.Now())
		if err != nil || !changed {
			t.Fatal(changed, err)
		}
		n, err := j.Update(next)
		must(t, err)
		if n != last+1 {
			t.Fatalf("number %d after %d", n, last)
		}
		last, r = n, next
	}
	must(t, j.write(func(tx *sql.Tx) error { _, err := tx.Exec("DELETE FROM events"); return err }))
	next, _ := r.Doubt(time.Now())
	n, err := j.Update(next)
	must(t, err)
	if n != last+1 {
		t.Errorf("after the log was emptied the number is %d", n)
	}
	if _, gap, err := j.EventsAfter(2, 10); err != nil || !gap {
		t.Errorf("a client at 2 is not told of the gap: %v", err)
	}
	if events, gap, err := j.EventsAfter(last, 10); err != nil || gap || len(events) != 1 {
		t.Errorf("a client at %d: %d events, gap %v, %v", last, len(events), gap, err)
	}
}

func TestAJournalOfAnotherVersionIsRefused(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	_, err := j.db.Exec("PRAGMA user_version = 99")
	must(t, err)
	must(t, j.Close())
	if _, err := Open(filepath.Join(dir, "journal.db")); !errors.Is(err, ErrVersion) {
		t.Errorf("got %v", err)
	}
}
