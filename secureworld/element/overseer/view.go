package overseer

import (
	"context"
	"fmt"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	client "github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
)

// View returns a picture of the group for people.
func (o *Overseer) View(context.Context) (client.Picture, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	p := client.Picture{
		Branch: o.config.Branch, Group: o.config.Group, Mode: modeName(o.config.Mode), State: o.state, Reason: o.reason,
		Questions: o.questions, Released: o.released, Disagreements: o.differences,
		Refused: o.refusedAll, Audited: o.audited, Aborts: o.aborts, Findings: append([]string(nil), o.findings...),
	}
	if o.epoch != nil {
		p.Epoch, p.Because = o.epoch.number, o.epochCause
		if o.epoch.mode != o.config.Mode {
			p.Mode, p.Reason = modeName(o.epoch.mode), "one element is left of "+modeName(o.config.Mode)
		}
	}
	for kind, n := range o.verbs {
		if n == 0 {
			continue
		}
		if p.Verbs == nil {
			p.Verbs = map[string]uint64{}
		}
		p.Verbs[fmt.Sprintf("%02X", kind)] = n
	}
	for _, m := range o.members {
		p.Members = append(p.Members, m.picture(o.config.Clock()))
	}
	return p, nil
}

// picture of one member. A quarantine shows before that an element is gone.
func (m *member) picture(now time.Time) client.Member {
	health := m.record.Health.String()
	switch {
	case m.record.Health == Quarantined:
	case m.isAside(now):
		health = "aside"
	case m.away():
		health = "gone"
	}
	why := m.why
	if health == "healthy" || health == "gone" {
		why = ""
	}
	return client.Member{
		ID: m.id, Make: string(m.identity.Make), Health: health, Reason: why, Aborts: m.aborts, Unaudited: m.unaudited,
		Answered: m.answered, Wrong: m.wrong, Late: m.late, MeanUS: uint64(max(m.elapsed, 0).Microseconds()), //nolint:gosec // not negative
	}
}

func modeName(m door.Mode) string {
	switch m {
	case door.ModeSingle:
		return "single"
	case door.ModeDual:
		return "dual"
	case door.ModeQuorum:
		return "quorum"
	}
	return "unknown"
}

// Aborts counts the agreements that failed: each gives who made it fail about one bit of
// choice over the secret of the next.
func (o *Overseer) Aborts() uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.aborts
}
