package boot

import (
	"maps"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
)

// peers are those of one kernel's connections that are measured again and again.
type peers struct {
	mu   sync.Mutex
	list map[uint32]*peer // by connection
	shut bool
}

// add takes a peer over, or refuses it: no connection lives unmeasured.
func (w *peers) add(id uint32, p *peer) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.shut || len(w.list) >= maxPeers {
		return false
	}
	if w.list == nil {
		w.list = map[uint32]*peer{}
	}
	w.list[id] = p
	return true
}

func (w *peers) drop(id uint32) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if p := w.list[id]; p != nil {
		p.close()
		delete(w.list, id)
	}
}

func (w *peers) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.list {
		p.close()
	}
	w.list, w.shut = nil, true
}

// finding is what one look at a process gave.
type finding struct {
	digest  [32]byte
	verdict handover.Verdict
}

// look measures every process once and tells each connection's finding. A connection
// that closes meanwhile looks as if its process had ended, so such a finding is
// nobody else's.
func (w *peers) look(covers licensed, tell func(handover.Measured)) {
	w.mu.Lock()
	list := maps.Clone(w.list)
	w.mu.Unlock()
	found := map[int]finding{}
	for id, p := range list {
		f, measured := found[p.pid]
		if !measured || f.verdict == handover.VerdictEnded || !p.lives() {
			f.digest, f.verdict = p.measure(covers)
			found[p.pid] = f
		}
		if f.verdict == handover.VerdictUnchanged && covers(f.digest) != nil {
			f.verdict = handover.VerdictProgram
		}
		tell(handover.Measured{ID: id, Verdict: f.verdict, Digest: f.digest})
	}
}

// remeasure goes on until the kernel has ended.
func (a *attendance) remeasure() {
	defer a.peers.close()
	every := time.NewTicker(a.boot.cfg.remeasure())
	defer every.Stop()
	for {
		select {
		case <-a.gone:
			return
		case <-every.C:
			a.peers.look(a.boot.keeper.Now().Licence.Measured, a.tellMeasured)
		}
	}
}

// tellMeasured leaves it to the kernel what to do.
func (a *attendance) tellMeasured(m handover.Measured) {
	if m.Verdict != handover.VerdictUnchanged {
		a.boot.log.Warn("app world changed", "connection", m.ID, "reason", m.Verdict.String())
	}
	_ = a.kernel.link.Send(m, nil) // its end shows in Done
}
