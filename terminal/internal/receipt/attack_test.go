package receipt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// forms are all forms of one copy of a receipt.
func forms(t *testing.T, c Copy, d payment.Decline, code string) string {
	t.Helper()
	r := finished(t, func(v *mailbox.View) {
		v.Outcome, v.Money, v.Approved, v.Decline = payment.OutcomeDeclined, payment.MoneyNone, 0, d
		v.Receipt.ResponseCode = payment.ResponseCode([]byte(code))
	})
	made, err := Make(r, nil, c, Shop{"Shop", "Street, Town"}, false, true)
	if err != nil {
		t.Fatal(err)
	}
	asJSON, err := json.Marshal(made)
	if err != nil {
		t.Fatal(err)
	}
	var page bytes.Buffer
	if err := made.HTML(&page); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s\n%s\n%s\n%x", made.Text(), asJSON, page.Bytes(), made.ESCPOS(80))
}

// A73: why the issuer declined, in his own code, tells whether a card exists, is stolen
// or watched. The customer's copy is the same for all codes of one category; the
// merchant's, which has the code, shows that a difference would be seen.
func TestA73TheCustomersCopyDoesNotTellTheIssuersCode(t *testing.T) {
	count := func(c Copy) int {
		seen := map[string]bool{}
		for n := range 100 {
			seen[forms(t, c, payment.DeclineDeclined, fmt.Sprintf("%02d", n))] = true
		}
		return len(seen)
	}
	if n := count(Customer); n != 1 {
		t.Errorf("%d customer's copies are told apart", n)
	}
	if n := count(Merchant); n != 100 {
		t.Errorf("hole: a copy with the code has %d forms", n)
	}
	for d := payment.DeclineNone + 1; d.Valid(); d++ { // twin: the category is told
		if bytes.Contains([]byte(forms(t, Customer, d, "05")), []byte("APPROVED")) {
			t.Errorf("%s: approved", d)
		}
	}
}
