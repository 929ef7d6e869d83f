//go:build linux

package e2e

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate/desk"
)

func TestALifeOfAPaymentGoesAsItsScriptSays(t *testing.T) { scripts(t, "testdata/life") }

// lifeCommands are what scripts may say of what continues a payment.
func lifeCommands() map[string]func(s *stage, args []string) error {
	return map[string]func(s *stage, args []string) error{
		"payas": (*stage).payAs, "onfile": (*stage).onFile, "giveback": (*stage).giveBack, "balance": (*stage).balance,
		"refund": (*stage).refund, "capture": (*stage).capture, "increment": (*stage).increment, "void": (*stage).void,
		"original": (*stage).backToOriginal, "settle": (*stage).closeBatch, "differs": (*stage).differs,
		"resend": (*stage).resend, "misfile": (*stage).misfile, "foreclose": (*stage).foreclose, "earlier": (*stage).earlier,
		"captureby": (*stage).captureBy,
	}
}

// payas AMOUNT FIELD=VALUE…: a payment with more fields; 12.34 is an amount.
func (s *stage) payAs(args []string) error {
	fields := make([]string, 0, len(args)-1)
	for _, f := range args[1:] {
		name, value, found := strings.Cut(f, "=")
		if !found {
			return errors.New("a field is FIELD=VALUE")
		}
		if n, err := minor(value); err == nil {
			value = strconv.FormatInt(n, 10)
		} else if value != "true" && value != "false" {
			value = strconv.Quote(value)
		}
		fields = append(fields, strconv.Quote(name)+":"+value)
	}
	s.original = ""
	return s.payBy(args[0], strings.Join(fields, ","))
}

// onfile AMOUNT: charges the card of the last payment by its token.
func (s *stage) onFile(args []string) error {
	p, err := s.till.payment(s.ctx, s.current.ID)
	if err != nil {
		return err
	}
	if p.Card == nil || p.Card.Token == "" {
		return errors.New("the card has no token")
	}
	s.original = ""
	return s.payBy(args[0], `"token":`+strconv.Quote(p.Card.Token))
}

// giveback AMOUNT: a refund of no payment.
func (s *stage) giveBack(args []string) error {
	amount, err := minor(args[0])
	if err != nil {
		return err
	}
	s.original = ""
	return s.commence("/v1/refunds", fmt.Appendf(nil, `{"amount":%d,"currency":"EUR"}`, amount))
}

func (s *stage) balance([]string) error {
	s.original = ""
	return s.commence("/v1/balance-inquiries", []byte(`{"currency":"EUR"}`))
}

// refund, capture, increment AMOUNT [last], void: continue the payment that was begun
// last with a card or a token. Refusal is no failure of the command.
func (s *stage) refund(args []string) error    { return s.followUp("refunds", args) }
func (s *stage) capture(args []string) error   { return s.followUp("capture", args) }
func (s *stage) increment(args []string) error { return s.followUp("increment", args) }
func (s *stage) void([]string) error           { return s.followUp("void", nil) }

func (s *stage) followUp(what string, args []string) error {
	body := "{"
	if len(args) > 0 {
		amount, err := minor(args[0])
		if err != nil {
			return err
		}
		body += fmt.Sprintf(`"amount":%d`, amount)
	}
	if slices.Contains(args, "last") {
		body += `,"last":true`
	}
	if s.original == "" {
		s.original = s.current.ID
	}
	return s.commence("/v1/payments/"+s.original+"/"+what, []byte(body+"}"))
}

// captureby AMOUNT CODE: captures what the issuer referred; "told" is the code that he
// gives when he is called.
func (s *stage) captureBy(args []string) error {
	amount, err := minor(args[0])
	if err != nil {
		return err
	}
	if s.original == "" {
		s.original = s.current.ID
	}
	code := args[1]
	if code == "told" {
		if code, err = s.called(s.original); err != nil {
			return err
		}
	}
	return s.commence("/v1/payments/"+s.original+"/capture", fmt.Appendf(nil, `{"amount":%d,"approval_code":%q}`, amount, code))
}

