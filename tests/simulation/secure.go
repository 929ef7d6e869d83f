package main

import (
	"crypto/sha256"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/journal"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// secure is the shell around the real core and the real journal, as package stepper
// is in the kernel: one event at a time, records durable before what follows them.
type secure struct {
	process
	l    *lane
	core *transaction.Core
	log  *journal.Journal
	file *disk
	keys *keystore

	asking  map[transaction.Question]bool
	digest  [32]byte // of the last Take
	work    []func() transaction.Event
	working bool
	attempt *instance
	events  []mailbox.View // of this start, as package monitor keeps them
	replies map[uint64]func(transaction.Reply)
	asked   uint64
	starts  int
	busy    bool // planted: what a cancel leaves behind
	gaveUp  int  // planted
}

// restartAfter is how long boot takes to start a kernel again.
const restartAfter = 300 * time.Millisecond

func newSecure(l *lane) {
	s := &secure{l: l}
	l.secure = s
	s.file = &disk{l: l, lies: l.w.planted(bugNoSync)}
	s.file.synced = func(all []byte, from int) { l.check.durable(all, from) }
	s.keys = &keystore{l: l, device: newDevice(hostBDK, hostBDKID, l.n)}
	s.number()
}

// number begins with trace numbers that soon begin again.
func (s *secure) number() {
	log, err := journal.Open(s.file, journalKey, func([]byte) error { return nil })
	if err == nil && s.l.w.plan.STAN > 0 {
		b, _ := transaction.EncodeRecord(transaction.Asked{STAN: payment.STAN(s.l.w.plan.STAN), RRN: payment.RRN(s.l.w.plan.STAN)})
		err = log.Append(b)
	}
	if err != nil {
		panic(err)
	}
	s.file.flush()
}

// config is that of a demo's lane.
func (l *lane) config() transaction.Config {
	c := transaction.Config{Currency: payment.EUR, Country: 528, MaxAmount: 1_000_000, PINAttempts: 3,
		Zone: time.FixedZone("", 3600), ReaderKey: l.reader.device.id, Parameters: 1, Interfaces: 7, Keyed: true,
		FallbackPerHour: 1000, FallbackPerCard: 1000,
		CardWait: time.Minute, PINWait: time.Minute, HostWait: hostspec.AnswerDeadline, FinishWait: 30 * time.Second, WorkWait: 10 * time.Second}
	copy(c.TerminalID[:], l.terminalID())
	copy(c.MerchantID[:], merchant)
	return c
}

// point is a place where the power may fail.
func (s *secure) point() {
	if !s.up {
		return
	}
	if f := s.l.hit(faultCrashSecure); f != nil {
		s.l.cutForm = f.Arg
		panic(crash{&s.process})
	}
}

// start reads the journal, recovers and connects.
func (s *secure) start() {
	s.starts++
	s.up = true
	s.asking, s.work, s.working, s.attempt, s.events = map[transaction.Question]bool{}, nil, false, nil, nil
	s.replies, s.busy = map[uint64]func(transaction.Reply){}, false
	s.l.w.count.starts++
	s.keys.open()
	core := transaction.New(s.l.config())
	log, err := s.replay(core, s.file)
	if err != nil {
		s.l.check.violation("I9", "the journal does not open after a crash: %v", err)
		return
	}
	s.core, s.log = core, log
	effects := core.Recover(s.wall())
	s.l.check.recovered(s, effects)
	if s.l.w.planted(bugRecoveryForgets) && len(effects) > 1 {
		effects = effects[1:]
	}
	s.carryOut(effects)
	s.l.w.after(0, s.l.terminal.sessionsEnd)
	s.l.reader.dial()
	s.l.pinpad.dial()
	s.dialHost(200 * time.Millisecond)
}

// replay reads a journal into a core.
func (s *secure) replay(core *transaction.Core, file journal.File) (*journal.Journal, error) {
	return journal.Open(file, journalKey, func(b []byte) error {
		r, err := transaction.DecodeRecord(b)
		if err == nil {
			core.Replay(r)
		}
		return err
	})
}

// end is a crash, or the end after a journal that failed.
func (s *secure) end(cut int) {
	if !s.up {
		return
	}
	s.up = false
	s.epoch++
	s.file.cut(cut)
	s.keys.cut(cut)
	s.l.w.tracef(s.l, "secure world ends; its disk keeps form %d", cut)
	s.l.net.ends()
	s.l.reader.linkEnds()
	s.l.pinpad.linkEnds()
	s.l.w.after(0, s.l.terminal.sessionsEnd)
	s.restart()
}

func (s *secure) restart() {
	s.l.w.later(&s.process, restartAfter, func() { s.start() })
}

// wall is the wall clock of this machine, which may be wrong.
func (s *secure) wall() time.Time { return s.l.w.wall().Add(s.l.skew) }

// post gives the core an event.
func (s *secure) post(e transaction.Event) {
	if !s.up {
		return
	}
	s.l.w.later(&s.process, 0, func() { s.step(e) })
}

// ask puts a command of the app world.
func (s *secure) ask(command func(uint64) transaction.Event, answer func(transaction.Reply)) {
	if !s.up {
		return
	}
	s.asked++
	n := s.asked
	s.replies[n] = answer
	s.step(command(n))
	if s.up && s.replies[n] != nil {
		s.l.check.violation("I15", "a command of the app world was not answered")
	}
}

func (s *secure) step(e transaction.Event) {
	if !s.up {
		return
	}
	in := transaction.Input{Now: s.wall(), Event: e}
	s.l.random.fill(in.Random[:])
	s.l.w.count.steps++
	s.carryOut(s.disturb(e, s.core.Step(in)))
	if s.up {
		s.l.check.step(e)
	}
}

// carryOut is stepper's: leading records become durable together, then one effect.
func (s *secure) carryOut(effects []transaction.Effect) {
	for len(effects) > 0 {
		records, rest := leading(effects)
		if len(records) > 0 {
			if err := s.log.Append(records...); err != nil {
				s.l.w.tracef(s.l, "journal: %v", err)
				s.l.cutForm = s.l.random.intn(cutForms - 1) // who knows what a failed fsync left
				panic(crash{&s.process})
			}
		}
		if effects = rest; len(effects) > 0 {
			s.do(effects[0])
			effects = effects[1:]
		}
	}
}

func leading(effects []transaction.Effect) (records [][]byte, rest []transaction.Effect) {
	for len(effects) > 0 {
		w, ok := effects[0].(transaction.Write)
		if !ok {
			break
		}
		b, err := transaction.EncodeRecord(w.Record)
		if err != nil {
			panic("simulation: a record does not encode")
		}
		records, effects = append(records, b), effects[1:]
	}
	return records, effects
}

func (s *secure) do(e transaction.Effect) {
	switch e := e.(type) {
	case transaction.Reply:
		s.reply(e)
	case transaction.Notify:
		s.publish(e.View)
	case transaction.SetTimer:
		s.setTimer(e)
	case transaction.Send:
		s.send(e.Question, e.Frame)
	case transaction.Forget:
		delete(s.asking, e.Question)
	case transaction.DropHost:
		s.l.net.drop()
	default:
		s.doDevice(e)
	}
}

func (s *secure) setTimer(e transaction.SetTimer) {
	if s.l.w.planted(bugReversalGivenUp) && e.Timer == transaction.TimerReversal {
		if s.gaveUp++; s.gaveUp > 2 {
			return
		}
	}
	s.l.w.later(&s.process, e.After, func() {
		s.step(transaction.TimerFired{Timer: e.Timer, Generation: e.Generation})
	})
}

func (s *secure) reply(r transaction.Reply) {
	answer := s.replies[r.To]
	if answer == nil {
		s.l.check.violation("I15", "a command was answered twice, or never asked")
		return
	}
	delete(s.replies, r.To)
	if r.Refused == mailbox.CodeNone {
		s.l.check.told(r.View)
	}
	answer(r)
}

func (s *secure) publish(v mailbox.View) {
	s.l.check.told(v)
	s.events = append(s.events, v)
	s.l.terminal.eventsWait(s)
}

func (s *secure) send(q transaction.Question, b []byte) {
	s.point()
	if s.l.net.send(b) {
		s.asking[q] = true
	}
	s.point()
}

func (s *secure) doDevice(e transaction.Effect) {
	r, p := s.l.reader, s.l.pinpad
	switch e := e.(type) {
	case transaction.TakeCard:
		b, err := frame.Append(nil, e.Take)
		if err != nil {
			panic(err)
		}
		s.digest = sha256.Sum256(b)
		digest := s.digest
		r.order(func() { r.take(e.Take, digest) })
	case transaction.TellPIN:
		r.order(func() { r.pinDone(e.PINDone) })
	case transaction.TellCard:
		r.order(func() { r.answer(e.Answer) })
	case transaction.StopReader:
		r.order(func() { r.stop(e.Order) })
	case transaction.AskPIN:
		p.order(func() { p.enter(e.EnterPIN) })
	case transaction.KeyCard:
		p.order(func() { p.key(e.KeyCard) })
	case transaction.StopPIN:
		p.order(func() { p.stop(e.Order) })
	default:
		s.doWork(e)
	}
}

func (s *secure) doWork(e transaction.Effect) {
	digest := s.digest
	switch e := e.(type) {
	case transaction.SealPAN:
		s.later(func() transaction.Event { return s.sealPAN(e, digest) })
	case transaction.Authorise:
		s.later(func() transaction.Event { return s.authorise(e, digest) })
	case transaction.AuthoriseKey:
		s.later(func() transaction.Event { return s.authoriseKey(e) })
	case transaction.CheckAnswer:
		s.later(func() transaction.Event { return s.checkAnswer(e) })
	case transaction.CheckReversal:
		s.later(func() transaction.Event { return s.checkReversal(e) })
	case transaction.BuildNetwork:
		length, head := s.log.Length(), s.log.Head()
		s.later(func() transaction.Event { return s.buildNetwork(e, length, head) })
	case transaction.CheckNetwork:
		s.later(func() transaction.Event { return s.checkNetwork(e) })
	case transaction.EndAttempt:
		s.later(func() transaction.Event { s.attempt = nil; return nil })
	}
}

// later gives the application its next piece of work; it does one after the other.
func (s *secure) later(work func() transaction.Event) {
	s.work = append(s.work, work)
	if !s.working {
		s.attend()
	}
}

func (s *secure) attend() {
	s.working = len(s.work) > 0
	if !s.working {
		return
	}
	s.l.w.later(&s.process, 2*time.Millisecond, func() {
		w := s.work[0]
		s.work = s.work[1:]
		if e := w(); e != nil {
			s.post(e)
		}
		s.attend()
	})
}
