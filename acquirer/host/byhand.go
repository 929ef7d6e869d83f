package host

import (
	"context"
	"errors"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
)

// Settled is what became of a reversal that a person brought.
type Settled struct {
	TerminalID string `json:"terminal_id,omitempty"`
	RRN        string `json:"rrn,omitempty"`
	Amount     int64  `json:"amount,omitempty"`
	Response   string `json:"response,omitempty"` // DE 39: 00 and 25 settle it
	Settled    bool   `json:"settled"`
	Refused    string `json:"refused,omitempty"` // why it is none of a terminal's reversals
}

// SettleReversal applies a reversal that a terminal had prepared and could not send
// before its keys were erased. The message is authentic by its own MAC, under a key that
// may be retired since; everything else is as if the terminal had sent it, so that
// bringing it again, or after the terminal did send it, changes nothing.
func (h *Host) SettleReversal(ctx context.Context, frame []byte) (s Settled) {
	q, err := h.read(frame)
	if err == nil && requestOf(q.message.MTI) != hostspec.MTIReversal {
		err = RefusalMessageType
	}
	if err == nil && !h.keys.belongs(q.terminal.id, [8]byte(q.ksn[:8])) {
		err = RefusalKey
	}
	if err != nil {
		return Settled{Refused: refusalOf(err).String()}
	}
	permit, _ := hostspec.PermitOf(q.message.MTI)
	q.judgeFields(permit)
	q.byHand, q.session = true, NewSession(q.terminal.id, [hostspec.BindingSize]byte{})
	reply, err := h.authentic(ctx, q, frame)
	if err != nil {
		return Settled{Refused: refusalOf(err).String()}
	}
	s = Settled{TerminalID: unpad(q.terminal.id), RRN: q.message.String(37), Amount: q.amount()}
	if a, err := h.codec.Unpack(reply.Frame); err == nil {
		s.Response = a.String(39)
		s.Settled = hostspec.SettlesReversal(s.Response)
	}
	return s
}

func refusalOf(err error) Refusal {
	var refusal Refusal
	if errors.As(err, &refusal) {
		return refusal
	}
	return RefusalDatabase
}