// called is what the issuer says to a call about a payment.
func (s *stage) called(id string) (string, error) {
	r, err := s.till.receipt(s.ctx, id)
	if err != nil {
		return "", err
	}
	state, err := s.till.lane(s.ctx)
	if err != nil {
		return "", err
	}
	return s.books.VoiceApproval(s.ctx, state.TerminalID, r.RRN)
}

// commence asks for a payment under a new key, which resend asks for again.
func (s *stage) commence(path string, body []byte) error {
	s.key = newKey()
	var p paid
	err := s.till.post(s.ctx, path, s.key, body, &p)
	if s.refused = err; codeOf(err) != "" {
		return nil
	}
	if err != nil {
		return err
	}
	s.current = p
	s.begun = append(s.begun, p.ID)
	return nil
}

// resend: what the till does whose answer was lost: it asks what became of the key.
func (s *stage) resend([]string) error {
	p, err := s.till.byKey(s.ctx, s.key)
	if err != nil {
		return err
	}
	if p.ID != s.current.ID {
		return errors.New("the key has another payment")
	}
	return nil
}

// original: what is expected next is of the payment that was continued. Its money
// moves once the other has ended.
func (s *stage) backToOriginal([]string) error {
	if s.original == "" {
		return errors.New("no payment was continued")
	}
	var err error
	s.current, err = s.till.payment(s.ctx, s.original)
	return err
}

// settled is a batch as its report tells.
type settled struct {
	Batch  int     `json:"batch"`
	State  string  `json:"state"`
	Ours   totals  `json:"ours"`
	Theirs *totals `json:"theirs"`

	Differences []struct {
		Kind      string  `json:"kind"`
		Type      string  `json:"type"`
		PaymentID *string `json:"payment_id"`
		RRN       string  `json:"rrn"`
		Ours      int64   `json:"ours"`
		Theirs    int64   `json:"theirs"`
	} `json:"differences"`
}

type totals struct {
	Sales         sum   `json:"sales"`
	Refunds       sum   `json:"refunds"`
	VoidedSales   sum   `json:"voided_sales"`
	VoidedRefunds sum   `json:"voided_refunds"`
	Net           int64 `json:"net"`
}

type sum struct {
	Count  int   `json:"count"`
	Amount int64 `json:"amount"`
}

// settle STATE: closes the batch and waits until it is closed or differs.
func (s *stage) closeBatch(args []string) error {
	if err := s.till.post(s.ctx, "/v1/batches/current/close", newKey(), nil, &s.batch); err != nil {
		return err
	}
	number := s.batch.Batch
	for s.batch.State != "closed" && s.batch.State != "differs" {
		if err := pause(s.ctx, 50*time.Millisecond); err != nil {
			return errors.Join(fmt.Errorf("batch %d is %s", number, s.batch.State), err)
		}
		if err := s.till.get(s.ctx, fmt.Sprintf("/v1/batches/%d", number), &s.batch); err != nil {
			return err
		}
	}
	if err := s.till.get(s.ctx, fmt.Sprintf("/v1/batches/%d", number), &s.batch); err != nil {
		return err
	}
	if s.batch.State != args[0] || s.batch.Theirs == nil {
		return fmt.Errorf("the batch is %+v", s.batch)
	}
	if agree := s.batch.Ours == *s.batch.Theirs; agree != (args[0] == "closed") {
		return fmt.Errorf("the batch is %s with %+v and %+v", args[0], s.batch.Ours, *s.batch.Theirs)
	}
	return s.nextBatch(number)
}

// nextBatch: the one that is open now is another.
func (s *stage) nextBatch(closed int) error {
	var open settled
	if err := s.till.get(s.ctx, "/v1/batches/current", &open); err != nil {
		return err
	}
	if open.Batch == closed || open.State != "open" {
		return fmt.Errorf("behind batch %d the current one is %d, %s", closed, open.Batch, open.State)
	}
	return nil
}

