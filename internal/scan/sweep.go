package scan

// sweep carries the end of each chunk over into the next one, so that what lies
// across a boundary is found, and found once.
type sweep struct {
	m     *Matcher
	found func(Match)
	buf   []byte
	kept  int   // bytes at the start of buf that were searched before
	read  int64 // bytes searched, the offset of what comes next
}

func newSweep(m *Matcher, found func(Match)) *sweep {
	return &sweep{m: m, found: found, buf: make([]byte, m.reach+chunkBytes)}
}

// restart begins a new text.
func (w *sweep) restart(found func(Match)) { w.found, w.kept, w.read = found, 0, 0 }

// room is where the next chunk belongs.
func (w *sweep) room() []byte { return w.buf[w.kept : w.kept+chunkBytes] }

// advance searches the n bytes that were put into room. What ends within the
// kept bytes was reported with the chunk before.
func (w *sweep) advance(n int) {
	end, base := w.kept+n, w.read-int64(w.kept)
	w.m.search(w.buf[:end], func(nd *needle, start, stop int) {
		if stop > w.kept {
			w.found(nd.match(base + int64(start)))
		}
	})
	w.read += int64(n)
	keep := min(end, w.m.reach)
	copy(w.buf, w.buf[end-keep:end])
	w.kept = keep
}

// wipe leaves nothing of the searched bytes behind: the searching process is
// often itself searched.
func (w *sweep) wipe() { clear(w.buf) }
