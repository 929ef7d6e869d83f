package qr

// bits collects bits, the most significant first.
type bits struct {
	words []byte
	n     int
}

func (b *bits) put(value, count int) {
	for i := count - 1; i >= 0; i-- {
		if b.n%8 == 0 {
			b.words = append(b.words, 0)
		}
		b.words[b.n/8] |= byte(value>>i&1) << (7 - b.n%8)
		b.n++
	}
}

// byteMode is the mode indicator of bytes.
const byteMode = 0b0100

// data are all codewords of data: mode, length, bytes, terminator, and what fills
// the rest.
func (v version) data(text []byte) []byte {
	var b bits
	b.put(byteMode, 4)
	b.put(len(text), v.header()-4)
	for _, c := range text {
		b.put(int(c), 8)
	}
	b.put(0, min(4, 8*v.capacity()-b.n))
	for pad := 0; len(b.words) < v.capacity(); pad++ {
		b.words = append(b.words, []byte{0xec, 0x11}[pad%2])
	}
	return b.words
}

// interleave parts the data into blocks, computes the correction of each, and takes
// one codeword of each block in turn.
func (v version) interleave(data []byte) []byte {
	var blocks, corrections [][]byte
	for i := range v.blocks[0] + v.blocks[1] {
		n := v.length
		if i >= v.blocks[0] {
			n++
		}
		blocks, corrections = append(blocks, data[:n]), append(corrections, correct(data[:n], v.correction))
		data = data[n:]
	}
	return append(inTurn(blocks), inTurn(corrections)...)
}

func inTurn(blocks [][]byte) []byte {
	var words []byte
	for i := 0; ; i++ {
		before := len(words)
		for _, b := range blocks {
			if i < len(b) {
				words = append(words, b[i])
			}
		}
		if len(words) == before {
			return words
		}
	}
}