// misfile [here]: the host counts the last payment in no batch, or in the open one.
func (s *stage) misfile(args []string) error {
	r, err := s.till.receipt(s.ctx, s.current.ID)
	if err != nil {
		return err
	}
	state, err := s.till.lane(s.ctx)
	if err != nil {
		return err
	}
	var open settled
	if len(args) > 0 {
		if err := s.till.get(s.ctx, "/v1/batches/current", &open); err != nil {
			return err
		}
	}
	return s.books.Misfile(s.ctx, desk.Misfiled{TerminalID: state.TerminalID, RRN: r.RRN, Batch: open.Batch})
}

// foreclose: the host closes the open batch, and the terminal does not know.
func (s *stage) foreclose([]string) error {
	state, err := s.till.lane(s.ctx)
	if err != nil {
		return err
	}
	var open settled
	if err := s.till.get(s.ctx, "/v1/batches/current", &open); err != nil {
		return err
	}
	return s.books.Foreclose(s.ctx, desk.Foreclosed{TerminalID: state.TerminalID, Batch: open.Batch})
}

// earlier AMOUNT: what is expected next is of the script's payment of this amount.
func (s *stage) earlier(args []string) error {
	amount, err := minor(args[0])
	if err != nil {
		return err
	}
	for _, id := range s.begun {
		p, err := s.till.payment(s.ctx, id)
		if err != nil {
			return err
		}
		if p.Amount == amount {
			s.current = p
			return nil
		}
	}
	return errors.New("the script has no such payment")
}

// differs KIND OURS THEIRS: the closed batch names this difference, and of a payment
// that is known here the payment.
func (s *stage) differs(args []string) error {
	for _, d := range s.batch.Differences {
		if d.Kind == args[0] && major(d.Ours) == args[1] && major(d.Theirs) == args[2] &&
			(d.PaymentID != nil) == (d.Kind != "unknown_here") {
			return nil
		}
	}
	return fmt.Errorf("the differences are %+v", s.batch.Differences)
}

// compare holds both books to what the till was told of one payment. Plain sales are
// found by their amount, which is theirs alone; what continues or is continued may
// have the amount of another, and is found by the number on its receipt.
func (s *stage) compare(p paid) error {
	plain := p.Type == "sale" && p.Of == nil && len(p.FollowUps) == 0 && p.field("outcome") != "partially_approved"
	switch {
	case plain:
		_, err := s.books.agree(s.ctx, p)
		return err
	case p.Type == "void":
		return nil // it has the number of what it takes back, which is compared by itself
	}
	return s.compareByReceipt(s.ctx, p)
}

func (s *stage) compareByReceipt(ctx context.Context, p paid) error {
	r, err := s.till.receipt(ctx, p.ID)
	if err != nil {
		return err
	}
	state, err := s.till.lane(ctx)
	if err != nil {
		return err
	}
	want := p.net()
	if r.RRN == "" && want == 0 {
		return nil // nothing was sent
	}
	got, err := s.books.Payment(ctx, state.TerminalID, r.RRN)
	if err != nil {
		return err
	}
	if got.LedgerNet != want || got.IssuerNet != want {
		return fmt.Errorf("the terminal says %d (%s, %s), the acquirer %d, the issuer %d", want, p.field("outcome"), p.Money, got.LedgerNet, got.IssuerNet)
	}
	return nil
}

// net is what a payment alone, under its own number, moved from cardholder to
// merchant.
func (p paid) net() int64 {
	if p.ApprovedAmount == nil || p.Money == "released" || p.Money == "none" {
		return 0
	}
	switch p.Type {
	case "sale", "capture":
		return *p.ApprovedAmount
	case "refund":
		return -*p.ApprovedAmount
	}
	return 0
}
