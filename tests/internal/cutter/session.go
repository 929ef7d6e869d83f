//go:build linux

package cutter

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// taskEnv tells the tracing process what to do.
const taskEnv = "STRONGROOM_CUTTER"

// armWithin covers the start of a tracing process on a loaded machine.
const armWithin = 30 * time.Second

// task is what a tracing process is told, in its environment.
type task struct {
	Process Process `json:"process"`
	Cut     *Point  `json:"cut,omitempty"` // nil: only record
}

// said is a line that a tracing process writes.
type said struct {
	Armed bool   `json:"armed,omitempty"`
	Point *Point `json:"point,omitempty"`
	Ended ending `json:"ended,omitempty"`
	Error string `json:"error,omitempty"`
}

// session is one tracing process. It ends when its standard input does, so it
// never outlives the process that wants it.
type session struct {
	cmd   *exec.Cmd
	stop  io.Closer
	armed chan struct{} // closed when every thread is followed
	done  chan struct{} // closed when the tracing process has ended

	// The fields below are set before done is closed.
	points []Point
	ended  ending
	err    error
}

// begin starts a tracing process and waits until it follows every thread.
func begin(t task) (*session, error) {
	text, err := json.Marshal(t)
	if err != nil {
		return nil, err
	}
	s := &session{cmd: exec.Command("/proc/self/exe"), armed: make(chan struct{}), done: make(chan struct{})}
	s.cmd.Env = append(os.Environ(), taskEnv+"="+string(text))
	s.cmd.Stderr = os.Stderr
	if s.stop, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the tracer: %w", err)
	}
	go s.listen(out)
	return s, s.awaitArmed()
}

func (s *session) awaitArmed() error {
	select {
	case <-s.armed:
		return nil
	case <-s.done:
		return errors.Join(errors.New("the tracer ended before it followed the process"), s.err)
	case <-time.After(armWithin):
		return errors.Join(errors.New("the tracer does not get hold of every thread"), s.end())
	}
}

// listen ends with the tracing process.
func (s *session) listen(out io.Reader) {
	defer close(s.done)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var line said
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			s.err = errors.Join(s.err, fmt.Errorf("reading the tracer: %w", err))
			continue
		}
		s.take(line)
	}
	s.err = errors.Join(s.err, lines.Err(), s.cmd.Wait())
}

func (s *session) take(line said) {
	switch {
	case line.Armed:
		close(s.armed)
	case line.Point != nil:
		s.points = append(s.points, *line.Point)
	case line.Error != "":
		s.err = errors.Join(s.err, errors.New(line.Error))
	default:
		s.ended = line.Ended
	}
}

// end lets the process go, if it is still there, and waits for the tracer.
func (s *session) end() error {
	_ = s.stop.Close() // it may have ended by itself
	<-s.done
	return s.err
}

// withoutTask is an environment for children of a tracing process.
func withoutTask(env []string) []string {
	var kept []string
	for _, v := range env {
		if !strings.HasPrefix(v, taskEnv+"=") {
			kept = append(kept, v)
		}
	}
	return kept
}
