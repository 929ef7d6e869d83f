package httpapi_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/internal/httpapi"
	"github.com/strongroom-pos/strongroom/terminal/internal/standin"
)

// answered are the log's records of requests so far, by status: the count of
// refusals. Every line must be one JSON object.
func answered(t *testing.T, log string) map[int]int {
	t.Helper()
	count := map[int]int{}
	for line := range strings.Lines(log) {
		var record struct {
			Msg    string
			Status any // a number of requests, a word of payments
		}
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatalf("a line of the log is no record: %v", err)
		}
		if status, is := record.Status.(float64); is && record.Msg == "request" {
			count[int(status)]++
		}
	}
	return count
}

// refused holds an attack to its code, to one refusal more in the log, to no other
// change and to no byte of it in the log.
func (r *rig) refused(a func() answer, status int, code, canary string) {
	r.t.Helper()
	before, starts, events := answered(r.t, r.log.String()), r.world.Starts(), r.newest()
	r.expect(a(), status, code)
	want := maps.Clone(before)
	want[status]++
	eventually(r.t, "the refusal is counted", func() bool { return maps.Equal(answered(r.t, r.log.String()), want) })
	if r.world.Starts() != starts || r.newest() != events {
		r.t.Error("something else changed")
	}
	if canary != "" && strings.Contains(r.log.String(), canary) {
		r.t.Error("the log quotes the input")
	}
}

func (r *rig) newest() int64 {
	r.t.Helper()
	n, err := r.lane.NewestEvent()
	check(r.t, err)
	return n
}

// crowd opens connections that ask nothing, closes them one after the other once as
// many as are expected are live, and returns how many were ever live at once.
func crowd(t *testing.T, l net.Listener, peers, live int) int {
	t.Helper()
	var mu sync.Mutex
	open, seen, most := map[net.Conn]bool{}, 0, 0
	server := &http.Server{Handler: http.NotFoundHandler(), ReadHeaderTimeout: time.Minute, ConnState: func(c net.Conn, s http.ConnState) {
		mu.Lock()
		defer mu.Unlock()
		switch s {
		case http.StateNew:
			open[c] = true
			seen++
		case http.StateClosed:
			delete(open, c)
		}
		most = max(most, len(open))
	}}
	go func() { _ = server.Serve(l) }() // ends by Close below
	defer server.Close()
	var conns []net.Conn
	for range peers {
		c, err := net.Dial("tcp", l.Addr().String())
		check(t, err)
		conns = append(conns, c)
	}
	for _, c := range conns {
		eventually(t, "the crowd is let in", func() bool { mu.Lock(); defer mu.Unlock(); return seen >= live })
		_ = c.Close() // and who waited comes in
		live = min(live+1, peers)
	}
	mu.Lock()
	defer mu.Unlock()
	return most
}

func TestA13ConnectionsBeyondTheBoundWait(t *testing.T) {
	for name, c := range map[string]struct {
		bound func(net.Listener) net.Listener
		live  int
	}{
		"bounded":               {httpapi.Bounded, httpapi.MaxConnections},
		"hole: no bound at all": {func(l net.Listener) net.Listener { return l }, httpapi.MaxConnections + 40},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			check(t, err)
			// One more is counted while the end of the one before it is being told.
			if most := crowd(t, c.bound(l), httpapi.MaxConnections+40, c.live); most < c.live || most > c.live+1 {
				t.Errorf("%d connections were live at once, want %d", most, c.live)
			}
		})
	}
}

func TestA13HugeBodiesAndManyKeysHoldUpNoPayment(t *testing.T) {
	r := newRig(t, standin.Wait)
	id := r.pay("k", "700").payment(t).ID
	huge := `{"amount":700,"currency":"EUR","reference":"` + strings.Repeat("x", 1<<20) + `"}`
	r.refused(func() answer { return r.call("POST", "/v1/payments", huge, "Idempotency-Key", "huge") }, 413, "too_large", "xxxx")
	for i := range 300 {
		r.expect(r.pay(fmt.Sprintf("k%d", i), "700"), 409, "busy")
	}
	r.world.Change(id, standin.Approved)
	if p := r.settled(id); *p.Outcome != "approved" {
		t.Errorf("the payment under way ended %q", *p.Outcome)
	}
}

