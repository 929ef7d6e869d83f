package main

import (
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/host"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// network is the line of one lane to the acquirer: one connection at a time.
type network struct {
	l       *lane
	conn    process
	session *host.Session
	deaf    time.Duration // until then nothing goes through
	cut     time.Duration // until then no connection can be made
}

// dialHost is boot, which dials for the kernel.
func (s *secure) dialHost(after time.Duration) {
	s.l.w.later(&s.process, after, func() { s.l.net.connect(s) })
}

func (n *network) connect(s *secure) {
	if n.conn.up {
		return
	}
	if n.l.w.now < n.cut || n.l.w.now < n.deaf {
		s.dialHost(2 * time.Second)
		return
	}
	n.conn.epoch++
	n.conn.up = true
	n.session = host.NewSession(n.l.terminalID(), [32]byte{})
	clear(s.asking)
	s.post(transaction.HostUp{})
}

// drop is the kernel's own end of the connection.
func (n *network) drop() {
	if n.conn.up {
		n.ends()
		n.l.secure.post(transaction.HostDown{})
		n.l.secure.dialHost(time.Second)
	}
}

func (n *network) ends() {
	n.conn.epoch++
	n.conn.up = false
}

// send gives the connection a message; false: nothing of it has left.
func (n *network) send(b []byte) bool {
	if !n.conn.up {
		return false
	}
	b = append([]byte(nil), b...)
	n.l.check.must(!n.l.secure.tampered.gone, "I21", "a message leaves a device that was tampered with")
	n.l.check.sent(b)
	n.l.w.count.messages++
	if f := n.l.hit(faultClock); f != nil {
		n.l.skew += time.Duration(f.Arg) * time.Minute
	}
	n.carry(b, n.deliver)
	return true
}

// carry is the way of one message, either direction.
func (n *network) carry(b []byte, to func([]byte)) {
	w := n.l.w
	delay := time.Duration(20+n.l.random.intn(60)) * time.Millisecond
	arrive := func(b []byte, d time.Duration) {
		w.later(&n.conn, d, func() {
			if w.now >= n.deaf {
				to(b)
			}
		})
	}
	f := n.l.hit(faultHostNet)
	if f == nil {
		arrive(b, delay)
		return
	}
	switch f.Arg {
	case netDrop:
	case netDouble:
		arrive(b, delay)
		arrive(append([]byte(nil), b...), delay+time.Duration(1+n.l.random.intn(40_000))*time.Millisecond)
	case netLate:
		arrive(b, hostspec.AnswerDeadline+time.Duration(n.l.random.intn(30_000))*time.Millisecond)
	case netReorder:
		arrive(b, delay+time.Duration(n.l.random.intn(3_000))*time.Millisecond)
	case netFlip:
		bit := n.l.random.intn(8 * len(b))
		b[bit/8] ^= 1 << (bit % 8)
		n.l.check.spoilt(b)
		arrive(b, delay)
	case netReset:
		w.later(&n.conn, delay, n.drop)
	case netResetDone:
		arrive(b, delay)
		w.later(&n.conn, delay+time.Microsecond, n.drop)
	case netPartition:
		n.deaf = w.now + time.Duration(1+n.l.random.intn(180))*time.Second
	case netCut:
		n.cut = w.now + time.Duration(1+n.l.random.intn(300))*time.Second
		if n.l.random.chance(5) {
			n.cut += time.Duration(n.l.random.intn(3600)) * time.Second
		}
		w.later(&n.conn, delay, n.drop)
	}
}

// deliver is a message at the acquirer.
func (n *network) deliver(b []byte) { n.l.w.acquirer.message(n, b) }

// answer is a message from the acquirer, as package hostlink takes it.
func (n *network) answer(b []byte) {
	s := n.l.secure
	class, tid, stan, err := hostspec.Key(b)
	if err != nil {
		return // counted as strange
	}
	q, known := questionOf(class, stan)
	if !known || string(tid[:]) != n.l.terminalID() || !s.asking[q] {
		if n.l.w.planted(bugLateAccepted) && known && q.Class == transaction.ClassRequest {
			s.acceptLate(b)
		}
		s.post(transaction.HostLate{})
		return
	}
	s.post(transaction.HostFrame{Question: q, Frame: b})
}

func questionOf(class hostspec.Class, stan uint32) (transaction.Question, bool) {
	q := transaction.Question{STAN: payment.STAN(stan)}
	switch class {
	case hostspec.ClassOf([2]byte{0x02, 0x00}):
		q.Class = transaction.ClassRequest
	case hostspec.ClassOf([2]byte{0x02, 0x20}):
		q.Class = transaction.ClassAdvice
	case hostspec.ClassOf([2]byte{0x04, 0x20}):
		q.Class = transaction.ClassReversal
	case hostspec.ClassOf([2]byte{0x01, 0x00}):
		q.Class = transaction.ClassRequest
	case hostspec.ClassOf([2]byte{0x05, 0x00}):
		q.Class = transaction.ClassSettlement
	case hostspec.ClassOf([2]byte{0x06, 0x00}):
		q.Class = transaction.ClassItems
	case hostspec.ClassOf([2]byte{0x08, 0x00}):
		q.Class = transaction.ClassNetwork
	default:
		return q, false
	}
	return q, true
}
