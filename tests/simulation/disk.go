package main

import (
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/journal"
)

var (
	errIO    = errors.New("input/output error")
	errSpace = errors.New("no space left on device")
)

// disk is one file of the secure world. What was written and not made durable may
// be lost, torn or zero after a crash, as the fault says.
type disk struct {
	l       *lane
	durable []byte
	waiting [][]byte
	// synced is told what became durable.
	synced func(all []byte, from int)
	// lies: fsync does nothing (planted).
	lies bool
}

var _ journal.File = (*disk)(nil)

// ReadAll reads the file from its start.
func (d *disk) ReadAll() ([]byte, error) {
	b := append([]byte(nil), d.durable...)
	for _, w := range d.waiting {
		b = append(b, w...)
	}
	return b, nil
}

// Append writes b at the end.
func (d *disk) Append(b []byte) error {
	s := d.l.secure
	s.point()
	if d.l.full > 0 {
		return errSpace
	}
	f := d.l.hit(faultDisk)
	switch {
	case f == nil:
	case f.Arg == diskFull:
		d.l.fill()
		return errSpace
	case f.Arg == diskTorn:
		d.waiting = append(d.waiting, append([]byte(nil), b[:len(b)/2]...))
		return errIO
	case f.Arg == diskNotDone:
		return errIO
	case f.Arg == diskDone:
		d.waiting = append(d.waiting, append([]byte(nil), b...))
		return errIO
	}
	d.waiting = append(d.waiting, append([]byte(nil), b...))
	s.point()
	return nil
}

// Sync makes everything durable.
func (d *disk) Sync() error {
	s := d.l.secure
	f := d.l.hit(faultSync)
	if f != nil && f.Arg == diskNotDone {
		return errIO
	}
	d.lie()
	switch {
	case d.l.deceived.until:
		all, _ := d.ReadAll()
		d.synced(all, 0)
	case !d.lies:
		d.flush()
	}
	if f != nil {
		return errIO
	}
	s.point()
	return nil
}

func (d *disk) flush() {
	from := len(d.durable)
	for _, w := range d.waiting {
		d.durable = append(d.durable, w...)
	}
	d.waiting = d.waiting[:0]
	if d.synced != nil && len(d.durable) > from {
		d.synced(d.durable, from)
	}
}

// Truncate cuts the file.
func (d *disk) Truncate(size int64) error {
	if d.l.full > 0 {
		return nil // needs no space
	}
	all, _ := d.ReadAll()
	d.durable, d.waiting = all[:size], nil
	return nil
}

// cut is what a crash leaves of the file.
func (d *disk) cut(how int) {
	if d.l.deceived.until {
		d.truth()
		return
	}
	switch how {
	case cutKept:
		d.flush()
	case cutTorn:
		d.tear(func(b []byte) []byte { return b[:len(b)*2/3] })
	case cutZeros:
		d.tear(func(b []byte) []byte { return make([]byte, len(b)) })
	}
	d.waiting = nil
}

// tear leaves the first write in another form, and loses those behind it.
func (d *disk) tear(form func([]byte) []byte) {
	if len(d.waiting) > 0 {
		d.waiting = [][]byte{form(d.waiting[0])}
		d.durable = append(d.durable, d.waiting[0]...)
	}
}
