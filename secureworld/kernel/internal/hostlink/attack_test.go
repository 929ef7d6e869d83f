package hostlink

import (
	"reflect"
	"testing"
	"testing/synctest"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
)

// A47: a host cannot ask this terminal for anything. A network message that nobody
// waits for, a request or a change of key among them, is late, and nothing else.
func TestA47TheHostsOwnRequestsChangeNothing(t *testing.T) {
	in(t, func(t *testing.T, l *line) {
		host, ended := l.up()
		for _, mti := range []uint16{0x0800, 0x0801, 0x0820, 0x0600, 0x0200, 0x0420, 0x0810} {
			say(t, host, message(mti, 42, terminal))
			synctest.Wait()
			got := l.Take()
			if len(got) > 1 || len(got) == 1 && !reflect.DeepEqual(got[0], transaction.HostLate{}) {
				t.Errorf("%04x: %T", mti, got)
			}
		}
		q := question(transaction.ClassNetwork, 42) // twin: the answer to a question
		l.asked(host, q, message(0x0800, 42, terminal))
		answer := message(0x0810, 42, terminal)
		say(t, host, answer)
		l.expect(transaction.HostFrame{Question: q, Frame: answer})
		l.down(host, ended)
	})
}
