//go:build linux

package attacks

import (
	"net"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/control"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/tests/internal/secureside"
)

// told are the kinds that a device which was tampered with still answers: what it is,
// what happened, and nothing that takes a key.
func told() map[byte]bool {
	return map[byte]bool{mailbox.KindDescribe: true, mailbox.KindEvents: true, mailbox.KindPing: true, mailbox.KindOpenRing: true, mailbox.KindKeys: true}
}

// TestEveryMailboxMessageToATamperedDeviceIsRefused sends every kind in its proper
// form before and after: the control is that the same frames are carried out before.
func TestEveryMailboxMessageToATamperedDeviceIsRefused(t *testing.T) {
	d := newDevice(t)
	if d == nil {
		return
	}
	w, err := secureside.Start(t.Context(), d.Config)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	before := carriedOut(t, w.Mailbox)
	operator, err := control.Dial(w.Control)
	if err != nil {
		t.Fatal(err)
	}
	defer operator.Close() //nolint:errcheck // it has answered
	if err := operator.Tamper(); err != nil {
		t.Fatal(err)
	}
	awaitTampered(t, w.Mailbox)
	after := carriedOut(t, w.Mailbox)
	lost := 0
	for kind, q := range questions() {
		if after[kind] && !told()[kind] {
			t.Errorf("%s is carried out", q.name)
		}
		if before[kind] && !after[kind] {
			lost++
		}
	}
	if lost == 0 {
		t.Error("nothing is refused that was carried out before")
	}
}

// carriedOut are the kinds that are not refused, each in a session of its own.
func carriedOut(t *testing.T, socket string) map[byte]bool {
	t.Helper()
	done := map[byte]bool{}
	for kind, q := range questions() {
		body, err := frame.Append(nil, q.inOrder())
		if err != nil {
			t.Fatal(err)
		}
		conn, err := net.Dial("unix", socket)
		if err != nil {
			t.Fatal(err)
		}
		done[kind] = ask(t, conn, kind, body) == nil
		_ = conn.Close()
	}
	return done
}

func awaitTampered(t *testing.T, socket string) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(look) {
		conn, err := net.Dial("unix", socket)
		if err != nil {
			continue
		}
		c := mailbox.NewClient(conn)
		d, err := c.Describe()
		_ = c.Close()
		if err == nil && d.State == payment.TerminalStateTampered {
			return
		}
	}
	t.Fatal("the device does not tell that it was tampered with")
}
