//go:build linux

package e2e

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/strongroom-pos/strongroom/internal/elements"
	"github.com/strongroom-pos/strongroom/internal/estate"
)

// A lane whose acquirer asks three elements of three makes: what dies of them is
// started again by the estate, and no payment is lost or booked twice over it.
func TestALaneGoesOnWithoutOneOfItsElements(t *testing.T) {
	l := ownLaneWith(t, estate.Options{Elements: estate.GroupOfThree})
	if l == nil {
		return
	}
	runScripts(t, l, testscript.Params{Dir: "testdata/elements"})
}

// A lane whose acquirer reaches its elements over a bus: the hub dies and comes back.
func TestALanePaysOverAStar(t *testing.T) {
	l := ownLaneWith(t, estate.Options{Elements: estate.GroupOfThree, Star: true})
	if l == nil {
		return
	}
	runScripts(t, l, testscript.Params{Dir: "testdata/star"})
}

// elementCommands are what scripts say of a group.
func elementCommands() map[string]func(s *stage, args []string) error {
	return map[string]func(s *stage, args []string) error{"shoot": (*stage).shoot, "members": (*stage).members}
}

// shoot PROGRAM: SIGKILL from outside, so that whoever keeps it must notice.
func (s *stage) shoot(args []string) error {
	pid := s.estate.PID(args[0])
	if pid == 0 {
		return errors.New("it does not run")
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		return err
	}
	for _, err := os.Stat(fmt.Sprintf("/proc/%d", pid)); err == nil; _, err = os.Stat(fmt.Sprintf("/proc/%d", pid)) {
		if err := pause(s.ctx, 5*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// members N: waits until the group serves with so many healthy members.
func (s *stage) members(args []string) error {
	want, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	for {
		p, err := elements.View(s.ctx, s.estate.MCU)
		healthy := 0
		for _, m := range p.Members {
			if m.Health == "healthy" {
				healthy++
			}
		}
		if err == nil && p.State == "serving" && healthy == want {
			return nil
		}
		if waitErr := pause(s.ctx, 50*time.Millisecond); waitErr != nil {
			return errors.Join(fmt.Errorf("the group is %s with %d healthy members: %+v", p.State, healthy, p), err, waitErr)
		}
	}
}
