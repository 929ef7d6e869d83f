package docs

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Deadlines of one block. A first build of everything on a slow machine is the longest.
const (
	deadline      = 90 * time.Second
	startDeadline = 10 * time.Minute
)

// session is a bash that blocks are typed into.
type session struct {
	command *exec.Cmd
	in      io.WriteCloser
	mark    string

	mu      sync.Mutex
	output  strings.Builder // guarded by mu
	ended   bool            // guarded by mu
	changed chan struct{}
}

// open starts a shell in a folder, in a process group of its own.
func open(folder string, environment []string) (*session, error) {
	c := exec.Command("bash", "--noprofile", "--norc", "-o", "pipefail")
	c.Dir, c.Env = folder, environment
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in, err := c.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	c.Stdout, c.Stderr = w, w
	s := &session{command: c, in: in, mark: "-- " + rand.Text(), changed: make(chan struct{}, 1)}
	err = c.Start()
	_ = w.Close()
	if err != nil {
		_ = out.Close()
		return nil, err
	}
	go s.read(out)
	return s, nil
}

func (s *session) read(from io.ReadCloser) {
	defer from.Close() //nolint:errcheck // read to its end
	r := bufio.NewReader(from)
	for {
		line, err := r.ReadString('\n')
		s.mu.Lock()
		s.output.WriteString(line)
		s.ended = err != nil
		s.mu.Unlock()
		select {
		case s.changed <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// printed is all output until now.
func (s *session) printed() (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.output.String(), s.ended
}

// run types a block in and returns what it prints; a command that fails ends it, as
// if each were followed by && and the next.
func (s *session) run(commands string) (string, error) {
	before, _ := s.printed()
	script := fmt.Sprintf("set -e\n%s\nset +e\nprintf '\\n%%s\\n' '%s'\n", commands, s.mark)
	if _, err := io.WriteString(s.in, script); err != nil {
		return "", errors.New("the shell has ended: a command before failed")
	}
	out, err := s.await(deadline, len(before), func(out string) bool { return strings.Contains(out, "\n"+s.mark+"\n") })
	out, _, _ = strings.Cut(out, "\n"+s.mark+"\n")
	return out, err
}

// start types a block in that runs on, and waits for what it is to print.
func (s *session) start(commands string, prints []string) (string, error) {
	if _, err := io.WriteString(s.in, "exec "+commands+"\n"); err != nil {
		return "", err
	}
	return s.await(startDeadline, 0, func(out string) bool { return held(out, prints) == nil })
}

func (s *session) await(atMost time.Duration, from int, enough func(string) bool) (string, error) {
	limit := time.After(atMost)
	for {
		out, ended := s.printed()
		switch {
		case enough(out[from:]):
			return out[from:], nil
		case ended:
			return out[from:], errors.New("it failed")
		}
		select {
		case <-s.changed:
		case <-limit:
			return out[from:], errors.New("it did not end, or did not print what was awaited, within " + atMost.String())
		}
	}
}

// interrupt is Ctrl-C, and waits for the end.
func (s *session) interrupt() error {
	_ = s.in.Close()
	_ = syscall.Kill(-s.command.Process.Pid, syscall.SIGINT)
	return s.command.Wait()
}
