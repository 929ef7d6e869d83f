package main

import (
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
	device  device
	durable uint32
	written uint32 // not durable yet
	counter uint32 // of this start
	dead    bool
}

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

func (k *keystore) open() { k.counter, k.written, k.dead = k.durable, k.durable, false }

// cut is what a crash leaves.
func (k *keystore) cut(how int) {
	if how == cutKept {
		k.durable = max(k.durable, k.written)
	}
}

// reserve takes n transactions at once.
func (k *keystore) reserve(n int) ([]*dukpt.Transaction, error) {
	if k.dead {
		return nil, errKey
	}
	var out []*dukpt.Transaction
	for range n {
		k.counter = counterAfter(k.counter)
		out = append(out, k.device.at(k.counter))
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
	k.written = k.counter
	s.point()
	if k.l.w.planted(bugKSNCached) {
		return nil
	}
	k.durable = k.counter
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

// seal is the form in which verification keys lie in the journal: their counters.
func sealKeys(all []*dukpt.Transaction) []byte {
	var b []byte
	for _, t := range all {
		b = binary.BigEndian.AppendUint32(b, t.KSN().Counter())
	}
	return b
}

// opened is the i-th of a sealed set.
func (k *keystore) opened(keys []byte, i int) *dukpt.Transaction {
	if len(keys) < 4*i+4 {
		return nil
	}
	return k.device.at(binary.BigEndian.Uint32(keys[4*i:]))
}
