// Package monitor is the gate between the worlds: the secure world's end of the
// mailbox. It reads one frame, checks it against the permit table, puts it to
// the core and answers.
//
// The kernel alone imports it.
package monitor

import (
	"bytes"
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/devicelink"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox/ring"
)

// Core answers commands; package stepper has it.
type Core interface {
	Ask(ctx context.Context, command func(reply uint64) transaction.Event) (transaction.Reply, error)
}

// App is what boot knows of the program at the other end.
type App struct {
	Measured    bool
	Digest      [32]byte // of its program, where it was measured
	Certificate [32]byte // digest of its client certificate, where it was not
	Binding     [32]byte // names this session; see package licensing
}

// Witness answers 08 and 09.
type Witness interface {
	Attest(app App, nonce [32]byte) ([]byte, error)
	Prove(app App, challenge [32]byte) mailbox.Proof
}

// Config of the gate.
type Config struct {
	Core     Core
	Events   *Events
	Describe func(App) mailbox.Description
	Witness  Witness                  // nil refuses what it would answer
	Keys     func() []mailbox.KeyLine // nil: there are none
	// Services begins the cryptographic services of one session; nil refuses them.
	Services func() Servant
	// Applications answers the messages 20 and 21; nil refuses them.
	Applications Applications
}

// Applications are the trusted ones that the app world may ask.
type Applications interface {
	Answer(ctx context.Context, kind byte, body []byte) (answer byte, message any)
}

// Servant answers the messages 10 to 1f of one session; package services has it.
type Servant interface {
	Answer(ctx context.Context, kind byte, body []byte) (answer byte, message any)
	Close()
}

// visitor is one session: who is there, and what serves it.
type visitor struct {
	App
	servant Servant
}

func (m *Monitor) welcome(app App) visitor {
	if m.cfg.Services == nil {
		return visitor{app, unserved{}}
	}
	return visitor{app, m.cfg.Services()}
}

// unserved refuses where there are no services.
type unserved struct{}

func (unserved) Close() {}

func (unserved) Answer(context.Context, byte, []byte) (byte, any) {
	return mailbox.KindRefused, mailbox.Refused{Code: mailbox.CodeServices}
}

// Monitor serves sessions of the app world.
type Monitor struct {
	cfg      Config
	refused  atomic.Uint64
	mu       sync.Mutex
	sessions int
}

// New returns a gate without sessions.
func New(cfg Config) *Monitor { return &Monitor{cfg: cfg} }

// Refused counts frames that changed nothing.
func (m *Monitor) Refused() uint64 { return m.refused.Load() }

// Count counts a refused frame of another door.
func (m *Monitor) Count() { m.refused.Add(1) }

// answerDeadline is for the core's reply: it writes to the disk, no more.
const answerDeadline = 10 * time.Second

var errSessions = errors.New("monitor: too many sessions")

// Serve runs one session to its end. It owns conn.
func (m *Monitor) Serve(ctx context.Context, conn net.Conn, app App) error {
	socket := conn // closing it ends what was opened on it, too
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = socket.Close() })
	defer stop()
	if !m.enter() {
		m.refused.Add(1)
		return errors.Join(errSessions, send(conn, refusal(mailbox.CodeTooManySessions)))
	}
	defer m.leave()
	v := m.welcome(app)
	defer v.servant.Close()
	for {
		kind, body, err := devicelink.ReadFrame(conn, mailbox.MaxBody, mailbox.FrameDeadline)
		if err != nil {
			return m.ended(err)
		}
		if kind == mailbox.KindOpenRing && len(body) == 0 {
			conn, err = openRing(conn)
		} else {
			err = m.respond(ctx, conn, kind, body, v)
		}
		if err != nil {
			return m.ended(err)
		}
	}
}

// errSilent ends a session whose question the core did not answer. A refusal would say
// that nothing was changed, and that is not known: the question may be in the journal,
// or still wait for the disk. Who asked asks again in another session.
var errSilent = errors.New("monitor: the core did not answer")

