package leak

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Program is the leaky program, running.
type Program struct {
	Leaks     []Leak
	PID       int
	Shown     int    // the process that has leaks in its command line and environment
	Directory string // with files/ and output.log
	Page      string // base address of its HTTP interface
	Line      string // address of its plain line

	stops []func()
}

// endsWithin is what a child gets to end by itself.
const endsWithin = 5 * time.Second

// Start starts it in a new directory. self is the command line of a program that calls
// RunIfChild.
func Start(self []string, directory string, leaks []Leak) (*Program, error) {
	p := &Program{Leaks: leaks, Directory: directory}
	err := os.MkdirAll(filepath.Join(directory, "files"), 0o700)
	if err == nil {
		err = p.startLeaking(self)
	}
	if err == nil {
		err = p.startShowing(self)
	}
	if err != nil {
		p.Stop()
		return nil, fmt.Errorf("starting the leaky program: %w", err)
	}
	return p, nil
}

// Output is the file that its standard error goes to.
func (p *Program) Output() string { return filepath.Join(p.Directory, "output.log") }

// Stop ends it.
func (p *Program) Stop() {
	for _, stop := range p.stops {
		stop()
	}
	p.stops = nil
}

func (p *Program) startLeaking(self []string) error {
	log, err := os.OpenFile(p.Output(), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	c := exec.Command(self[0], self[1:]...) //nolint:gosec,noctx // this program again; ended by Stop
	c.Env, c.Dir, c.Stderr = append(os.Environ(), variable+"="+manyWays), p.Directory, log
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	in, err := p.run(c)
	if err != nil {
		return err
	}
	p.PID = c.Process.Pid
	if err := p.send(in); err != nil {
		return err
	}
	said, err := bufio.NewReader(out).ReadString('\n')
	words := strings.Fields(said)
	if err != nil || len(words) != 2 {
		return errors.New("it did not say where it listens")
	}
	p.Page, p.Line = "http://"+words[0], words[1]
	return nil
}

func (p *Program) send(in io.Writer) error {
	text := binary.BigEndian.AppendUint32(nil, uint32(len(p.Leaks))) //nolint:gosec // some dozens
	for _, l := range p.Leaks {
		text = binary.BigEndian.AppendUint32(text, uint32(len(l.Bytes))) //nolint:gosec // some hundred bytes
		text = append(text, l.Bytes...)
	}
	_, err := in.Write(text)
	return err
}

// startShowing starts a process that has half of the leaks as arguments and the other
// half in its environment, as far as they can stand there.
func (p *Program) startShowing(self []string) error {
	c := exec.Command(self[0], self[1:]...) //nolint:gosec,noctx // this program again; ended by Stop
	c.Env = []string{variable + "=" + argument}
	for i, l := range p.Leaks {
		switch text := string(bytes.ReplaceAll(l.Bytes, []byte{0}, nil)); {
		case !l.Argument():
		case i%2 == 0:
			c.Args = append(c.Args, text)
		default:
			c.Env = append(c.Env, fmt.Sprintf("CARELESS_%d=%s", i, text))
		}
	}
	_, err := p.run(c)
	if err == nil {
		p.Shown = c.Process.Pid
	}
	return err
}

// run starts a child that ends when its standard input is closed.
func (p *Program) run(c *exec.Cmd) (io.Writer, error) {
	in, err := c.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, err
	}
	p.stops = append(p.stops, func() {
		_ = in.Close()
		late := time.AfterFunc(endsWithin, func() { _ = c.Process.Kill() })
		defer late.Stop()
		_ = c.Wait() // says that it was killed, at most
	})
	return in, nil
}
