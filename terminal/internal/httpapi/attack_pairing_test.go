package httpapi_test

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/terminal/internal/httpapi"
	"github.com/strongroom-pos/strongroom/terminal/internal/pairing"
)

// confirmed is a till whose request the merchant has confirmed, with its path.
func (r *rig) confirmed() (c *till, path string, shown pairingView) {
	r.t.Helper()
	c = r.till()
	path = "/v1/pairing/requests/" + c.ask("Till", `"pay"`).pairing(r.t).ID
	r.expect(r.call("POST", path+"/confirm", ""), 200, "")
	return c, path, r.current()
}

// wrong is a code that is not the right one.
func wrong(code string) string {
	return `{"code":"` + string('0'+(code[0]-'0'+1)%10) + code[1:] + `"}`
}

func TestA54FiveWrongCodesBurnTheRequest(t *testing.T) {
	for tries, last := range map[int]int{4: 201, 5: 409} { // the twin has one try less behind it
		r := newRig(t, fast)
		c, path, shown := r.confirmed()
		for range tries {
			r.expect(c.call("POST", path+"/complete", wrong(shown.Code)), 403, "wrong_code")
			r.tills.clock.pass(20 * time.Second)
		}
		a := c.call("POST", path+"/complete", `{"code":"`+shown.Code+`"}`)
		if a.status != last {
			t.Errorf("after %d wrong codes the right one is answered %d %s", tries, a.status, a.body)
		}
		if got := r.current(); got.TriesLeft != 5-tries || (tries == 5) != (got.Status == "burned") {
			t.Errorf("the page shows %+v", got)
		}
	}
}

// A guess is worth nothing before the merchant has said yes.
func TestA54NothingIsLookedAtBeforeTheMerchantConfirms(t *testing.T) {
	r := newRig(t, fast)
	c := r.till()
	path := "/v1/pairing/requests/" + c.ask("Till", `"pay"`).pairing(t).ID
	for i := range 10 {
		r.expect(c.call("POST", path+"/complete", fmt.Sprintf(`{"code":"%08d"}`, i)), 409, "pairing_waiting")
	}
	if got := r.current(); got.TriesLeft != 5 || got.Status != "waiting" {
		t.Errorf("got %+v", got)
	}
	r.expect(r.call("POST", path+"/confirm", ""), 200, "") // the twin
	r.expect(c.call("POST", path+"/complete", `{"code":"`+r.current().Code+`"}`), 201, "")
}

// The wait is that of the socket's address, whatever a header says of it.
func TestA54ForgedForwardingHeadersDoNotShortenTheWait(t *testing.T) {
	r := newRig(t, fast)
	c, path, shown := r.confirmed()
	right := `{"code":"` + shown.Code + `"}`
	r.expect(c.call("POST", path+"/complete", wrong(shown.Code)), 403, "wrong_code")
	for i, header := range []string{"X-Forwarded-For", "Forwarded", "X-Real-IP", "True-Client-IP", "CF-Connecting-IP", "Via"} {
		a := c.call("POST", path+"/complete", right, header, fmt.Sprintf("192.0.2.%d", i))
		r.expect(a, 429, "pairing_throttled")
		if a.header.Get("Retry-After") != "1" {
			t.Errorf("Retry-After is %q", a.header.Get("Retry-After"))
		}
	}
	other := r.tillFrom("127.0.0.2") // the twin: another socket
	r.expect(other.call("POST", path+"/complete", wrong(shown.Code)), 403, "wrong_code")
	r.tills.clock.pass(time.Second)
	r.expect(c.call("POST", path+"/complete", right), 201, "")
}

// The hole: a desk that is told the address of a header never lets anybody wait.
func TestA54AWaitKeyedOnAHeaderIsNone(t *testing.T) {
	throttled := func(address func(i int) netip.Addr) (n int) {
		clients, err := pairing.Load(noStore{}, time.Now)
		check(t, err)
		now := time.Now()
		d := pairing.NewDesk(pairing.Config{Clients: clients, URL: "https://x", Now: func() time.Time { return now }})
		q, err := d.Ask("Till", pairing.Pay, netip.MustParseAddr("127.0.0.1"), true)
		check(t, err)
		for i := range pairing.Tries - 1 {
			_, _, err := d.Complete(q.ID, pairing.Proof{Code: "x"}, address(i))
			var wait *pairing.ThrottledError
			if errors.As(err, &wait) {
				n++
			}
		}
		return n
	}
	if n := throttled(func(i int) netip.Addr { return netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}) }); n != 0 {
		t.Errorf("keyed on a header, %d tries had to wait", n)
	}
	if n := throttled(func(int) netip.Addr { return netip.MustParseAddr("127.0.0.1") }); n != pairing.Tries-2 {
		t.Errorf("keyed on the socket, %d tries had to wait", n)
	}
}

type noStore struct{}

func (noStore) Clients() ([]pairing.Record, error) { return nil, nil }
func (noStore) PutClient(pairing.Record) error     { return nil }
func (noStore) DropClient(string) error            { return nil }

