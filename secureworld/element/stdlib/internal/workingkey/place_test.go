package workingkey

import (
	"encoding/binary"
	"testing"
)

func TestTerminalsAreSpreadOverAllPlaces(t *testing.T) {
	if 1<<placeBits != Shards*sets {
		t.Fatalf("%d bits are not %d places", placeBits, Shards*sets)
	}
	k := &Keys{spread: odd()}
	var count [Shards * sets]int
	for i := range uint32(16 * len(count)) { // numbers as they are given out, one after the other
		var id [8]byte
		binary.BigEndian.PutUint32(id[:], 0x33334444)
		binary.BigEndian.PutUint32(id[4:], i+1)
		count[k.place(id)]++
	}
	most := 0
	for _, n := range count {
		most = max(most, n)
	}
	if most > 4*16 {
		t.Errorf("%d terminals meet in one place where 16 do on average", most)
	}
}
