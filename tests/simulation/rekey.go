package main

import (
	"context"
	"encoding/hex"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
)

// rekey has the host offer a key and loads it, as `acquirer` and boot do: it is staged
// whole before the core is asked to take it.
func (s *secure) rekey() {
	k := s.keys
	if !s.up || s.core == nil || k.now.generation+1 == len(k.devices) {
		return
	}
	before, next := k.device(), &k.devices[k.now.generation+1]
	if s.l.w.acquirer.offer(s.l, next.id) != next.id {
		return // the host has not heard of the last one yet
	}
	s.asked++
	n := s.asked
	s.replies[n] = func(r transaction.Reply) {
		s.l.w.tracef(s.l, "host key replaced: %v", r.Refused)
		s.l.check.must(r.Refused != mailbox.CodeNone || k.device().id == next.id, "I9", "a key is told as replaced, and is not")
	}
	s.step(transaction.ReplaceKey{Reply: n, Plan: transaction.Replacing{Old: before.id, New: next.id,
		OldCheck: [5]byte(before.id[3:]), NewCheck: [5]byte(next.id[3:]), Left: dukpt.Left(k.now.counter)}})
}

// replace puts the staged key in the place of the host key, whole or not at all.
func (k *keystore) replace() [8]byte {
	s := k.l.secure
	s.point()
	f := k.l.hit(faultKeystore)
	if f != nil && f.Arg == diskNotDone || k.l.full > 0 {
		return k.device().id
	}
	k.now = keyState{generation: k.now.generation + 1}
	k.written, k.durable = k.now, k.now
	s.point()
	return k.device().id
}

// offer names the terminal's next key. The host draws ids; here they are given.
func (a *acquirer) offer(l *lane, id [8]byte) [8]byte {
	a.sql(`INSERT INTO host_keys (key, terminal, state) SELECT x'` + hex.EncodeToString(id[:]) + `', '` + l.terminalID() + `', 1
		WHERE NOT EXISTS (SELECT 1 FROM host_keys WHERE terminal = '` + l.terminalID() + `' AND state = 1)`)
	offered, err := a.host.OfferKey(context.Background(), l.terminalID())
	if err != nil {
		panic(err)
	}
	return offered
}

// hostKey holds journal, keystore and host against each other.
func (c *checker) hostKey() {
	k := c.l.secure.keys
	c.must(len(c.destroyed) == k.now.generation, "I9", "the journal tells the end of %d host keys, and the keystore has number %d", len(c.destroyed), k.now.generation)
	db := c.l.w.acquirer.books()
	defer db.Close()
	var active []byte
	if err := db.QueryRow(`SELECT key FROM host_keys WHERE terminal = ? AND state = 2`, c.l.terminalID()).Scan(&active); err != nil {
		panic(err)
	}
	c.must([8]byte(active) == k.device().id, "I9", "host and terminal have two keys")
}
