package boot

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/internal/sandbox"
)

// selfTest proves the sandbox in starts that are thrown away: one where every
// denial is tried, and, where forbidden calls kill, one that must die of the
// first.
func (b *Boot) selfTest(ctx context.Context) error {
	confine := b.confine()
	confine.SelfTest, confine.KillOnForbidden = true, false
	report, state, err := b.throwAway(ctx, confine)
	if err != nil {
		return err
	}
	if missing := ^report.Denied & sandbox.AllDenials; report.Tried != sandbox.AllDenials || missing != 0 {
		return fmt.Errorf("kernel (status %d) was not denied: %s", state, denied(missing))
	}
	if b.cfg.ForbiddenCall != "kill" {
		return nil
	}
	confine.KillOnForbidden = true
	_, status, err := b.throwAway(ctx, confine)
	if err == nil && (!status.Signaled() || status.Signal() != syscall.SIGSYS) {
		err = errors.New("a forbidden call did not kill")
	}
	return err
}

// throwAway starts a kernel for its self-test and waits until it has ended.
func (b *Boot) throwAway(ctx context.Context, confine handover.Confine) (report handover.Denials, status syscall.WaitStatus, err error) {
	k, err := b.start(confine)
	if err != nil {
		return report, status, err
	}
	defer k.end()
	received := make(chan handover.Denials, 1)
	go func() {
		defer close(received)
		for {
			m, err := k.link.Receive()
			if err != nil {
				return
			}
			if d, ok := m.(handover.Denials); ok {
				received <- d
				return
			}
		}
	}()
	select {
	case <-k.child.Done():
	case <-time.After(b.readyWithin()):
		return report, status, errors.New("self-test did not end")
	case <-ctx.Done():
		return report, status, ctx.Err()
	}
	return <-received, k.child.Status(), nil
}

func denied(mask uint32) string {
	var names []string
	for d := sandbox.Denial(0); 1<<d <= sandbox.AllDenials; d++ {
		if mask&(1<<d) != 0 {
			names = append(names, d.String())
		}
	}
	return strings.Join(names, ", ")
}