func (m *Monitor) respond(ctx context.Context, conn net.Conn, kind byte, body []byte, v visitor) error {
	r := m.answer(ctx, kind, body, v)
	if r.kind == 0 {
		return errSilent
	}
	return send(conn, r)
}

// ended counts a session that its peer broke.
func (m *Monitor) ended(err error) error {
	if devicelink.PeerBroke(err) || errors.Is(err, ring.ErrPeer) {
		m.refused.Add(1)
	}
	return err
}

// openRing gives the peer the memory that came with its connection, and returns what
// the session goes on with; always something to close.
func openRing(conn net.Conn) (net.Conn, error) {
	offer, ok := conn.(*ring.Offer)
	if !ok {
		return conn, send(conn, reply{mailbox.KindRing, mailbox.Ring{}})
	}
	var answer bytes.Buffer
	if err := frame.Send(&answer, mailbox.KindRing, mailbox.Ring{Given: true, Size: ring.Size}); err != nil {
		return conn, err
	}
	mapped, err := offer.Map()
	if err != nil {
		return offer.UnixConn, send(conn, reply{mailbox.KindRing, mailbox.Ring{}})
	}
	if err := conn.SetWriteDeadline(time.Now().Add(mailbox.FrameDeadline)); err != nil {
		return conn, errors.Join(err, mapped.Close())
	}
	next, err := mapped.Give(answer.Bytes())
	if err != nil {
		return conn, err
	}
	return next, nil
}

func (m *Monitor) enter() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.sessions >= mailbox.MaxSessions {
		return false
	}
	m.sessions++
	return true
}

func (m *Monitor) leave() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sessions--
}

// reply is one answer on the wire; none where it is zero.
type reply struct {
	kind    byte
	message any
}

func refusal(c mailbox.Code) reply {
	return reply{mailbox.KindRefused, mailbox.Refused{Code: c}}
}

func send(conn net.Conn, r reply) error {
	if err := conn.SetWriteDeadline(time.Now().Add(mailbox.FrameDeadline)); err != nil {
		return err
	}
	return frame.Send(conn, r.kind, r.message)
}

// answer is the permit table: kinds that are not listed are refused, and the core
// refuses what its state does not allow.
func (m *Monitor) answer(ctx context.Context, kind byte, body []byte, v visitor) reply {
	r := m.carryOut(ctx, kind, body, v)
	if r.kind == mailbox.KindRefused {
		m.refused.Add(1)
	}
	return r
}

