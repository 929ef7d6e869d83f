package httpapi

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/internal/journal"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// listView is a page of payments, newest first.
type listView struct {
	Payments   []sale.Payment `json:"payments"`
	NextCursor *string        `json:"next_cursor"` // null on the last page
}

func (a *api) list(w http.ResponseWriter, r *http.Request) {
	f, err := filterOf(r)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	records, last, err := a.cfg.Lane.Page(f)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	v := listView{Payments: make([]sale.Payment, 0, len(records))}
	for _, rec := range records {
		v.Payments = append(v.Payments, rec.Payment)
	}
	if last > 0 {
		next := strconv.FormatInt(last, 10)
		v.NextCursor = &next
	}
	answer(w, http.StatusOK, v)
}

// filterOf reads the query. A name that is not known is refused: a till that asks for
// yesterday and is answered with everything has been told something wrong.
func filterOf(r *http.Request) (journal.Filter, error) {
	limit, err := number(r, "limit", defaultList, 1, maxList)
	before, err2 := number(r, "cursor", 0, 1, 1<<62)
	if err != nil || err2 != nil {
		return journal.Filter{}, sale.Malformed.Refuse()
	}
	f := journal.Filter{Limit: int(limit), Before: before}
	for name, values := range r.URL.Query() {
		if len(values) != 1 || !choose(&f, name, values[0]) {
			return f, sale.Malformed.Refuse()
		}
	}
	return f, nil
}

// choose takes one word of the query, and reports whether it is one.
func choose(f *journal.Filter, name, value string) (ok bool) {
	switch name {
	case "limit", "cursor":
		return true
	case "reference":
		f.Reference = value
		return value != "" && len(value) <= sale.MaxReference
	case "status":
		f.Status, ok = map[string]journal.Status{"open": journal.OpenOnly, "completed": journal.CompletedOnly}[value]
		return ok
	case "outcome":
		f.Outcome = value
		return isOutcome(value)
	case "created_from":
		f.From, ok = instant(value)
		return ok
	case "created_until":
		f.Until, ok = instant(value)
		return ok
	}
	return false
}

func isOutcome(name string) bool {
	for o := payment.OutcomeNone + 1; o.Valid(); o++ {
		if o.String() == name {
			return true
		}
	}
	return false
}

// instant reads RFC 3339 of this century.
func instant(s string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, s)
	return t, err == nil && t.Year() >= 2000 && t.Year() < 2100
}

// unchanged answers 304 where the client has this version already (RFC 9110, clause
// 13.1.2).
func unchanged(w http.ResponseWriter, r *http.Request, p sale.Payment) bool {
	tag := etag(p)
	for _, given := range r.Header.Values("If-None-Match") {
		for part := range strings.SplitSeq(given, ",") {
			part = strings.TrimPrefix(strings.TrimSpace(part), "W/")
			if part == tag || part == "*" {
				w.Header().Set("ETag", tag)
				w.WriteHeader(http.StatusNotModified)
				return true
			}
		}
	}
	return false
}

func etag(p sale.Payment) string { return `"` + strconv.FormatUint(p.Version, 10) + `"` }
