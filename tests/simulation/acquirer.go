package main

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the driver, for the checker's own look at the books

	"github.com/strongroom-pos/strongroom/acquirer/host"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
)

// acquirer is the real host with its issuer, on a database of its own.
type acquirer struct {
	w     *world
	path  string
	host  *host.Host
	codec *codec.Codec
}

func openAcquirer(w *world, path string) (*acquirer, error) {
	a := &acquirer{w: w, path: path, codec: w.rules.codec}
	return a, a.open()
}

func (a *acquirer) open() (err error) {
	a.host, err = host.Open(context.Background(), host.Config{Database: a.path, Terminals: a.w.rules.terminals,
		Elements: a.w.rules.element, Now: a.w.wall})
	return err
}

// restart forgets all that is not in the database.
func (a *acquirer) restart() {
	if err := a.host.Close(); err != nil {
		panic(err)
	}
	if err := a.open(); err != nil {
		panic(err)
	}
	for _, l := range a.w.lanes {
		l.net.drop()
	}
}

// message is one that arrived.
func (a *acquirer) message(n *network, b []byte) {
	l := n.l
	f := l.hit(faultHost)
	if f != nil && f.Arg == hostLost {
		return
	}
	if f != nil && f.Arg == hostRestart {
		a.restart()
		return
	}
	reply, err := a.host.Handle(context.Background(), n.session, b)
	a.mutate(b)
	if err != nil {
		a.w.tracef(l, "host: %v", err)
		n.l.w.later(&n.conn, 10*time.Millisecond, n.drop)
		return
	}
	if reply.Frame == nil {
		return
	}
	frame := append([]byte(nil), reply.Frame...)
	l.check.answered(b, frame)
	if f != nil {
		a.misbehave(n, f.Arg, b, frame)
		return
	}
	a.w.later(&n.conn, 30*time.Millisecond+reply.Delay, func() { n.carry(frame, n.answer) })
}

func (a *acquirer) misbehave(n *network, how int, question, answer []byte) {
	say := func(b []byte, d time.Duration) {
		a.w.later(&n.conn, d, func() { n.carry(b, n.answer) })
	}
	falsify := func(change func(*codec.Message)) []byte {
		b, err := a.host.Falsify(context.Background(), question, answer, change)
		if err != nil {
			return answer
		}
		return b
	}
	const soon = 30 * time.Millisecond
	switch how {
	case hostLate:
		say(answer, hostspec.AnswerDeadline+time.Duration(n.l.random.intn(20_000))*time.Millisecond)
	case hostTwice:
		say(answer, soon)
		say(append([]byte(nil), answer...), soon+time.Duration(n.l.random.intn(25_000))*time.Millisecond)
	case hostSTAN:
		say(falsify(func(m *codec.Message) { m.SetString(11, "999999") }), soon)
	case hostMAC:
		answer[len(answer)-1] ^= 1
		n.l.check.spoilt(answer)
		say(answer, soon)
	case hostSilent:
	case hostAmount: // not of a part: no terminal can know a host that books one part and says another
		say(falsify(func(m *codec.Message) {
			if m.Has(4) && m.String(39) != hostspec.ResponsePartial {
				m.SetString(4, "000000000001")
			}
		}), soon)
	case hostOther:
		say(falsify(opposite), soon)
		say(answer, soon+time.Second)
	case hostDecline: // only where it has declined: no terminal can know a host that books and denies it
		say(answer, soon)
		say(falsify(func(m *codec.Message) { m.SetString(39, hostspec.ResponseApproved) }), soon+time.Second)
	}
}

// script gives the issuer a command for the lane's card that takes some.
func (a *acquirer) script(l *lane) {
	_, card := cardOf(l.n, cardScript)
	card.Script = &provisioning.Script{Command: provisioning.CommandApplicationUnblock}
	if err := a.host.AddCards(context.Background(), []provisioning.Card{card}); err != nil {
		panic(err)
	}
}

// opposite is the answer to another payment.
func opposite(m *codec.Message) {
	if !m.Has(37) || !m.Has(39) {
		return
	}
	said := hostspec.ResponseApproved
	if m.String(39) == said {
		said = hostspec.ResponseDeclined
	}
	m.SetString(37, "999999999999")
	m.SetString(39, said)
}

// mutate plants what a host with a bug would do to its tables.
func (a *acquirer) mutate(question []byte) {
	mti := hostspec.MTI(question)
	switch {
	case a.w.planted(bugReversedTwice) && mti[:2] == "04":
		a.sql(`INSERT INTO movements (card, terminal, rrn, amount) SELECT card, terminal, rrn, -amount FROM movements WHERE id = (SELECT max(id) FROM movements) AND amount < 0`)
		a.sql(`INSERT INTO movements (card, terminal, rrn, amount) SELECT card, terminal, rrn, amount FROM movements WHERE id = (SELECT max(id) FROM movements) AND amount > 0`)
	case a.w.planted(bugItemLost) && mti == "0200":
		a.sql(`UPDATE lives SET batch = batch + 1 WHERE payment = (SELECT max(payment) FROM lives)`)
	case a.w.planted(bugHoldKept) && mti[:2] == "02":
		a.sql(`DELETE FROM holds WHERE amount < 0`)
	case a.w.planted(bugCreditLost) && mti[:2] == "04":
		a.sql(`DELETE FROM movements WHERE amount > 0`)
	}
}

// books opens the database beside the host: what the checker reads is not told by it.
func (a *acquirer) books() *sql.DB {
	db, err := sql.Open("sqlite", "file:"+a.path)
	if err != nil {
		panic(err)
	}
	db.SetMaxOpenConns(1)
	return db
}

func (a *acquirer) sql(statement string) {
	db := a.books()
	if _, err := db.Exec(statement); err != nil {
		panic(err)
	}
	if err := db.Close(); err != nil {
		panic(err)
	}
}

func (a *acquirer) close() {
	_ = a.host.Close() // the database is thrown away
	for _, end := range []string{"", "-wal", "-shm"} {
		_ = os.Remove(a.path + end)
	}
}

// template makes the database that every world begins with.
func (r *rules) template(dir string) error {
	path := filepath.Join(dir, "template.db")
	h, err := host.Open(context.Background(), host.Config{Database: path, Terminals: r.terminals, Elements: r.element, Now: func() time.Time { return epoch }})
	if err != nil {
		return err
	}
	if err := h.AddCards(context.Background(), r.cards); err != nil {
		return err
	}
	if err := h.Close(); err != nil {
		return err
	}
	r.database, err = os.ReadFile(path)
	return err
}
