//go:build linux

// Package child runs one program of a lane: as a user of its own, in a process
// group of its own, with nothing inherited but what it is to read from a pipe, its
// output kept, and dead when this process is.
//
// The estate imports it. It must never put a secret on a command line or into an
// environment: programs get paths, or read from a pipe.
package child

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// Config says what to run.
type Config struct {
	Name string   // in messages
	Path string   // the program, absolute
	Args []string // without the program
	Env  []string // whole: nothing is inherited
	Dir  string   // working directory
	User *User    // nil: the user of this process
	Log  string   // file that the output goes to, replaced
	// Secrets, at most a page each, are what the program reads at descriptor 3 and on.
	Secrets [][]byte
}

// User is a user that needs no account.
type User struct{ UID, GID uint32 }

// Child is one started program.
type Child struct {
	name    string
	process *os.Process
	words   *words
	done    chan struct{} // closed when it is reaped
	state   *os.ProcessState
}

// drainWithin is how long output is waited for that someone else holds open.
const drainWithin = time.Second

// Start starts a program. It is killed when this process ends in any way.
func Start(c Config) (*Child, error) {
	w, err := newWords(c.Log)
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", c.Name, err)
	}
	child := &Child{name: c.Name, words: w, done: make(chan struct{})}
	cmd := c.command()
	cmd.Stdout, cmd.Stderr = w, w
	if cmd.ExtraFiles, err = pipes(c.Secrets); err != nil {
		w.close()
		return nil, fmt.Errorf("starting %s: %w", c.Name, err)
	}
	defer closeAll(cmd.ExtraFiles)
	started := make(chan error)
	go child.live(cmd, started)
	if err := <-started; err != nil {
		w.close()
		return nil, fmt.Errorf("starting %s: %w", c.Name, err)
	}
	return child, nil
}

func (c Config) command() *exec.Cmd {
	cmd := exec.Command(c.Path, c.Args...) //nolint:gosec,noctx // our own programs; they end by signal
	cmd.Env, cmd.Dir, cmd.WaitDelay = c.Env, c.Dir, drainWithin
	if cmd.Env == nil {
		cmd.Env = []string{} // nil would inherit
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if c.User != nil {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: c.User.UID, Gid: c.User.GID}
	}
	return cmd
}

// live owns the child from start to end on one thread: the parent-death signal
// comes when the thread ends that started it.
func (c *Child) live(cmd *exec.Cmd, started chan<- error) {
	runtime.LockOSThread()
	err := cmd.Start()
	c.process = cmd.Process
	started <- err
	if err != nil {
		return
	}
	_ = cmd.Wait() // how it ended is in the state
	c.state = cmd.ProcessState
	c.words.close()
	close(c.done)
}

// PID is the number of the process.
func (c *Child) PID() int { return c.process.Pid }

// Done is closed when the program has ended.
func (c *Child) Done() <-chan struct{} { return c.done }

// Ended tells how, once Done is closed: "exit status 1", "signal: killed".
func (c *Child) Ended() string {
	<-c.done
	return c.state.String()
}

// LastLines are the newest lines that it wrote.
func (c *Child) LastLines() []string { return c.words.last() }

// Signal sends a signal to the program alone.
func (c *Child) Signal(s syscall.Signal) error {
	if err := c.process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("signalling %s: %w", c.name, err)
	}
	return nil
}

// Kill kills the program with its whole group and waits until it is gone.
func (c *Child) Kill() {
	select {
	case <-c.done:
		return // its number may be another's by now
	default:
		_ = syscall.Kill(-c.process.Pid, syscall.SIGKILL)
	}
	<-c.done
}

// Stop asks the program to end, and kills it when it has not within patience.
func (c *Child) Stop(patience time.Duration) {
	_ = c.Signal(syscall.SIGTERM)
	select {
	case <-c.done:
	case <-time.After(patience):
		c.Kill()
	}
}
