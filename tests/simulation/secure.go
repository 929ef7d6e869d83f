package main

import (
	"errors"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
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

	tampered tampered
}

// restartAfter is how long boot takes to start a kernel again.
const restartAfter = 300 * time.Millisecond

func newSecure(l *lane) {
	s := &secure{l: l}
	l.secure = s
	s.file = &disk{l: l, lies: l.w.planted(bugNoSync)}
	s.file.synced = func(all []byte, from int) { l.check.durable(all, from) }
	s.keys = newKeystore(l)
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
		FallbackPerHour: 1000, FallbackPerCard: 1000, RefundLimit: 5000, RefundPerDay: 15_000,
		OfflineLimit: 5000, OfflineSum: 20_000, OfflineCount: 6, OfflineAge: 2 * time.Hour,
		CardWait: time.Minute, PINWait: time.Minute, HostWait: hostspec.AnswerDeadline, FinishWait: 30 * time.Second, WorkWait: 10 * time.Second}
	c.HostKeysLeft = func() uint32 { return dukpt.Left(l.secure.keys.now.counter) }
	c.HostKeyID = func() [8]byte { return l.secure.keys.device().id }
	copy(c.TerminalID[:], l.terminalID())
	copy(c.MerchantID[:], merchant)
	return c
}

// point is a place where the power may fail.
func (s *secure) point() {
	if !s.up {
		return
	}
	s.tamper()
	if f := s.l.hit(faultCrashSecure); f != nil {
		s.l.cutForm = f.Arg
		s.l.dirty = s.l.dirty || len(s.file.waiting) > 0 || s.keys.written != s.keys.durable
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
	if errors.Is(err, errIO) || errors.Is(err, errSpace) {
		panic(crash{&s.process}) // boot tries again
	}
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
	if s.tampered.soon && !s.tampered.gone {
		s.zeroise()
		return
	}
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
	e := command(n)
	if c, ok := e.(transaction.Cancel); ok {
		defer func() { s.l.check.canceled(c.ID) }()
		if s.l.w.planted(bugCancelDeaf) {
			e = transaction.Status{Reply: n, ID: c.ID}
		}
	}
	s.step(e)
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
