package httpapi_test

import (
	"bufio"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/terminal/internal/standin"
)

const cart = `{"currency":"EUR","lines":[{"name":"Coffee","quantity":2,"amount":780}]}`

const shownCart = `{"cart":{"currency":"EUR","lines":[{"name":"Coffee","quantity":2,"amount":780}],"total":780}}` + "\n"

func TestACartIsShownUntilAPaymentBegins(t *testing.T) {
	r := newRig(t, standin.Wait)
	told := r.displays()
	r.expect(r.call("PUT", "/v1/display", cart), 200, "")
	if a := r.call("GET", "/v1/display", ""); string(a.body) != shownCart {
		t.Errorf("shown is %s", a.body)
	}
	if got := told(); got+"\n" != shownCart {
		t.Errorf("the tablet is told %s", got)
	}
	id := r.pay("k", "780").payment(t).ID
	if got := told(); got != `{"cart":null}` {
		t.Errorf("beside a payment the tablet shows %s", got)
	}
	r.expect(r.call("PUT", "/v1/display", cart), 409, "busy")
	r.world.Change(id, standin.Approved)
	r.settled(id)
	if a := r.call("GET", "/v1/display", ""); string(a.body) != "{\"cart\":null}\n" {
		t.Errorf("after the payment shown is %s", a.body)
	}
	r.expect(r.call("PUT", "/v1/display", cart), 200, "")
	r.expect(r.call("DELETE", "/v1/display", ""), 204, "")
	if a := r.call("GET", "/v1/display", ""); string(a.body) != "{\"cart\":null}\n" {
		t.Errorf("after the end shown is %s", a.body)
	}
	for _, body := range []string{"{}", strings.Replace(cart, "Coffee", "4761739001010010", 1), strings.Replace(cart, "Coffee", `a\u0007`, 1)} {
		r.expect(r.call("PUT", "/v1/display", body), 400, "malformed")
	}
	r.expect(r.raw("GET", "/v1/display", ""), 401, "unpaired")
}

// displays opens a stream and returns what gives the next event of the display.
func (r *rig) displays() func() string {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), "GET", r.base+"/v1/events", nil)
	check(r.t, err)
	req.Header.Set("Authorization", "Bearer "+r.secrets.Token())
	res, err := http.DefaultClient.Do(req)
	check(r.t, err)
	r.t.Cleanup(func() { res.Body.Close() })
	told := make(chan string, 16)
	go func() {
		lines := bufio.NewScanner(res.Body)
		for name := ""; lines.Scan(); {
			field, value, _ := strings.Cut(lines.Text(), ": ")
			switch {
			case field == "event":
				name = value
			case field == "data" && name == "display":
				told <- value
			}
		}
	}()
	return func() string {
		select {
		case s := <-told:
			return s
		case <-time.After(30 * time.Second):
			return "nothing"
		}
	}
}
