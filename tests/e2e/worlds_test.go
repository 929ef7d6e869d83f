//go:build linux

package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"
)

// The words of scripts that act on programs.

// crash PROGRAM: SIGKILL; the kernel is started again by boot, others by begin.
func (s *stage) crash(args []string) error { return s.estate.Kill(args[0]) }

// restart PROGRAM: SIGKILL, and started again.
func (s *stage) restartWorld(args []string) error {
	if err := s.estate.Kill(args[0]); err != nil {
		return err
	}
	return s.revive(s.ctx, args[0])
}

// halt PROGRAM: ends it; begin PROGRAM: starts it again.
func (s *stage) halt(args []string) error { return s.estate.Kill(args[0]) }

func (s *stage) begin(args []string) error { return s.revive(s.ctx, args[0]) }

// freeze PROGRAM: it stands still with its connections open; thaw: it goes on.
func (s *stage) freeze(args []string) error {
	pid := s.estate.PID(args[0])
	if pid == 0 {
		return errors.New("it does not run")
	}
	s.frozen = append(s.frozen, pid)
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		return err
	}
	return standsStill(pid)
}

func (s *stage) thaw(args []string) error {
	return syscall.Kill(s.estate.PID(args[0]), syscall.SIGCONT)
}

// standsStill waits until the machine says so: SIGSTOP takes effect when each
// thread next returns from the machine.
func standsStill(pid int) error {
	for range 200 {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			return err
		}
		if _, after, _ := strings.Cut(string(b), ") "); strings.HasPrefix(after, "T") {
			return nil
		}
		time.Sleep(5 * time.Millisecond)
	}
	return errors.New("it does not stand still")
}

// published reads the one address in a file that a program wrote.
func published(file string) string {
	b, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	var a struct{ HTTP, Page, Host string }
	if json.Unmarshal(b, &a) != nil {
		return ""
	}
	return strings.TrimPrefix(a.HTTP+a.Page+a.Host, "http://")
}
