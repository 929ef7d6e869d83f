package httpapi_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/terminal/internal/webhook"
)

// backOffice takes messages, the first of each only after it has failed once.
type backOffice struct {
	mu       sync.Mutex
	tries    map[string]int
	taken    []int64
	bodies   []string
	unsigned int
	key      []byte
}

func (b *backOffice) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	b.mu.Lock()
	defer b.mu.Unlock()
	id := r.Header.Get("webhook-id")
	b.tries[id]++
	if len(b.taken) == 0 && b.tries[id] == 1 {
		w.WriteHeader(503)
		return
	}
	var at int64
	_, _ = fmt.Sscan(r.Header.Get("webhook-timestamp"), &at)
	if r.Header.Get("webhook-signature") != webhook.Sign(b.key, id, time.Unix(at, 0), body) {
		b.unsigned++
	}
	var v struct{ Data struct{ Event int64 } }
	_ = json.Unmarshal(body, &v)
	b.taken, b.bodies = append(b.taken, v.Data.Event), append(b.bodies, string(body))
}

func (b *backOffice) last() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.taken) == 0 {
		return 0
	}
	return b.taken[len(b.taken)-1]
}

func TestABackOfficeIsToldOfEveryChangeAlsoOverARestart(t *testing.T) {
	r := newRig(t, fast)
	office := &backOffice{tries: map[string]int{}}
	s := httptest.NewServer(office)
	defer s.Close()
	made := r.call("POST", "/v1/webhooks", `{"url":"`+s.URL+`/hook"}`)
	r.expect(made, 201, "")
	var hook struct{ ID, Secret string }
	check(t, json.Unmarshal(made.body, &hook))
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(hook.Secret, "whsec_"))
	check(t, err)
	office.mu.Lock()
	office.key = key
	office.mu.Unlock()
	path := "/v1/webhooks/" + hook.ID
	if made.header.Get("Location") != path {
		t.Error("it is not told where it is")
	}
	p := r.settled(r.pay("k1", "700").payment(t).ID)
	r.told(office)
	r.restart()
	r.settled(r.pay("k2", "800").payment(t).ID)
	r.told(office)
	for i, n := range office.taken {
		if i > 0 && n < office.taken[i-1] || n > office.last() {
			t.Errorf("the order is %v", office.taken)
		}
	}
	if office.unsigned > 0 || !strings.Contains(office.bodies[0], p.ID.String()) {
		t.Errorf("%d are not signed; the first is %s", office.unsigned, office.bodies[0])
	}
	for _, answer := range []answer{r.call("GET", path, ""), r.call("GET", "/v1/webhooks", "")} {
		if strings.Contains(string(answer.body), "whsec_") || !strings.Contains(string(answer.body), hook.ID) {
			t.Errorf("told is %s", answer.body)
		}
	}
	if strings.Contains(r.log.String(), "whsec_") || strings.Contains(r.log.String(), s.URL) {
		t.Error("the log has the secret or the address")
	}
	r.expect(r.call("DELETE", path, ""), 204, "")
	r.expect(r.call("DELETE", path, ""), 404, "not_found")
	r.expect(r.call("GET", path, ""), 404, "not_found")
}

// told waits until the back office has everything.
func (r *rig) told(b *backOffice) {
	r.t.Helper()
	newest, err := r.lane.NewestEvent()
	check(r.t, err)
	eventually(r.t, "the back office has everything", func() bool { return b.last() == newest })
}

func TestAnAddressThatMayNotBeToldIsRefused(t *testing.T) {
	r := newRig(t, fast)
	for body, want := range map[string]string{
		`{"url":"http://shop.example/"}`: "422 webhook_url", `{"url":"https://u:p@shop.example/"}`: "422 webhook_url", `{}`: "400 malformed", `{"url":1}`: "400 malformed",
		`{"url":"https://a/","url":"https://b/"}`: "400 malformed", `{"url":"https://a/","x":1}`: "400 malformed", `["url","https://a/"]`: "400 malformed",
	} {
		a := r.call("POST", "/v1/webhooks", body)
		if got := fmt.Sprint(a.status, " ", a.code(t)); got != want {
			t.Errorf("%s: %s", body, got)
		}
	}
	for range webhook.MaxWebhooks {
		r.expect(r.call("POST", "/v1/webhooks", `{"url":"https://shop.invalid/"}`), 201, "")
	}
	r.expect(r.call("POST", "/v1/webhooks", `{"url":"https://shop.invalid/"}`), 409, "too_many_webhooks")
	r.expect(r.raw("GET", "/v1/webhooks", ""), 401, "unpaired")
}
