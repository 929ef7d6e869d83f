package gateway

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/host"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/hostframe"
)

// link is one connection: run reads, one goroutine writes, and up to maxInFlight
// work on messages.
type link struct {
	gateway *Gateway
	conn    net.Conn
	session *host.Session
	answers chan []byte // to the writer, room for every worker's and a double
	slots   chan struct{}
	done    chan struct{} // closed when the link ends
	end     sync.Once
	drained chan struct{} // closed when every answer that there will be is with the writer
	leaving atomic.Bool   // no more is read
}

func newLink(g *Gateway, conn net.Conn, session *host.Session) *link {
	return &link{
		gateway: g, conn: conn, session: session, done: make(chan struct{}),
		answers: make(chan []byte, 2*maxInFlight), slots: make(chan struct{}, maxInFlight), drained: make(chan struct{}),
	}
}

// run serves the connection until it ends and waits for its workers: what they
// began in the host, they finish. Where it is ctx that ends, their answers are sent too.
func (l *link) run(ctx context.Context) {
	var workers, writer sync.WaitGroup
	writer.Go(l.write)
	stop := context.AfterFunc(ctx, l.leave)
	defer stop()
	for {
		frame, err := l.read()
		if err != nil {
			break
		}
		if len(frame) == 0 {
			continue // keep-alive
		}
		select {
		case l.slots <- struct{}{}:
		case <-l.done:
		}
		if l.ended() {
			break
		}
		workers.Go(func() { defer func() { <-l.slots }(); l.work(context.WithoutCancel(ctx), frame) })
	}
	if !l.leaving.Load() {
		l.close()
	}
	workers.Wait()
	close(l.drained)
	writer.Wait()
	l.close()
}

// leave ends reading now, and the link when its answers are out, or at the latest at
// the deadline.
func (l *link) leave() {
	l.leaving.Store(true)
	_ = l.conn.SetReadDeadline(time.Now())
	late := time.AfterFunc(drainDeadline, l.close)
	go func() { <-l.done; late.Stop() }()
}

// read waits long for a frame to begin and briefly for it to be complete.
func (l *link) read() ([]byte, error) {
	var first [1]byte
	if !l.until(idleDeadline) {
		return nil, net.ErrClosed
	}
	if _, err := io.ReadFull(l.conn, first[:]); err != nil {
		return nil, err
	}
	if !l.until(hostspec.FrameDeadline) {
		return nil, net.ErrClosed
	}
	return hostframe.Read(io.MultiReader(bytes.NewReader(first[:]), l.conn))
}

// until bounds the next read. A link that a worker has ended meanwhile, or that leaves,
// stays so: its end is a deadline too, which this one may have replaced.
func (l *link) until(d time.Duration) bool {
	_ = l.conn.SetReadDeadline(time.Now().Add(d))
	return !l.ended() && !l.leaving.Load()
}

// work has one message answered.
func (l *link) work(ctx context.Context, frame []byte) {
	fault := l.gateway.faults.take(hostspec.MTI(frame))
	switch fault.Kind {
	case FaultSilent:
		return
	case FaultClose:
		l.close()
		return
	}
	began := time.Now()
	reply, err := l.gateway.host.Handle(ctx, l.session, frame)
	l.gateway.tell(frame, err == nil, time.Since(began))
	if err != nil {
		l.refuse(err)
		return
	}
	if reply.Frame == nil {
		return
	}
	if !l.wait(reply.Delay + fault.delay()) {
		return
	}
	l.deliver(ctx, fault, frame, reply.Frame)
}

// deliver sends the answer as the fault wants it.
func (l *link) deliver(ctx context.Context, fault Fault, question, answer []byte) {
	switch fault.Kind {
	case FaultDropAfterBooking:
		return
	case FaultCloseAfterBooking:
		l.close()
		return
	case FaultWrongMAC:
		answer = bytes.Clone(answer)
		answer[len(answer)-1] ^= 1
	case FaultWrongSTAN:
		other, err := l.gateway.host.Falsify(ctx, question, answer, otherSTAN)
		if err != nil {
			return
		}
		answer = other
	case FaultDuplicate:
		l.send(answer)
	}
	l.send(answer)
}

func otherSTAN(m *codec.Message) {
	stan := []byte(m.String(11))
	stan[5] = '0' + (stan[5]-'0'+1)%10
	m.Set(11, stan)
}

func (l *link) refuse(err error) {
	var refusal host.Refusal
	if errors.As(err, &refusal) {
		l.gateway.log.Warn("message refused", "reason", refusal.String())
	}
	l.close()
}

func (l *link) send(answer []byte) {
	select {
	case l.answers <- answer:
	case <-l.done:
	}
}

// wait reports whether the link lived as long.
func (l *link) wait(d time.Duration) bool {
	if d == 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-l.done:
		return false
	}
}

// write sends answers one by one; a peer that does not take one in time is cut
// off, since half a frame desynchronises the stream.
func (l *link) write() {
	for {
		select {
		case answer := <-l.answers:
			if !l.put(answer) {
				return
			}
		case <-l.drained:
			l.flush()
			return
		case <-l.done:
			return
		}
	}
}

// flush sends what is left: nothing is added any more.
func (l *link) flush() {
	for {
		select {
		case answer := <-l.answers:
			if l.ended() || !l.put(answer) {
				return
			}
		default:
			return
		}
	}
}

func (l *link) put(answer []byte) bool {
	_ = l.conn.SetWriteDeadline(time.Now().Add(writeDeadline))
	if hostframe.Write(l.conn, answer) != nil {
		l.close()
		return false
	}
	return true
}

func (l *link) ended() bool {
	select {
	case <-l.done:
		return true
	default:
		return false
	}
}

// close ends the link once, from whatever goroutine.
func (l *link) close() {
	l.end.Do(func() {
		close(l.done)
		_ = l.conn.SetDeadline(time.Now()) // the reader and the writer return
	})
}
