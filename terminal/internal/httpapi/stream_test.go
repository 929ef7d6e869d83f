package httpapi_test

import (
	"bufio"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/internal/standin"
)

func (r *rig) weaken() {
	r.world.Set(func(d *mailbox.Description) { d.MemoryProtection = payment.MemoryProtectionLocked })
	time.Sleep(300 * time.Millisecond) // a description is good for a quarter of a second
}

type event struct {
	id   int64
	name string
}

// listen opens a stream, reads n events and ends.
func (r *rig) listen(last string, n int) []event {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), "GET", r.base+"/v1/events", nil)
	check(r.t, err)
	req.Header.Set("Authorization", "Bearer "+r.secrets.Token())
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	res, err := http.DefaultClient.Do(req)
	check(r.t, err)
	defer res.Body.Close()
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/event-stream" {
		r.t.Fatalf("the stream answers %d", res.StatusCode)
	}
	return readEvents(r.t, bufio.NewScanner(res.Body), n)
}

func readEvents(t *testing.T, lines *bufio.Scanner, n int) []event {
	t.Helper()
	lines.Buffer(nil, 1<<20)
	var events []event
	var e event
	for len(events) < n && lines.Scan() {
		field, value, _ := strings.Cut(lines.Text(), ": ")
		switch field {
		case "id":
			e.id, _ = strconv.ParseInt(value, 10, 64)
		case "event":
			e.name = value
		case "":
			if e.name != "" {
				events = append(events, e)
			}
			e = event{}
		}
	}
	if len(events) < n {
		t.Fatalf("the stream ended after %d of %d events: %v", len(events), n, lines.Err())
	}
	return events
}

func TestAStreamResumesWithoutLossOrRepetition(t *testing.T) {
	r := newRig(t, fast)
	r.settled(r.pay("k", "700").payment(t).ID)
	newest, err := r.lane.NewestEvent()
	check(t, err)
	all := r.listen("0", int(newest))
	for i, e := range all {
		if e.id != int64(i+1) || e.name != "payment" {
			t.Fatalf("event %d is %+v", i+1, e)
		}
	}
	half := r.listen("3", int(newest)-3)
	if half[0].id != 4 {
		t.Errorf("the stream goes on at %d", half[0].id)
	}
	r.restart() // the log outlives the process
	if again := r.listen("0", int(newest)); again[len(again)-1].id != newest {
		t.Error("events were lost in the restart")
	}
}

func TestANumberThatWasNeverGivenOutIsAGap(t *testing.T) {
	r := newRig(t, fast)
	r.settled(r.pay("k", "700").payment(t).ID)
	if e := r.listen("999999", 1)[0]; e.name != "gap" || e.id >= 999999 {
		t.Errorf("got %+v", e)
	}
	for _, last := range []string{"-1", "x", "01", "1.5", "99999999999999999999"} {
		r.expect(r.call("GET", "/v1/events", "", "Last-Event-ID", last), 400, "malformed")
	}
}

// A live stream must outlive the server's write and read limits.
func TestAStreamOutlivesTheServersLimits(t *testing.T) {
	r := newRig(t, standin.Wait)
	id := r.pay("k", "700").payment(t).ID
	newest, err := r.lane.NewestEvent()
	check(t, err)
	time.AfterFunc(12*time.Second, func() { r.world.Change(id, standin.Approved) })
	if e := r.listen(fmt.Sprint(newest), 1)[0]; e.id != newest+1 {
		t.Errorf("got %+v", e)
	}
}

func TestStreamsAreBounded(t *testing.T) {
	r := newRig(t, fast)
	for i := range 65 {
		if got, want := r.holdStream(), map[bool]int{true: 200, false: 429}[i < 64]; got != want {
			t.Fatalf("stream %d answers %d", i+1, got)
		}
	}
	r.settled(r.pay("k", "700").payment(t).ID) // payments go on
}

// holdStream opens a stream that stays until the test ends.
func (r *rig) holdStream() int {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), "GET", r.base+"/v1/events", nil)
	check(r.t, err)
	req.Header.Set("Authorization", "Bearer "+r.secrets.Token())
	res, err := http.DefaultClient.Do(req)
	check(r.t, err)
	r.t.Cleanup(func() { res.Body.Close() })
	return res.StatusCode
}
