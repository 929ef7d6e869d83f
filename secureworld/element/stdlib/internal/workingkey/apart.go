package workingkey

import (
	"encoding/binary"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
)

// DeriveApart is Derive for a base derivation key that is not the element's own:
// nothing of it is kept, since paths are found by the terminal's id alone.
func (k *Keys) DeriveApart(bdk *Base, ksn dukpt.KSN, u Usage) (Working, error) {
	counter := ksn.Counter()
	if !dukpt.ValidCounter(counter) {
		return Working{}, ErrKSN
	}
	id := ksn.InitialKeyID()
	s := k.lock(id)
	p := &s.bench.path
	s.reach(p, bdk, id, counter)
	s.working(p, u, ksn)
	p.erase()
	return Working{s}, nil
}

// Initial writes the initial key of a device to key, which is the caller's to clear.
func (k *Keys) Initial(key *[keySize]byte, bdk *Base, id [8]byte) {
	s := k.lock(id)
	defer s.mu.Unlock()
	first(key, bdk, binary.BigEndian.Uint64(id[:]))
}

// lock takes one of the benches.
func (k *Keys) lock(id [8]byte) *shard {
	s := &k.shards[id[7]%Shards]
	s.mu.Lock()
	return s
}