// together makes n calls at once and counts their answers by status.
func together(t *testing.T, n int, call func(i int) (answer, error)) map[int]int {
	t.Helper()
	var mu sync.Mutex
	var wg sync.WaitGroup
	statuses := map[int]int{}
	for i := range n {
		wg.Go(func() {
			a, err := call(i)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Errorf("call %d: %v", i, err)
			}
			statuses[a.status]++
		})
	}
	wg.Wait()
	return statuses
}

func TestA54OfManyRequestsAtOnceOneIsTaken(t *testing.T) {
	r := newRig(t, fast)
	const many = 20
	tills := make([]*till, many)
	for i := range tills {
		tills[i] = r.tillFrom(fmt.Sprintf("127.0.1.%d", i+1))
	}
	asked := together(t, many, func(i int) (answer, error) {
		return tills[i].try("POST", "/v1/pairing/requests", `{"name":"Till","scopes":["admin"]}`)
	})
	if asked[201] != 1 || asked[409] != many-1 {
		t.Errorf("asked at once: %v", asked)
	}
	path := "/v1/pairing/requests/" + r.current().ID
	r.expect(r.call("POST", path+"/confirm", ""), 200, "")
	link, err := pairing.ParseLink(r.current().URI)
	check(t, err)
	completed := together(t, many, func(i int) (answer, error) {
		return tills[i].try("POST", path+"/complete", `{"secret":"`+link.Secret+`"}`)
	})
	if completed[201] != 1 || completed[409] != many-1 {
		t.Errorf("completed at once: %v", completed)
	}
	if n := len(r.tills.desk.Clients().List()); n != 1 {
		t.Errorf("%d clients were paired", n)
	}
}

// One who asks and asks has to wait longer and longer, and keeps nobody else out.
func TestA54AStrangerWhoIsRejectedHasToWait(t *testing.T) {
	r := newRig(t, fast)
	c := r.till()
	for range 3 {
		id := c.ask("Stranger", `"admin"`).pairing(t).ID
		r.expect(r.call("POST", "/v1/pairing/requests/"+id+"/reject", ""), 200, "")
		r.expect(c.ask("Stranger", `"admin"`), 429, "pairing_throttled")
		r.tills.clock.pass(5 * time.Second)
	}
	id := c.ask("Stranger", `"admin"`).pairing(t).ID
	r.expect(r.call("POST", "/v1/pairing/requests/"+id+"/reject", ""), 200, "")
	if a := c.ask("Stranger", `"admin"`); a.header.Get("Retry-After") != "8" {
		t.Errorf("the fourth time the wait is %q", a.header.Get("Retry-After"))
	}
	r.expect(r.tillFrom("127.0.0.2").ask("Till", `"pay"`), 201, "")
}

func TestA54AStrangerIsHeldToARate(t *testing.T) {
	r := newRig(t, fast)
	c, began := r.till(), time.Now()
	statuses := map[int]int{}
	for range 10 { // ten at a time: more connections would be refused before they ask
		for status, n := range together(t, 10, func(int) (answer, error) { return c.try("GET", "/v1/payments", "") }) {
			statuses[status] += n
		}
	}
	// Twenty at a stroke and five a second, whatever the machine needs for them.
	if most := 21 + 5*time.Since(began).Seconds(); float64(statuses[401]) > most || statuses[401] == 0 || statuses[401]+statuses[429] != 100 {
		t.Errorf("got %v", statuses)
	}
	a, err := c.try("GET", "/v1/payments", "")
	check(t, err)
	if a.status == http.StatusTooManyRequests && a.header.Get("Retry-After") == "" {
		t.Error("the stranger is not told to wait")
	}
	r.expect(r.tillFrom("127.0.0.2").call("GET", "/health/live", ""), 200, "") // the twin
	r.expect(r.call("GET", "/v1/payments", ""), 200, "")
}

// One machine's connections keep nobody else out.
func TestA54AnAddressHasItsShareOfConnections(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	defer l.Close()
	accepted := make(chan net.Conn, 100)
	go func() {
		for bound := httpapi.PerAddress(l); ; {
			c, err := bound.Accept()
			if err != nil {
				return
			}
			accepted <- c
		}
	}()
	dial := func(from string) net.Conn {
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
		c, err := d.DialContext(t.Context(), "tcp", l.Addr().String())
		check(t, err)
		t.Cleanup(func() { c.Close() })
		return c
	}
	const share = 32
	var held []net.Conn
	for range share {
		dial("127.0.0.9")
		held = append(held, <-accepted)
	}
	more := dial("127.0.0.9")
	check(t, more.SetReadDeadline(time.Now().Add(30*time.Second)))
	if _, err := more.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("one connection more is not closed: %v", err)
	}
	dial("127.0.0.8") // the twin
	held = append(held, <-accepted)
	held[0].Close() // its place is free again
	dial("127.0.0.9")
	select {
	case held[0] = <-accepted:
	case <-time.After(30 * time.Second):
		t.Error("a connection that ended keeps its place")
	}
	for _, c := range held {
		c.Close()
	}
}
