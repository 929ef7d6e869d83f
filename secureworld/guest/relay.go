//go:build linux

package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/strongroom-pos/strongroom/secureworld/internal/carrier"
	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/internal/microvm/initramfs"
	"github.com/strongroom-pos/strongroom/secureworld/internal/sandbox/spawn"
)

// relay plays boot's end of the handover towards the kernel, by the order of the
// boot outside.
type relay struct {
	posts *port
	post  *carrier.Poster
	ports map[string]*os.File
	told  carrier.Begin
	link  *handover.Boot
	file  bytes.Buffer // content for the next message
}

// begin takes the first post and does what it says of the machine.
func begin(ports map[string]*os.File) (*relay, error) {
	r := &relay{posts: &port{File: ports[initramfs.PortHandover]}, ports: ports}
	r.post = carrier.NewPoster(r.posts.File)
	first, err := carrier.ReadPost(r.posts)
	if err != nil || first.Kind != carrier.PostBegin {
		return nil, fmt.Errorf("nobody begins: %w", err)
	}
	if r.told, err = carrier.ParseBegin(first.Payload); err != nil {
		return nil, err
	}
	if err := errors.Join(setClock(r.told.Clock), feed(r.told.Seed)); err != nil {
		return nil, err
	}
	return r, r.post.Send(carrier.PostBegun, release())
}

func release() []byte {
	var name unix.Utsname
	if unix.Uname(&name) != nil {
		return []byte("unknown")
	}
	return bytes.TrimRight(name.Release[:], "\x00")
}

// serve starts the kernel and carries until it ends.
func (r *relay) serve(program *os.File) error {
	link, theirs, err := handover.Pair()
	if err != nil {
		return err
	}
	r.link = link
	words, theirWords, err := os.Pipe()
	if err != nil {
		return err
	}
	_ = unix.Setrlimit(unix.RLIMIT_MEMLOCK, &unix.Rlimit{Cur: lockLimit, Max: lockLimit}) // the kernel reports what it got
	kernel, err := spawn.Start(spawn.Config{
		Program: program, Directory: storage, Link: theirs, Errors: theirWords,
		Measurements: r.told.Measurements, Isolation: "vm " + r.told.Accelerator.String(),
	})
	if err := errors.Join(err, theirs.Close(), theirWords.Close()); err != nil {
		return err
	}
	spoken := make(chan struct{})
	go func() { defer close(spoken); r.speak(words) }()
	answered := make(chan struct{})
	go func() { defer close(answered); r.answers() }()
	gone := r.openDoors()
	go func() { gone <- r.orders() }()
	ended := make(chan error, 1)
	go func() {
		<-kernel.Done()
		<-spoken
		<-answered // its last messages come before its end
		ended <- errors.Join(r.leave(), r.post.Send(carrier.PostEnded, binary.BigEndian.AppendUint32(nil, uint32(kernel.Status()))))
	}()
	select {
	case err := <-ended:
		return err
	case err := <-gone: // boot has gone. Writing to a port with nobody behind it waits for ever
		kernel.Kill()
		<-kernel.Done()
		return errors.Join(err, r.leave())
	}
}

// leave makes all that the kernel wrote durable.
func (r *relay) leave() error {
	unix.Sync()
	return unix.Unmount(storage, unix.MNT_DETACH)
}

func (r *relay) speak(words *os.File) {
	line := make([]byte, 1024)
	for {
		n, err := words.Read(line)
		if n > 0 {
			err = errors.Join(err, r.post.Send(carrier.PostWords, line[:n]))
		}
		if err != nil {
			return
		}
	}
}

// answers carries what the kernel says outside.
func (r *relay) answers() {
	for {
		m, file, err := r.link.ReceiveWith()
		if err != nil {
			return
		}
		if r.answer(m, file) != nil {
			return
		}
	}
}

func (r *relay) answer(m handover.Message, file *os.File) error {
	packet, err := handover.Encode(m)
	if err != nil || file == nil {
		return errors.Join(err, r.post.Send(carrier.PostMessage, packet))
	}
	defer file.Close()
	return r.post.SendWith(carrier.PostMessage, packet, io.NewSectionReader(file, 0, carrier.MaxFile+1))
}

// orders carries what boot says inside. It returns when there is no boot any more.
func (r *relay) orders() error {
	for {
		p, err := carrier.ReadPost(r.posts)
		if err != nil {
			return err
		}
		switch p.Kind {
		case carrier.PostContent:
			if r.file.Len()+len(p.Payload) > carrier.MaxFile {
				return errors.New("a file is too large")
			}
			r.file.Write(p.Payload)
		case carrier.PostMessage:
			err = r.order(p.Payload)
		case carrier.PostClock:
			err = keepTime(carrier.ParseClock(p.Payload))
		default:
			err = carrier.ErrMalformed
		}
		if err != nil {
			return err
		}
	}
}

func (r *relay) order(packet []byte) error {
	m, err := handover.Parse(packet)
	if err != nil {
		return err
	}
	if c, ok := m.(handover.Confine); ok {
		if err := give(int(c.UID), int(c.GID)); err != nil {
			return err
		}
	}
	if !handover.Furnished(m) {
		return r.link.Send(m, nil)
	}
	file, err := spawn.MemoryFile("handed over", r.file.Bytes())
	r.file = bytes.Buffer{}
	if err != nil {
		return err
	}
	defer file.Close()
	return r.link.Send(m, file)
}

func setClock(t time.Time) error {
	v := syscall.NsecToTimeval(t.UnixNano())
	return syscall.Settimeofday(&v)
}

// keepTime sets a clock that went astray; small steps would only disturb.
func keepTime(t time.Time) error {
	if time.Since(t).Abs() < driftMost {
		return nil
	}
	return setClock(t)
}
