package host

import (
	"context"
	"errors"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
)

// Settled is what became of a message that a person brought.
type Settled struct {
	TerminalID string `json:"terminal_id,omitempty"`
	RRN        string `json:"rrn,omitempty"`
	Kind       string `json:"kind,omitempty"` // reversal, void, capture or offline; advice, where its fields are wrong
	Amount     int64  `json:"amount,omitempty"`
	Response   string `json:"response,omitempty"` // DE 39
	Settled    bool   `json:"settled"`            // bringing it again changes nothing
	Booked     bool   `json:"booked,omitempty"`   // capture, offline: it stands in the books
	Refused    string `json:"refused,omitempty"`  // why it is nothing that a terminal leaves to people
}

// SettleByHand applies what a terminal had prepared and could not send before its keys
// were erased: a reversal or void, a capture, or what a card approved offline. The
// message is authentic by its own MAC, under a key that may be retired since; everything
// else is as if the terminal had sent it, so that bringing it again, or after the
// terminal did send it, changes nothing.
func (h *Host) SettleByHand(ctx context.Context, frame []byte) Settled {
	s, err := h.settleByHand(ctx, frame)
	if err != nil {
		return Settled{Refused: refusalOf(err).String()}
	}
	return s
}

func (h *Host) settleByHand(ctx context.Context, frame []byte) (Settled, error) {
	q, err := h.knowing(ctx, "", func() (*request, error) { return h.brought(frame) })
	if err != nil {
		return Settled{}, err
	}
	reply, err := h.authentic(ctx, q, frame)
	if err != nil {
		return Settled{}, err
	}
	s := Settled{TerminalID: unpad(q.terminal.id), RRN: q.message.String(37), Kind: q.left(), Amount: q.amount()}
	a, err := h.codec.Unpack(reply.Frame)
	if err != nil {
		return s, nil
	}
	s.Response = a.String(39)
	if requestOf(q.message.MTI) == hostspec.MTIReversal {
		s.Settled = hostspec.SettlesReversal(s.Response)
		return s, nil
	}
	s.Settled = hostspec.SettlesAdvice(s.Response)
	s.Booked, err = h.stands(ctx, q)
	return s, err
}

// brought reads a message of one of the kinds that a terminal leaves to people.
func (h *Host) brought(frame []byte) (*request, error) {
	q, err := h.read(frame)
	if err != nil {
		return nil, err
	}
	if !h.keys.belongs(q.terminal.id, [8]byte(q.ksn[:8])) {
		return nil, RefusalKey
	}
	permit, _ := hostspec.PermitOf(q.message.MTI)
	q.judgeFields(permit)
	if q.left() == "" {
		return nil, RefusalMessageType
	}
	q.byHand, q.session = true, NewSession(q.terminal.id, [hostspec.BindingSize]byte{})
	return q, nil
}

// left names the message among those that a terminal leaves to people; empty: it is none.
func (q *request) left() string {
	reverses := requestOf(q.message.MTI) == hostspec.MTIReversal
	switch {
	case reverses && string(hostspec.FindPrivate(q.private, hostspec.PrivateReason)) == hostspec.ReasonCustomer:
		return "void"
	case reverses:
		return "reversal"
	case q.kind == kindCapture || q.kind == kindOffline:
		return q.kind.String()
	case q.fault != "" && requestOf(q.message.MTI) == hostspec.MTIAdvice:
		return "advice"
	}
	return ""
}

// stands asks the books whether this message's payment is booked, since the answer may
// be that its numbers are known (94), whatever became of it.
func (h *Host) stands(ctx context.Context, q *request) (stands bool, err error) {
	err = h.db.View(ctx, func(tx *database.Tx) error {
		l, err := findPayment(ctx, tx, q.payment())
		stands = l != nil && l.state == stateApproved && (l.kind == q.kind || l.kind == kindVoice && q.kind == kindCapture) && l.asked == q.amount()
		return err
	})
	return stands, err
}

func refusalOf(err error) Refusal {
	var refusal Refusal
	if errors.As(err, &refusal) {
		return refusal
	}
	return RefusalDatabase
}
