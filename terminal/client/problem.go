package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// ProblemError is the terminal's refusal (RFC 9457). It means that nothing began, except
// with Code indeterminate, which Pay and the others repeat by themselves.
type ProblemError struct {
	Status    int    `json:"status"`
	Code      string `json:"code"`       // for programs: busy, wrong_state, amount_invalid …
	Title     string `json:"title"`      // for people
	Detail    string `json:"detail"`     // for people
	Retry     string `json:"retry"`      // never, same_key, after_seconds or new_key_after
	PaymentID string `json:"payment_id"` // the payment that is in the way
	Money     string `json:"money"`      // none, or unknown
	TraceID   string `json:"trace_id"`   // names the request in the terminal's log
}

func (p *ProblemError) Error() string {
	return fmt.Sprintf("client: %s (%d): %s", p.Code, p.Status, p.Title)
}

// IsCode reports whether err is the problem with this code.
func IsCode(err error, code string) bool {
	var p *ProblemError
	return errors.As(err, &p) && p.Code == code
}

// errAnswer is an answer that is not the terminal's, as of something between.
var errAnswer = errors.New("client: an answer that is not the terminal's")

func problemOf(res *http.Response, body []byte) error {
	p := &ProblemError{}
	if err := json.Unmarshal(body, p); err != nil || p.Code == "" {
		return fmt.Errorf("%w: %d", errAnswer, res.StatusCode)
	}
	return p
}
