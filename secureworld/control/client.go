package control

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/strongroom-pos/strongroom/secureworld/internal/memoryfile"
)

// Client is the operator's end. A refusal comes back as a Reason, which is an
// error. Not for use by several goroutines.
type Client struct{ wire wire }

// Dial opens the door at a socket's path.
func Dial(path string) (*Client, error) {
	conn, err := net.DialUnix("unixpacket", nil, &net.UnixAddr{Name: path, Net: "unixpacket"})
	if err != nil {
		return nil, fmt.Errorf("control: %w", err)
	}
	return &Client{wire{conn}}, nil
}

// Close ends the connection.
func (c *Client) Close() error { return c.wire.conn.Close() }

// Standing tells how slots and versions stand.
func (c *Client) Standing() (Standing, error) { return ask[Standing](c, Status{}, nil) }

// History tells what happened, oldest first.
func (c *Client) History() ([]Entry, error) {
	e, err := ask[Events](c, History{}, nil)
	return e.Entries, err
}

// Applications tells what the kernel was given.
func (c *Client) Applications() ([]Application, error) {
	i, err := ask[Installed](c, Applications{}, nil)
	return i.Applications, err
}

// Content is one file to hand in.
type Content struct {
	File
	Bytes []byte
}

// Submit hands files in and lets boot verify and keep them. It returns the
// version that boot read.
func (c *Client) Submit(kind Kind, files []Content) (uint64, error) {
	if _, err := c.done(Begin{kind}, nil); err != nil {
		return 0, err
	}
	for _, f := range files {
		if err := c.hand(f); err != nil {
			_, abort := c.done(Abort{}, nil)
			return 0, errors.Join(err, abort)
		}
	}
	return c.done(Commit{}, nil)
}

// Activate lets boot try the image of a place. The answer comes before the trial.
func (c *Client) Activate(p Place) (uint64, error) { return c.done(Activate{p}, nil) }

// Remove removes an installed application.
func (c *Client) Remove(name string) error {
	_, err := c.done(Remove{name}, nil)
	return err
}

// Tamper takes the device for tampered with. Its keys are gone then.
func (c *Client) Tamper() error {
	_, err := c.done(Tamper{}, nil)
	return err
}

// Challenge asks for the random number of the next key token.
func (c *Client) Challenge() ([16]byte, error) {
	d, err := ask[Drawn](c, Challenge{}, nil)
	if err == nil && d.Reason != Accepted {
		err = d.Reason
	}
	return d.Random, err
}

// LoadKey hands a delivery of the key distribution host in.
func (c *Client) LoadKey(delivery []byte) error {
	memory, err := memoryFile(delivery)
	if err != nil {
		return err
	}
	defer memory.Close()
	_, err = c.done(LoadKey{}, memory)
	return err
}

func (c *Client) hand(f Content) error {
	memory, err := memoryFile(f.Bytes)
	if err != nil {
		return err
	}
	defer memory.Close()
	_, err = c.done(f.File, memory)
	return err
}

func (c *Client) done(m Message, file *os.File) (uint64, error) {
	d, err := ask[Done](c, m, file)
	if err == nil && d.Reason != Accepted {
		err = d.Reason
	}
	return d.Version, err
}

func ask[A Message](c *Client, m Message, file *os.File) (answer A, err error) {
	if err := c.wire.conn.SetDeadline(time.Now().Add(answerWithin)); err != nil {
		return answer, err
	}
	if err := c.wire.send(m, file); err != nil {
		return answer, err
	}
	got, unexpected, err := c.wire.receive()
	if err != nil {
		return answer, err
	}
	if unexpected != nil {
		_ = unexpected.Close()
	}
	answer, ok := got.(A)
	if !ok {
		return answer, errMalformed
	}
	return answer, nil
}

// memoryFile is a file in memory that nobody can change any more.
func memoryFile(content []byte) (*os.File, error) {
	fd, err := unix.MemfdCreate("update", unix.MFD_ALLOW_SEALING|unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("control: memory file: %w", err)
	}
	f := os.NewFile(uintptr(fd), "update")
	_, err = io.Copy(f, bytes.NewReader(content))
	if err == nil {
		err = memoryfile.Seal(f, seals)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("control: memory file: %w", err), f.Close())
	}
	return f, nil
}
