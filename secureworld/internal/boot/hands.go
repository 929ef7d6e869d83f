package boot

import (
	"os"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
)

// hands is what upkeep may do to the kernel that runs.
type hands Boot

// Starts is how many kernels were started.
func (h *hands) Starts() uint32 { return uint32(h.starts.Load()) }

// Replace ends the kernel, so that boot chooses again.
func (h *hands) Replace() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.serving != nil {
		h.serving.replace()
	}
}

// Apply lets the kernel change its applications or its licence, and waits for its answer. A
// kernel that gives none has ended, or is about to.
func (h *hands) Apply(m handover.Message, file *os.File) handover.Outcome {
	return h.ask(m, file).code
}

// ask asks for a change of any kind. One is asked for at a time: upkeep sees to that.
func (h *hands) ask(m handover.Message, file *os.File) answer {
	none := answer{code: handover.OutcomeUnusable}
	h.mu.Lock()
	a := h.serving
	h.mu.Unlock()
	if a == nil {
		return none
	}
	select {
	case <-a.applied: // to a question that nobody waits for any more
	default:
	}
	if a.kernel.link.Send(m, file) != nil {
		return none
	}
	select {
	case given := <-a.applied:
		return given
	case <-a.gone:
	case <-time.After(applyWithin):
	}
	return none
}
