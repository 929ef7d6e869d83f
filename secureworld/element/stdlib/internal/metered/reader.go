package metered

// reader reads a module's bytes. After the first fault everything reads as zero and
// failed is set.
type reader struct {
	b      []byte
	at     int
	failed bool
}

func (r *reader) fail() { r.failed, r.at = true, len(r.b) }

func (r *reader) done() bool { return r.at >= len(r.b) }

func (r *reader) byte() byte {
	if r.done() {
		r.fail()
		return 0
	}
	r.at++
	return r.b[r.at-1]
}

func (r *reader) skip(n uint32) {
	if uint64(n) > uint64(len(r.b)-r.at) {
		r.fail()
		return
	}
	r.at += int(n)
}

// u32 reads an unsigned number of at most five bytes.
func (r *reader) u32() (n uint32) {
	for shift := 0; shift < 35; shift += 7 {
		b := r.byte()
		if shift == 28 && b > 0x0F {
			break
		}
		n |= uint32(b&0x7F) << shift
		if b < 0x80 {
			return n
		}
	}
	r.fail()
	return 0
}

// number skips a number of either sign, of at most ten bytes.
func (r *reader) number() {
	for range 10 {
		if r.byte() < 0x80 {
			return
		}
	}
	r.fail()
}

// part takes n bytes as a reader of their own.
func (r *reader) part(n uint32) *reader {
	from := r.at
	r.skip(n)
	if r.failed {
		return &reader{failed: true}
	}
	return &reader{b: r.b[from:r.at]}
}

func appendU32(dst []byte, n uint32) []byte { return appendU64(dst, uint64(n)) }

func appendU64(dst []byte, n uint64) []byte {
	for n >= 0x80 {
		dst = append(dst, byte(n)|0x80)
		n >>= 7
	}
	return append(dst, byte(n))
}

// appendS64 appends a number that is not negative as a signed one.
func appendS64(dst []byte, n uint64) []byte {
	for n >= 0x40 {
		dst = append(dst, byte(n&0x7F)|0x80)
		n >>= 7
	}
	return append(dst, byte(n))
}