// A51: the standard library's protection believes a page whose name was rebound to
// this address, since browser and page agree that it is the same origin. The exact
// Host is what refuses it.
func TestA51AReboundNameIsRefused(t *testing.T) {
	r := newRig(t, fast)
	rebound := []string{"Host", "evil.example:8443", "Origin", "http://evil.example:8443", "Sec-Fetch-Site", "same-origin",
		"Authorization", "Bearer " + r.secrets.Token(), "Idempotency-Key", "k"}
	r.refused(func() answer { return r.raw("POST", "/v1/payments", question, rebound...) }, 403, "host_not_allowed", "evil.example")
	r.expect(r.pay("twin", "700"), 202, "")

	hole := httptest.NewServer(http.NewCrossOriginProtection().Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
	defer hole.Close()
	alone := *r
	alone.base = hole.URL
	if a, err := alone.try("POST", "/v1/payments", question, rebound...); err != nil || a.status != 200 {
		t.Errorf("hole: the standard protection alone answers %d, %v", a.status, err)
	}
	if a, err := alone.try("POST", "/", "", "Origin", "http://evil.example", "Sec-Fetch-Site", "cross-site"); err != nil || a.status != 403 {
		t.Errorf("hole: it protects from nothing at all: %d, %v", a.status, err)
	}
}

func TestA52LookAlikeOriginsAreRefusedAndNoHeaderInvitesThem(t *testing.T) {
	r := newRig(t, standin.Wait)
	r.pay("k0", "700")
	bearer := []string{"Authorization", "Bearer " + r.secrets.Token(), "Idempotency-Key", "k", "Origin"}
	r.expect(r.raw("POST", "/v1/payments", question, append(bearer, r.base)...), 409, "busy") // twin
	port := r.base[strings.LastIndex(r.base, ":"):]
	for _, origin := range []string{"null", "NULL", "", "http://127.0.0.1", "http://127.0.0.1" + port + "0", "http://127.0.0.1.evil.example" + port,
		"http://evil.example" + port, "http://localhost" + port, "http://127.0.0.1" + port + ".evil.example", "http://127.0.0.1" + port + "@evil.example",
		"http://evil.example#" + r.base, "HTTP://127.0.0.1" + port, r.base + "/", "http://127.1" + port, "http://2130706433" + port, "http://[::1]" + port, "file://"} {
		t.Run(origin, func(t *testing.T) {
			r := r.in(t)
			r.refused(func() answer { return r.raw("POST", "/v1/payments", question, append(bearer, origin)...) }, 403, "cross_origin", "evil")
			a, err := r.try("OPTIONS", "/v1/payments", "", "Origin", origin, "Access-Control-Request-Method", "POST")
			check(t, err)
			for name := range a.header {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("a preflight is answered %d with %s", a.status, name)
				}
			}
		})
	}
}

// asked sends bytes as they are and returns the statuses of all answers.
func (r *rig) asked(raw string) (statuses []int) {
	r.t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(r.base, "http://"))
	check(r.t, err)
	defer c.Close()
	check(r.t, c.SetDeadline(time.Now().Add(30*time.Second)))
	_, err = io.WriteString(c, strings.ReplaceAll(raw, "\n", "\r\n"))
	check(r.t, err)
	for in := bufio.NewReader(c); ; {
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			return statuses
		}
		statuses = append(statuses, res.StatusCode)
		_, _ = io.Copy(io.Discard, res.Body) // a stream that ends is the end of the answers
		_ = res.Body.Close()
	}
}

