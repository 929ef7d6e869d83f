package hostspec

// Class is a message type without what differs between a request, its repeats
// and its answer: version and class, and the function with the answer's bit
// taken away. 0200 and 0210 are 02 00; 0420, 0421 and 0430 are 04 20.
type Class [2]byte

// ClassOf finds the class of a message type in BCD.
func ClassOf(mti [2]byte) Class { return Class{mti[0], mti[1] & 0xE0} }

// Key finds what joins an answer to its request: the class of the message type,
// DE 41 (zeros if it is missing) and DE 11. The whole of b is checked, so that
// what is joined is at least well formed. It says nothing about the MAC.
func Key(b []byte) (class Class, tid [8]byte, stan uint32, err error) {
	found := false
	err = Walk(b, func(f Field, wire []byte) {
		switch f.Number {
		case 11:
			stan, found = number(wire), true
		case 41:
			copy(tid[:], wire)
		}
	})
	if err != nil || !found {
		return Class{}, [8]byte{}, 0, ErrMessage
	}
	return ClassOf([2]byte(b)), tid, stan, nil
}

func number(bcd []byte) uint32 {
	n := uint32(0)
	for _, c := range bcd {
		n = n*100 + uint32(c>>4)*10 + uint32(c&0x0F)
	}
	return n
}
