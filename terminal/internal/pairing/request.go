package pairing

import (
	"net/netip"
	"time"
)

// Status of a request.
type Status string

// Statuses. Waiting and Confirmed are open, the others are final.
const (
	Waiting   Status = "waiting" // for the merchant
	Confirmed Status = "confirmed"
	Completed Status = "completed"
	Rejected  Status = "rejected"
	Expired   Status = "expired"
	Burned    Status = "burned" // by wrong tries
)

// Request is one wish to be paired.
type Request struct {
	ID      string
	Name    string
	Scopes  Scopes
	Status  Status
	Local   bool       // asked for at the terminal itself
	From    netip.Addr // of the socket
	Created time.Time
	Expires time.Time
	Left    int    // tries
	Code    string // while confirmed
	Secret  string // likewise
	Client  string // once completed
}

// Open reports whether the request can still be completed.
func (r *Request) Open() bool { return r.Status == Waiting || r.Status == Confirmed }

// shown hides code and secret from before and after they may be used.
func (r *Request) shown() Request {
	s := *r
	if s.Status != Confirmed {
		s.Code, s.Secret = "", ""
	}
	return s
}

// Proof is what a till presents: code or secret, one of them.
type Proof struct{ Code, Secret string }

func (r *Request) proven(p Proof) bool {
	if p.Secret != "" {
		return p.Code == "" && same(p.Secret, r.Secret)
	}
	return same(p.Code, r.Code)
}
