package boot

import (
	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox/ring"
)

// offerRing hands the kernel memory that it may share with the peer of the
// connection that follows: one that was measured, since it is a process of this
// machine, and a kernel that is one too. Where no memory can be made, the session
// stays on its socket.
func (b *Boot) offerRing(link *handover.Boot, m handover.Connected) error {
	if !m.Measured || b.machines != nil {
		return nil
	}
	memory, err := ring.Make()
	if err != nil {
		b.log.Warn("no shared memory", "door", m.Door.String(), "reason", err.Error())
		return nil
	}
	defer memory.Close()
	return link.Send(handover.Ring{ID: m.ID}, memory)
}
