package attestation

import (
	"bytes"
	"encoding/binary"
	"errors"
	"time"
)

const (
	magic   = "SRAR"
	version = 2
)

// ErrMalformed reports bytes that are no report, or no evidence.
var ErrMalformed = errors.New("attestation: malformed")

// Encode lays a report out. It refuses one that cannot be read again.
func (r Report) Encode() ([]byte, error) {
	if !r.valid() {
		return nil, ErrMalformed
	}
	b := append([]byte(magic), version, byte(r.Audience))
	b = append(b, r.Nonce[:]...)
	b = putText(putTime(b, r.Time), r.Device)
	b = append(append(b, r.Boot[:]...), r.System[:]...)
	b = append(binary.BigEndian.AppendUint64(b, r.Kernel.Version), r.Kernel.Digest[:]...)
	b = append(binary.BigEndian.AppendUint32(b, uint32(r.Parameters.Version)), r.Parameters.Digest[:]...)
	b = append(append(b, r.Licence[:]...), byte(len(r.Applications)))
	for _, a := range r.Applications {
		b = binary.BigEndian.AppendUint64(putText(b, a.Name), a.Version)
		b = append(b, a.Digest[:]...)
	}
	b = putTime(append(append(b, byte(r.App.State)), r.App.Digest[:]...), r.App.Time)
	for _, word := range []string{r.Isolation, r.Memory, r.StorageRoot, r.Label} {
		b = putText(b, word)
	}
	b = append(binary.BigEndian.AppendUint32(putText(b, r.Module), r.Layers), r.flags())
	return append(binary.BigEndian.AppendUint64(b, r.JournalLength), r.JournalHead[:]...), nil
}

func (r Report) flags() (f byte) {
	for i, set := range []bool{r.FIPS, r.FIPSEnforced, r.Debug, r.Tampered} {
		if set {
			f |= 1 << i
		}
	}
	return f
}

func putText(b []byte, s string) []byte { return append(append(b, byte(len(s))), s...) }

// putTime writes no time as zero.
func putTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return binary.BigEndian.AppendUint64(b, 0)
	}
	return binary.BigEndian.AppendUint64(b, uint64(t.UnixMilli()))
}

func (r Report) valid() bool {
	if r.Audience != AudienceAppWorld && r.Audience != AudienceHost || r.App.State > AppChanged ||
		r.Parameters.Version > 1<<32-1 || len(r.Applications) > MaxApplications {
		return false
	}
	if r.App.State == AppNone && (r.App.Digest != [32]byte{} || !r.App.Time.IsZero()) {
		return false
	}
	for i, a := range r.Applications {
		if !isText(a.Name) || i > 0 && a.Name <= r.Applications[i-1].Name {
			return false
		}
	}
	for _, word := range []string{r.Device, r.Isolation, r.Memory, r.StorageRoot, r.Label, r.Module} {
		if !isText(word) {
			return false
		}
	}
	return isTime(r.Time) && isTime(r.App.Time) && (r.Label == LabelSelfReported || r.Label == LabelTPM)
}

func isText(s string) bool {
	if s == "" || len(s) > maxText {
		return false
	}
	for _, c := range []byte(s) {
		if c < '!' || c > '~' {
			return false
		}
	}
	return true
}

func isTime(t time.Time) bool { return t.IsZero() || t.UnixMilli() > 0 && t.UnixMilli() <= maxTime }

// Parse reads a report. What it accepts encodes to the same bytes.
func Parse(b []byte) (Report, error) {
	if len(b) > MaxBody {
		return Report{}, ErrMalformed
	}
	c := cutter{rest: b}
	r := c.report()
	again, err := r.Encode()
	if c.short || len(c.rest) != 0 || err != nil || !bytes.Equal(again, b) {
		return Report{}, ErrMalformed
	}
	return r, nil
}

// cutter takes fields off; short says that there were not enough bytes.
type cutter struct {
	rest  []byte
	short bool
}

func (c *cutter) report() (r Report) {
	c.take(len(magic) + 1)
	r.Audience, r.Nonce, r.Time, r.Device = Audience(c.number(1)), c.digest(), c.time(), c.text()
	r.Boot, r.System, r.Kernel = c.digest(), c.digest(), c.program(8)
	r.Parameters, r.Licence = c.program(4), c.digest()
	for range min(c.number(1), MaxApplications+1) {
		r.Applications = append(r.Applications, Application{c.text(), c.program(8)})
	}
	r.App = App{AppState(c.number(1)), c.digest(), c.time()}
	r.Isolation, r.Memory, r.StorageRoot, r.Label, r.Module = c.text(), c.text(), c.text(), c.text(), c.text()
	r.Layers = uint32(c.number(4))
	f := c.number(1)
	r.FIPS, r.FIPSEnforced, r.Debug, r.Tampered = f&1 != 0, f&2 != 0, f&4 != 0, f&8 != 0
	r.JournalLength, r.JournalHead = c.number(8), c.digest()
	return r
}

func (c *cutter) take(n int) []byte {
	if n > len(c.rest) {
		c.short, c.rest = true, nil
		return make([]byte, n)
	}
	b := c.rest[:n:n]
	c.rest = c.rest[n:]
	return b
}

func (c *cutter) number(width int) uint64 {
	var room [8]byte
	copy(room[8-width:], c.take(width))
	return binary.BigEndian.Uint64(room[:])
}

func (c *cutter) digest() [32]byte { return [32]byte(c.take(32)) }

func (c *cutter) program(width int) Program { return Program{c.number(width), c.digest()} }

func (c *cutter) text() string { return string(c.take(int(c.number(1)))) }

func (c *cutter) time() time.Time {
	n := c.number(8)
	if n == 0 || n > maxTime {
		c.short = c.short || n != 0
		return time.Time{}
	}
	return time.UnixMilli(int64(n)).UTC()
}
