package main

import (
	"bytes"
	"encoding/binary"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
)

var errKey = errors.New("key counter not stored")

// keystore is the host key with its counter, which is durable before a key is used.
// It stands in for the kernel's keystore, whose own crash tests are beside it.
type keystore struct {
	l       *lane
	devices []device // one for each generation of the key
	durable keyState
	written keyState // not durable yet
	now     keyState // of this start
	dead    bool
}

// keyState is which key is in use, and its counter.
type keyState struct {
	generation int
	counter    uint32
}

// generations is how many host keys a lane can have, one after the other.
const generations = 4

func hostDevice(lane, generation int) device {
	return newDevice(hostBDK, hostBDKID, lane+100*generation)
}

func newKeystore(l *lane) *keystore {
	k := &keystore{l: l, devices: l.w.rules.hostKeys[l.n]}
	if l.w.plan.Worn {
		k.durable.counter = l.w.rules.worn
	}
	return k
}

func (k *keystore) device() *device { return &k.devices[k.now.generation] }

// nearlyWorn is a counter behind which a host key is good for some payments more.
func nearlyWorn() uint32 {
	c := uint32(0xFFFF_0000)
	for left := 0; left < transaction.HostKeysKept+40; c-- {
		if dukpt.ValidCounter(c) {
			left++
		}
	}
	for !dukpt.ValidCounter(c) {
		c--
	}
	return c
}

func (k *keystore) open() { k.now, k.written, k.dead = k.durable, k.durable, false }

// cut is what a crash leaves.
func (k *keystore) cut(how int) {
	if how == cutKept {
		k.durable = k.written // which never goes back
	}
}

// reserve takes n transactions at once.
func (k *keystore) reserve(n int) ([]*dukpt.Transaction, error) {
	if k.dead {
		return nil, errKey
	}
	var out []*dukpt.Transaction
	for range n {
		k.now.counter = counterAfter(k.now.counter)
		out = append(out, k.device().at(k.now.counter))
	}
	return out, k.store()
}

func (k *keystore) store() error {
	s := k.l.secure
	s.point()
	f := k.l.hit(faultKeystore)
	if f != nil && f.Arg == diskNotDone || k.l.full > 0 {
		return k.fails()
	}
	k.written = k.now
	s.point()
	if k.l.w.planted(bugKSNCached) {
		return nil
	}
	k.durable = k.now
	if f != nil {
		return k.fails()
	}
	s.point()
	return nil
}

// fails ends the kernel, as a failed journal does: it could not even sign on any more.
func (k *keystore) fails() error {
	k.dead = true
	k.l.cutForm = k.l.random.intn(2)
	panic(crash{&k.l.secure.process})
}

// seal is the form in which verification keys lie in the journal: their numbers.
func sealKeys(all []*dukpt.Transaction) []byte {
	var b []byte
	for _, t := range all {
		ksn := t.KSN()
		b = append(b, ksn[:]...)
	}
	return b
}

const ksnSize = 12

// opened is the i-th of a sealed set.
func (k *keystore) opened(keys []byte, i int) *dukpt.Transaction {
	if len(keys) < ksnSize*(i+1) {
		return nil
	}
	ksn := keys[ksnSize*i:]
	for g := range k.devices {
		if d := &k.devices[g]; bytes.Equal(d.id[:], ksn[:8]) {
			return d.at(binary.BigEndian.Uint32(ksn[8:]))
		}
	}
	return nil
}
