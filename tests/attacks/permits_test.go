//go:build linux

package attacks

import (
	"context"
	"go/ast"
	"net"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/desk"
	"github.com/strongroom-pos/strongroom/internal/estate/till"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
)

// states of the permit table, in its order.
func states() []string { return []string{"booting", "idle", "busy", "resolving"} }

// permitTable reads the law from the door's own package comment: kind, state, whether.
func permitTable(t *testing.T) map[byte]map[string]bool {
	t.Helper()
	d := drawn()
	if d.err != nil {
		t.Fatal(d.err)
	}
	return readPermits(t, d.comment)
}

func readPermits(t *testing.T, comment *ast.CommentGroup) map[byte]map[string]bool {
	t.Helper()
	byName := map[string]byte{}
	for kind, q := range questions() {
		byName[q.name] = kind
	}
	table := map[byte]map[string]bool{}
	line := regexp.MustCompile(`(?m)^\t(\S[^\n]*?) +(yes|no) +(yes|no) +(yes|no) +(yes|no)\b`)
	for _, m := range line.FindAllStringSubmatch(comment.Text(), -1) {
		permits := map[string]bool{}
		for i, s := range states() {
			permits[s] = m[i+2] == "yes"
		}
		for _, kind := range kindsOf(t, m[1], byName) {
			table[kind] = permits
		}
	}
	return table
}

// kindsOf reads "Describe", "10 to 1f" or "20, 21".
func kindsOf(t *testing.T, words string, byName map[string]byte) (kinds []byte) {
	t.Helper()
	if kind, ok := byName[words]; ok {
		return []byte{kind}
	}
	number := func(s string) int {
		n, err := strconv.ParseUint(s, 16, 8)
		if err != nil {
			t.Fatalf("the permit table names %q, which this test does not know", words)
		}
		return int(n)
	}
	if from, to, isRange := strings.Cut(words, " to "); isRange {
		for k := number(from); k <= number(to); k++ {
			kinds = append(kinds, byte(k))
		}
		return kinds
	}
	for s := range strings.SplitSeq(words, ", ") {
		kinds = append(kinds, byte(number(s)))
	}
	return kinds
}

// ofState are refusals for the state that the lane is in.
func ofState() []mailbox.Code {
	return []mailbox.Code{mailbox.CodeBooting, mailbox.CodeBusy, mailbox.CodeReversalMode, mailbox.CodeHost}
}

// TestEveryMailboxMessageInEveryStateIsAnsweredAsThePermitTableSays brings the lane
// into each state and sends all 256 kinds: in order, one byte too long, and one short.
func TestEveryMailboxMessageInEveryStateIsAnsweredAsThePermitTableSays(t *testing.T) {
	v := attacked(t)
	if v == nil {
		return
	}
	table := permitTable(t)
	if len(table) != len(questions()) {
		t.Fatalf("the permit table has %d kinds, this test %d", len(table), len(questions()))
	}
	for _, state := range states() {
		t.Run(state, func(t *testing.T) {
			v.into(t, state)
			conn, _, err := mailbox.Upgrade(v.dial(t), patience) // so that OpenRing has nothing more to give
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			c := mailbox.NewClient(conn)
			before := described(t, c)
			refused := uint64(0)
			for kind := range 256 {
				if byte(kind) != mailbox.KindStart && byte(kind) != mailbox.KindSettle { // which begin something
					refused += sendAll(t, conn, byte(kind), table[byte(kind)], state)
				}
			}
			after := described(t, c)
			if before.State != after.State || before.Busy != after.Busy || before.PendingReversals != after.PendingReversals || before.KernelStarts != after.KernelStarts {
				t.Errorf("the state changed: %+v, then %+v", before, after)
			}
			if told := uint64(after.FramesRefused - before.FramesRefused); told < refused || refused < 256-uint64(len(table)) {
				t.Errorf("%d refusals, %d counted", refused, told)
			}
			sendAll(t, conn, mailbox.KindStart, table[mailbox.KindStart], state)
			if now := described(t, c); now.Busy.Zero() == (state == "idle" || state == "busy") {
				t.Errorf("the payment under way is %v", now.Busy)
			}
			sendAll(t, conn, mailbox.KindSettle, table[mailbox.KindSettle], state)
		})
	}
}