func TestA57PathsMethodsAndFramingLeadNowhereElse(t *testing.T) {
	r := newRig(t, fast)
	host := strings.TrimPrefix(r.base, "http://")
	id := r.settled(r.pay("k", "700").payment(t).ID).ID.String()
	head := "Host: " + host + "\nAuthorization: Bearer " + r.secrets.Token() + "\n"
	last := head + "Connection: close\n"
	post := "POST /v1/payments HTTP/1.1\n" + last + "Idempotency-Key: smuggled\nContent-Type: application/json\n"
	chunked := fmt.Sprintf("%x\n%s\n0\n\n", len(question), question)
	for name, c := range map[string]struct {
		raw  string
		want []int
	}{
		"twin: the plain path":                 {"GET /v1/payments/" + id + " HTTP/1.1\n" + last + "\n", []int{200}},
		"twin: two requests, one by one":       {"GET /version HTTP/1.1\n" + head + "\nGET /version HTTP/1.1\n" + last + "\n", []int{200, 200}},
		"dots":                                 {"GET /../../etc/passwd HTTP/1.1\n" + last + "\n", []int{404}},
		"dots behind a name":                   {"GET /app.js/../../access.token HTTP/1.1\n" + last + "\n", []int{404}},
		"encoded dots":                         {"GET /%2e%2e/access.token HTTP/1.1\n" + last + "\n", []int{404}},
		"encoded strokes":                      {"GET /..%2faccess.token HTTP/1.1\n" + last + "\n", []int{404}},
		"strokes encoded twice":                {"GET /%252e%252e%252faccess.token HTTP/1.1\n" + last + "\n", []int{404}},
		"a backslash":                          {"GET /..\\access.token HTTP/1.1\n" + last + "\n", []int{404}},
		"a zero":                               {"GET /index.html%00.js HTTP/1.1\n" + last + "\n", []int{404}},
		"doubled strokes":                      {"GET //v1//payments HTTP/1.1\n" + last + "\n", []int{404}},
		"an encoded letter, unpaired":          {"GET /%76%31/payments/" + id + " HTTP/1.1\nHost: " + host + "\nConnection: close\n\n", []int{404}},
		"another method by a header":           {"GET /v1/payments/" + id + "/cancel HTTP/1.1\n" + last + "X-HTTP-Method-Override: POST\n\n", []int{405}},
		"another method by a field":            {"GET /v1/payments?_method=POST HTTP/1.1\n" + last + "\n", []int{400}},
		"a method of one's own":                {"PROPFIND /v1/payments HTTP/1.1\n" + last + "\n", []int{405}},
		"a change to HTTP/2":                   {"GET /version HTTP/1.1\n" + head + "Connection: close, Upgrade, HTTP2-Settings\nUpgrade: h2c\nHTTP2-Settings: AAMAAABkAAQAAP__\n\n", []int{200}},
		"HTTP/2 right away":                    {"PRI * HTTP/2.0\n\nSM\n\n", []int{403}},
		"two lengths":                          {post + "Content-Length: 5\nContent-Length: 50\n\n" + question, []int{400}},
		"length and chunks: no second request": {"POST /version HTTP/1.1\n" + head + "Content-Length: 4\nTransfer-Encoding: chunked\n\n" + chunked + "GET /version HTTP/1.1\n" + last + "\n", []int{405}},
		"chunks under another name":            {post + "Transfer-Encoding: xchunked\n\n" + chunked, []int{501}},
		"a blank before the colon":             {post + "Content-Length : 40\n\n" + question, []int{400}},
		"a line folded, which is one header":   {"GET /version HTTP/1.1\n" + head + "X: a\n b\nConnection: close\n\n", []int{200}},
		"two hosts":                            {"GET /version HTTP/1.1\nHost: " + host + "\nHost: evil.example\nConnection: close\n\n", []int{400}},
		"an address instead of a path":         {"GET http://evil.example/version HTTP/1.1\n" + last + "\n", []int{403}},
		"a proxy's method":                     {"CONNECT evil.example:443 HTTP/1.1\n" + last + "\n", []int{403}},
		"a body that belongs to no route":      {"POST /version HTTP/1.1\n" + last + "Content-Length: 2\n\n{}", []int{405}},
	} {
		t.Run(name, func(t *testing.T) {
			starts := r.world.Starts()
			if got := r.in(t).asked(c.raw); !slices.Equal(got, c.want) {
				t.Errorf("answered %d, want %d", got, c.want)
			}
			if r.world.Starts() != starts {
				t.Error("a payment began")
			}
		})
	}
	answered(t, r.log.String())
	if strings.Contains(r.log.String(), "evil") || strings.Contains(r.log.String(), "passwd") {
		t.Error("the log quotes the input")
	}
}

