//go:build linux

package chaos

import (
	"encoding/binary"
	"errors"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/estate/till"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// Controls: what would be wrong is seen, and what is right is not blamed.

func TestAWrongAnswerToAKeyIsSeen(t *testing.T) {
	cents, other := int64(500), int64(501)
	approved := paid{ID: "p", Version: 9, Outcome: "approved", Money: "captured", Approved: &cents}
	changed, declined, stranger := approved, approved, approved
	changed.Approved, declined.Outcome, stranger.ID = &other, "declined", "q"
	running := paid{ID: "p", Version: 2}
	unknown := &till.Problem{Status: 404, Code: neverSeen}
	for _, c := range []struct {
		name   string
		sent   bool
		before key
		answer paid
		err    error
		wrong  bool
	}{
		{"never sent, never seen", false, key{}, paid{}, unknown, false},
		{"sent, and not there yet", true, key{}, paid{}, unknown, false},
		{"accepted, in progress", true, key{id: "p"}, running, nil, false},
		{"processed as before", true, key{id: "p", last: approved}, approved, nil, false},
		{"nobody answers", true, key{id: "p", last: approved}, paid{}, errors.New("refused"), false},
		{"accepted, and never seen", true, key{id: "p"}, paid{}, unknown, true},
		{"never sent, and processed", false, key{}, approved, nil, true},
		{"another payment", true, key{id: "p"}, stranger, nil, true},
		{"another outcome", true, key{id: "p", last: approved}, declined, nil, true},
		{"another amount", true, key{id: "p", last: approved}, changed, nil, true},
		{"processed, and in progress", true, key{id: "p", last: approved}, running, nil, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			all := newKeys(0, 1, 0)
			k := all.all[0]
			k.sent, k.id, k.last = c.sent, c.before.id, c.before.last
			k.check(c.before, c.answer, c.err)
			if (len(all.wrong) > 0) != c.wrong {
				t.Errorf("blamed: %q", all.wrong)
			}
		})
	}
}

// entries lays records out as the secure world's journal does, with tags of zeros.
func entries(t *testing.T, records ...transaction.Record) (b []byte) {
	t.Helper()
	for i, r := range records {
		body, err := transaction.EncodeRecord(r)
		if err != nil {
			t.Fatal(err)
		}
		b = binary.BigEndian.AppendUint32(b, uint32(len(body)))
		b = binary.BigEndian.AppendUint64(b, uint64(i+1))
		b = append(append(append(b, make([]byte, 8)...), body...), make([]byte, entryTag)...)
	}
	return b
}

func TestTheSecureWorldsBookIsReadFromItsJournal(t *testing.T) {
	id := payment.ID{1}
	start := transaction.Opened{Start: mailbox.Start{ID: id, Type: payment.TypeSale, Amount: 500, Currency: 978, TimeoutSeconds: 1}}
	told := transaction.Told{ID: id, Approved: true, Amount: 500}
	done := transaction.Done{ID: id, Outcome: payment.OutcomeApproved, Money: payment.MoneyCaptured}
	whole := entries(t, start, told, done)
	book, err := parseSecureBook(whole)
	if err != nil || len(book.byAmount[500]) != 1 {
		t.Fatalf("%+v, %v", book, err)
	}
	if e := book.byAmount[500][0].entry(); e.Net != 500 || e.Outcome != "approved" {
		t.Errorf("%+v", e)
	}
	if book, err := parseSecureBook(entries(t, start, told)); err != nil || book.byAmount[500][0].entry().Outcome != "" {
		t.Errorf("without its last record: %v", err)
	}
	if _, err := parseSecureBook(whole[:len(whole)-1]); err == nil {
		t.Error("a journal that is cut off was read")
	}
	if _, err := parseSecureBook(whole[len(entries(t, start)):]); err == nil {
		t.Error("a journal that lacks an entry was read")
	}
}
