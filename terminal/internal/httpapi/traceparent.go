package httpapi

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// Trace is what a request belongs to (W3C Trace Context).
type Trace struct {
	ID      string // 32 hex digits
	Parent  string // 16 hex digits of the caller's span; empty where the trace begins here
	Sampled bool   // the caller keeps its part
}

// traceFrom takes the caller's trace, where it sent one in its only form, or begins
// one. Its id gives a caller nothing: it is written to the log and into problems.
func traceFrom(h http.Header) Trace {
	if values := h.Values("Traceparent"); len(values) == 1 {
		if t, ok := parseTraceparent(values[0]); ok {
			return t
		}
	}
	return Trace{ID: newTrace(), Sampled: true}
}

// parseTraceparent reads version 00: version, trace id, parent id and flags, in small
// hex digits. A later version, and one whose digits could hold a card number, is not
// taken: the id is the one value of a client's own that is logged.
func parseTraceparent(s string) (Trace, bool) {
	parts := strings.Split(s, "-")
	if len(parts) != 4 || parts[0] != "00" || !isHex(parts[1], 32) || !isHex(parts[2], 16) || !isHex(parts[3], 2) ||
		strings.Trim(parts[1], "0") == "" || strings.Trim(parts[2], "0") == "" ||
		sale.LooksLikePAN(parts[1]) || sale.LooksLikePAN(parts[2]) {
		return Trace{}, false
	}
	flags, _ := hex.DecodeString(parts[3]) // they are two digits
	return Trace{parts[1], parts[2], flags[0]&1 == 1}, true
}

func isHex(s string, n int) bool { return len(s) == n && strings.Trim(s, "0123456789abcdef") == "" }

// newTrace draws an id that nobody takes for a card number.
func newTrace() string {
	for {
		var b [16]byte
		_, _ = rand.Read(b[:]) // never fails since Go 1.24
		if id := hex.EncodeToString(b[:]); !sale.LooksLikePAN(id) {
			return id
		}
	}
}