// eventsIn reads an event stream as a browser does.
func eventsIn(t *testing.T, body string) int {
	t.Helper()
	n, named := 0, false
	for line := range strings.Lines(body) {
		switch line = strings.TrimRight(line, "\r\n"); {
		case strings.HasPrefix(line, "event: "):
			named = true
		case line == "" && named:
			n, named = n+1, false
		}
	}
	return n
}

func TestA58ALineInAReferenceIsNoEvent(t *testing.T) {
	r := newRig(t, fast)
	forged := "event: payment\ndata: {}\n\n"
	for _, breaks := range []string{"\n", "\r", "\r\n", "\u2028", "\u0085", "\v", "\x00", "\x1b"} {
		text, err := json.Marshal(map[string]any{"amount": 700, "currency": "EUR", "reference": "a" + breaks + forged})
		check(t, err)
		r.refused(func() answer { return r.call("POST", "/v1/payments", string(text), "Idempotency-Key", "k") }, 400, "malformed", "forged")
	}
	// The twin has the same words on one line; what looks like the end of one stays text.
	text, err := json.Marshal(map[string]any{"amount": 700, "currency": "EUR", "reference": `a\n\nevent: payment\ndata: {}\n\n`})
	check(t, err)
	before := r.newest()
	r.settled(r.call("POST", "/v1/payments", string(text), "Idempotency-Key", "k").payment(t).ID)
	all := r.listen(fmt.Sprint(before), int(r.newest()-before))
	for i, e := range all {
		if e.id != before+int64(i)+1 || e.name != "payment" {
			t.Errorf("event %d is %+v", i, e)
		}
	}
	event := "id: 1\nevent: payment\ndata: {\"reference\":%s}\n\n"
	if n := eventsIn(t, fmt.Sprintf(event, `"a\n\n`+"event: payment\\ndata: {}\\n\\n"+`"`)); n != 1 {
		t.Errorf("twin: %d events", n)
	}
	if n := eventsIn(t, fmt.Sprintf(event, "\"a\n\n"+forged+"\"")); n != 2 {
		t.Errorf("hole: a raw write gives %d events", n)
	}
}

// smuggled are what would make a log of lines say more than happened.
func smuggled() []string {
	return []string{"a%0d%0a{\"msg\":\"request\",\"status\":200}", "%1b[2J%1b[31mpaid", "\"},{\"msg\":\"approved\"", "{\"msg\":\"approved\"}", "%00", "%e2%80%a8approved"}
}

func TestA60WhateverIsSentIsOneRecordOfTheLog(t *testing.T) {
	r := newRig(t, fast)
	for _, s := range smuggled() {
		plain := strings.NewReplacer("%0d%0a", "", "%1b", "", "%00", "", "%e2%80%a8", "").Replace(s)
		header := func(name string) func() answer {
			return func() answer {
				a, err := r.try("GET", "/v1/payments", "", name, plain)
				check(t, err)
				return a
			}
		}
		for _, attack := range []func() answer{header("X-Request-Id"), header("Trace-Id"), header("Traceparent"), header("User-Agent"), header("X-Forwarded-For"), header("Referer")} {
			r.refused(attack, 401, "unpaired", "approved")
		}
		r.refused(func() answer { return r.path("/v1/" + s) }, 401, "unpaired", "approved")
		r.refused(func() answer { return r.path("/x/" + s) }, 404, "not_found", "approved")
	}
	if log := r.log.String(); strings.ContainsAny(log, "\x1b\r\x00") || strings.Contains(log, "approved") || strings.Contains(log, "paid\"") {
		t.Error("the log quotes the input")
	}
	var careless lockedBuffer // hole
	fmt.Fprintf(&careless, "{\"msg\":\"request\",\"id\":%q}\n{\"path\":\"%s\"}\n", "a", "a\r\n{\"msg\":\"request\",\"status\":200}")
	if n := strings.Count(careless.String(), "\n"); n != 3 {
		t.Errorf("hole: a plain print gives %d lines", n)
	}
}

// path asks for a path as it is written, with quotes and braces escaped.
func (r *rig) path(p string) answer {
	r.t.Helper()
	a, err := r.try("GET", strings.NewReplacer(`"`, "%22", "{", "%7b", "}", "%7d", "[", "%5b").Replace(p), "")
	check(r.t, err)
	return a
}