func (m *Monitor) carryOut(ctx context.Context, kind byte, body []byte, v visitor) reply {
	switch kind {
	case mailbox.KindDescribe:
		return parsed(body, func(mailbox.Describe) reply {
			return reply{mailbox.KindDescription, m.cfg.Describe(v.App)}
		})
	case mailbox.KindStart:
		return parsed(body, func(q mailbox.Start) reply {
			return m.ask(ctx, kind, func(n uint64) transaction.Event { return transaction.Start{Reply: n, Start: q} })
		})
	case mailbox.KindCancel:
		return parsed(body, func(q mailbox.Cancel) reply {
			return m.ask(ctx, kind, func(n uint64) transaction.Event { return transaction.Cancel{Reply: n, ID: q.ID} })
		})
	case mailbox.KindStatus:
		return parsed(body, func(q mailbox.Status) reply {
			return m.ask(ctx, kind, func(n uint64) transaction.Event { return transaction.Status{Reply: n, ID: q.ID} })
		})
	case mailbox.KindSettle:
		return parsed(body, func(q mailbox.Settle) reply {
			return m.asked(ctx, func(n uint64) transaction.Event { return transaction.Settle{Reply: n, Settle: q} },
				func(r transaction.Reply) reply { return reply{mailbox.KindSettling, r.Batch} })
		})
	case mailbox.KindBatch:
		return parsed(body, func(q mailbox.Batch) reply {
			return m.asked(ctx, func(n uint64) transaction.Event { return transaction.Batch{Reply: n, Batch: q} },
				func(r transaction.Reply) reply { return reply{mailbox.KindBatchView, r.Batch} })
		})
	case mailbox.KindDifference:
		return parsed(body, func(q mailbox.Difference) reply {
			return m.asked(ctx, func(n uint64) transaction.Event { return transaction.Difference{Reply: n, Difference: q} },
				func(r transaction.Reply) reply { return reply{mailbox.KindDifferent, r.Different} })
		})
	case mailbox.KindEvents:
		return parsed(body, func(q mailbox.Events) reply { return m.events(ctx, q) })
	case mailbox.KindPing:
		return parsed(body, func(q mailbox.Ping) reply { return reply{mailbox.KindPong, mailbox.Pong(q)} })
	case mailbox.KindOpenRing: // with a body; without, Serve has it
		return refusal(mailbox.CodeMalformed)
	case mailbox.KindKeys:
		return parsed(body, m.keyLine)
	case mailbox.KindAttest:
		return parsed(body, func(q mailbox.Attest) reply { return m.attest(v.App, q) })
	case mailbox.KindProve:
		return parsed(body, func(q mailbox.Prove) reply { return m.prove(v.App, q) })
	}
	if kind >= mailbox.KindGenerate && kind <= mailbox.KindDeleteData {
		answer, message := v.servant.Answer(ctx, kind, body)
		return reply{answer, message}
	}
	if m.cfg.Applications != nil && (kind == mailbox.KindInvoke || kind == mailbox.KindInspect) {
		answer, message := m.cfg.Applications.Answer(ctx, kind, body)
		return reply{answer, message}
	}
	return refusal(mailbox.CodeUnknownKind)
}

// keyLine is one line of the key list, which is made anew for each.
func (m *Monitor) keyLine(q mailbox.Keys) reply {
	var lines []mailbox.KeyLine
	if m.cfg.Keys != nil {
		lines = m.cfg.Keys()
	}
	if int(q.Index) >= len(lines) {
		return reply{mailbox.KindKeyLine, mailbox.KeyLine{}}
	}
	return reply{mailbox.KindKeyLine, lines[q.Index]}
}

func (m *Monitor) attest(app App, q mailbox.Attest) reply {
	if m.cfg.Witness == nil {
		return refusal(mailbox.CodeServices)
	}
	b, err := m.cfg.Witness.Attest(app, q.Nonce)
	if err != nil {
		return refusal(mailbox.CodeServices)
	}
	return reply{mailbox.KindEvidence, mailbox.Evidence{Evidence: b}}
}

func (m *Monitor) prove(app App, q mailbox.Prove) reply {
	if m.cfg.Witness == nil {
		return refusal(mailbox.CodeServices)
	}
	return reply{mailbox.KindProof, m.cfg.Witness.Prove(app, q.Challenge)}
}

func parsed[Q any](body []byte, f func(Q) reply) reply {
	var q Q
	if frame.Parse(body, &q) != nil {
		return refusal(mailbox.CodeMalformed)
	}
	return f(q)
}

func (m *Monitor) events(ctx context.Context, q mailbox.Events) reply {
	wait := min(time.Duration(q.WaitMillis)*time.Millisecond, mailbox.MaxWait)
	return reply{mailbox.KindEvent, m.cfg.Events.After(ctx, q.After, wait)}
}

func (m *Monitor) ask(ctx context.Context, kind byte, command func(uint64) transaction.Event) reply {
	return m.asked(ctx, command, func(r transaction.Reply) reply { return reply{kind | 0x80, r.View} })
}

func (m *Monitor) asked(ctx context.Context, command func(uint64) transaction.Event, answer func(transaction.Reply) reply) reply {
	ctx, cancel := context.WithTimeout(ctx, answerDeadline)
	defer cancel()
	r, err := m.cfg.Core.Ask(ctx, command)
	switch {
	case err != nil:
		return reply{}
	case r.Refused != mailbox.CodeNone:
		return reply{mailbox.KindRefused, mailbox.Refused{Code: r.Refused, ID: r.Other}}
	}
	return answer(r)
}