// sendAll sends a kind in its three forms and counts the refusals.
func sendAll(t *testing.T, conn net.Conn, kind byte, permits map[string]bool, state string) (refused uint64) {
	t.Helper()
	q, known := questions()[kind]
	if !known {
		if r := ask(t, conn, kind, nil); r == nil || r.Code != mailbox.CodeUnknownKind {
			t.Errorf("kind %02x, which there is not: %+v", kind, r)
		}
		return 1
	}
	body, err := frame.Append(nil, q.inOrder())
	if err != nil {
		t.Fatal(err)
	}
	if r := ask(t, conn, kind, append(body[:len(body):len(body)], 0)); r == nil || r.Code != mailbox.CodeMalformed {
		t.Errorf("%s with a byte more: %+v", q.name, r)
	}
	refused++
	if len(body) > 0 {
		refused++
		if r := ask(t, conn, kind, body[:len(body)-1]); r == nil || r.Code != mailbox.CodeMalformed {
			t.Errorf("%s with a byte less: %+v", q.name, r)
		}
	}
	r := ask(t, conn, kind, body)
	if r == nil {
		if !permits[state] {
			t.Errorf("%s was carried out", q.name)
		}
		return refused
	}
	if r.Code == mailbox.CodeUnknownKind {
		t.Errorf("%s is drawn, and the kernel does not know it", q.name)
	}
	if forState := refusedAs(&mailbox.RefusedError{Code: r.Code}, ofState()...); forState == permits[state] {
		t.Errorf("%s, permitted %v: refused with %v", q.name, permits[state], r.Code)
	}
	return refused + 1
}

// ask returns the refusal, nil if there was none; the answer must be the question's.
func ask(t *testing.T, conn net.Conn, kind byte, body []byte) *mailbox.Refused {
	t.Helper()
	if err := frame.Write(conn, kind, body); err != nil {
		t.Fatal(err)
	}
	got, answer, err := frame.Read(conn, mailbox.MaxBody)
	if err != nil {
		t.Fatalf("kind %02x: %v", kind, err)
	}
	if got == mailbox.KindRefused {
		var r mailbox.Refused
		if err := frame.Parse(answer, &r); err != nil {
			t.Errorf("kind %02x: the refusal is not one: %v", kind, err)
		}
		return &r
	}
	if got != kind|0x80 {
		t.Errorf("kind %02x was answered by %02x", kind, got)
	}
	return nil
}

// into brings the lane into a state. Each test begins with it idle.
func (v *victim) into(t *testing.T, state string) {
	t.Helper()
	switch state {
	case "booting":
		v.must(t, v.Kill(estate.Acquirer), v.Kill(estate.Kernel))
		t.Cleanup(func() {
			v.must(t, v.Restart(context.Background(), estate.Acquirer), v.idle(context.Background()))
		})
	case "idle":
		v.must(t, v.idle(t.Context()))
		t.Cleanup(func() { v.must(t, v.idle(context.Background())) })
	case "busy":
		if _, err := v.session(t).Start(start()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { v.must(t, v.idle(context.Background())) })
	case "resolving":
		v.resolving(t)
	}
}

// resolving makes a sale that the host does not answer, and the reversal neither.
func (v *victim) resolving(t *testing.T) {
	t.Helper()
	for _, mti := range []string{"0200", "0420", "0421"} {
		v.must(t, v.Desk.Fault(t.Context(), desk.Fault{Kind: "silent", MTI: mti, Count: 1000}))
	}
	t.Cleanup(func() {
		for _, mti := range []string{"0200", "0420", "0421"} {
			v.must(t, v.Desk.Fault(context.Background(), desk.Fault{Kind: "silent", MTI: mti}))
		}
		v.must(t, v.idle(context.Background()))
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	t.Cleanup(func() { cancel(); <-ended })
	go func() {
		defer close(ended)
		_, _ = v.sale(ctx, func(till.Payment) {}) // it fails, which is wanted
	}()
	c := v.session(t)
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(look) {
		if d := described(t, c); d.PendingReversals > 0 && d.Busy.Zero() {
			return
		}
	}
	t.Fatal("no reversal is pending")
}

func (v *victim) must(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}