// leadsAway reports whether a Location leaves this terminal, as a browser reads it.
func leadsAway(location string) bool {
	return location != "" && (!strings.HasPrefix(location, "/") || strings.HasPrefix(strings.ReplaceAll(location, "\\", "/"), "//"))
}

func redirections(key string) (paths []string) {
	for _, to := range []string{"//evil.example", "https://evil.example", "/\\evil.example", "///evil.example", "https:evil.example"} {
		for _, name := range []string{"next", "url", "return", "redirect_uri", "to"} {
			paths = append(paths, key+"&"+name+"="+to)
		}
		paths = append(paths, "/"+to, "/"+to+"/..", "/open/"+to)
	}
	return paths
}

func TestA62NothingLeadsToAnotherAddress(t *testing.T) {
	r := newRig(t, fast)
	seen := 0
	for _, path := range redirections(r.secrets.OpenPath()) {
		a, err := r.try("GET", path, "", "X-Forwarded-Host", "evil.example", "Forwarded", "host=evil.example")
		check(t, err)
		if a.header.Get("Location") != "" {
			seen++
		}
		if leadsAway(a.header.Get("Location")) {
			t.Errorf("%s leads to %s", path, a.header.Get("Location"))
		}
	}
	if seen == 0 {
		t.Error("the twin: not even the page's link leads to the page")
	}
	hole := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Query().Get("next"), http.StatusSeeOther)
	}))
	defer hole.Close()
	planted := *r
	planted.base = hole.URL
	a, err := planted.try("GET", "/open?key=x&next=//evil.example", "")
	if err != nil || !leadsAway(a.header.Get("Location")) {
		t.Errorf("hole: a planted redirect is not found: %q, %v", a.header.Get("Location"), err)
	}
}

// withoutTrace is an answer as somebody compares it who looks for a difference.
func withoutTrace(a answer) string {
	var p map[string]any
	if json.Unmarshal(a.body, &p) == nil {
		delete(p, "trace_id")
		delete(p, "instance")
	}
	h := a.header.Clone()
	h.Del("Trace-Id")
	h.Del("Date")
	return fmt.Sprint(a.status, h, p)
}

// different counts what a class of refusals can be told apart by.
func different(all []answer) int {
	seen := map[string]bool{}
	for _, a := range all {
		seen[withoutTrace(a)] = true
	}
	return len(seen)
}

func TestA71WhoIsRefusedLearnsNothingFromTheAnswer(t *testing.T) {
	r := newRig(t, fast)
	id := r.settled(r.pay("k", "700").payment(t).ID).ID.String()
	token, open := r.secrets.Token(), strings.TrimPrefix(r.secrets.OpenPath(), "/open?key=")
	flipped := token[:len(token)-1] + string(token[len(token)-1]^1)
	classes := map[string][]answer{}
	for _, path := range []string{"/v1/payments/" + id, "/v1/payments/" + payment.ID{1}.String(), "/v1/payments", "/v1/nothing"} {
		for _, secret := range []string{"", "x", flipped, token[:20], token + token, open, r.secrets.Cookie()} {
			classes["unpaired"] = append(classes["unpaired"], r.raw("GET", path, "", "Authorization", "Bearer "+secret))
		}
	}
	for _, key := range []string{"", "x", token, open[:20], r.secrets.Cookie()} {
		classes["link"] = append(classes["link"], r.raw("GET", "/open?key="+key, ""))
	}
	for _, other := range []string{payment.ID{1}.String(), payment.ID{2}.String(), "pay_x", "..."} {
		classes["payments"] = append(classes["payments"], r.call("GET", "/v1/payments/"+other, ""))
	}
	for name, all := range classes {
		if n := different(all); n != 1 {
			t.Errorf("%s: %d answers can be told apart", name, n)
		}
	}
	// The hole: a text for each reason.
	if n := different([]answer{classes["unpaired"][0], classes["payments"][0]}); n != 2 {
		t.Errorf("hole: %d answers of two classes are told apart", n)
	}
	spoilt := classes["unpaired"][0]
	spoilt.body = []byte(strings.Replace(string(spoilt.body), "Not paired", "Not quite paired", 1))
	if n := different([]answer{classes["unpaired"][1], spoilt}); n != 2 {
		t.Error("hole: a telling text was not found")
	}
}
