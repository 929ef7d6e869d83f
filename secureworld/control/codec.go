package control

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// Encode lays a message out.
func Encode(m Message) ([]byte, error) {
	w := writer{version, byte(m.kind())}
	ok := true
	switch m := m.(type) {
	case Begin:
		w.byte(byte(m.Kind))
	case File:
		w.byte(byte(m.Role))
		ok = w.name(m.Name) && m.Role.named() == (m.Name != "")
	case Activate:
		w.byte(byte(m.Place))
	case Remove:
		ok = w.name(m.Name) && m.Name != ""
	case Drawn:
		w.byte(byte(m.Reason))
		w = append(w, m.Random[:]...)
		ok = (m.Reason == Accepted) == (m.Random != [16]byte{})
	case Done:
		w.byte(byte(m.Reason))
		w.u64(m.Version)
	case Standing:
		w.standing(m)
	case Events:
		ok = w.events(m.Entries)
	case Installed:
		ok = w.installed(m.Applications)
	}
	if !ok {
		return nil, errMalformed
	}
	return w, nil
}

type writer []byte

func (w *writer) byte(b byte)      { *w = append(*w, b) }
func (w *writer) u64(v uint64)     { *w = binary.BigEndian.AppendUint64(*w, v) }
func (w *writer) bytes(b [32]byte) { *w = append(*w, b[:]...) }

func (w *writer) name(n string) bool {
	var room [nameSize]byte
	copy(room[:], n)
	w.bytes(room)
	return len(n) <= nameSize && strings.IndexByte(n, 0) < 0
}

func (w *writer) standing(s Standing) {
	*w = append(*w, byte(s.Running), byte(s.Active), byte(s.Pending), s.Tries, byte(s.Reason), byte(s.Strength))
	w.u64(s.Counter)
	*w = binary.BigEndian.AppendUint32(*w, s.Starts)
	for _, i := range s.Images {
		w.byte(byte(i.State))
		w.u64(i.Version)
		w.bytes(i.Kernel)
	}
}

func (w *writer) events(list []Entry) bool {
	w.byte(byte(len(list)))
	for _, e := range list {
		w.u64(uint64(e.Time))
		*w = append(*w, byte(e.Event), byte(e.Place), byte(e.Reason))
		w.u64(e.Version)
	}
	return len(list) <= MaxEvents
}

func (w *writer) installed(list []Application) bool {
	w.byte(byte(len(list)))
	ok := len(list) <= MaxInstalled
	for _, a := range list {
		ok = w.name(a.Name) && a.Name != "" && ok
		w.u64(a.Version)
		w.bytes(a.SHA256)
		w.byte(byte(a.Origin))
	}
	return ok
}

// Parse reads a packet. What it accepts encodes back to the same bytes.
func Parse(p []byte) (Message, error) {
	if len(p) < 2 || len(p) > maxPacket || p[0] != version {
		return nil, errMalformed
	}
	r := reader{rest: p[2:]}
	m := r.message(Type(p[1]))
	if m == nil || r.short || len(r.rest) != 0 {
		return nil, errMalformed
	}
	if again, err := Encode(m); err != nil || !bytes.Equal(again, p) {
		return nil, errMalformed
	}
	return m, nil
}

// reader takes fields off; once it is short, all that follows is zero.
type reader struct {
	rest  []byte
	short bool
}

func (r *reader) take(n int) []byte {
	if len(r.rest) < n {
		r.short, r.rest = true, nil
		return make([]byte, n)
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *reader) byte() byte      { return r.take(1)[0] }
func (r *reader) u64() uint64     { return binary.BigEndian.Uint64(r.take(8)) }
func (r *reader) bytes() [32]byte { return [32]byte(r.take(32)) }
func (r *reader) name() string    { return string(bytes.TrimRight(r.take(nameSize), "\x00")) }

func (r *reader) message(t Type) Message {
	switch t {
	case TypeStatus:
		return Status{}
	case TypeHistory:
		return History{}
	case TypeApplications:
		return Applications{}
	case TypeBegin:
		return Begin{Kind(r.byte())}
	case TypeFile:
		return File{Role(r.byte()), r.name()}
	case TypeCommit:
		return Commit{}
	case TypeAbort:
		return Abort{}
	case TypeActivate:
		return Activate{Place(r.byte())}
	case TypeRemove:
		return Remove{r.name()}
	case TypeTamper:
		return Tamper{}
	case TypeChallenge:
		return Challenge{}
	case TypeLoadKey:
		return LoadKey{}
	case TypeDrawn:
		return Drawn{Reason(r.byte()), [16]byte(r.take(16))}
	case TypeDone:
		return Done{Reason(r.byte()), r.u64()}
	case TypeStanding:
		return r.standing()
	case TypeEvents:
		return r.events()
	case TypeInstalled:
		return r.installed()
	}
	return nil
}

func (r *reader) standing() Message {
	s := Standing{
		Running: Place(r.byte()), Active: Place(r.byte()), Pending: Place(r.byte()), Tries: r.byte(),
		Reason: Reason(r.byte()), Strength: Strength(r.byte()), Counter: r.u64(), Starts: binary.BigEndian.Uint32(r.take(4)),
	}
	for i := range s.Images {
		s.Images[i] = Image{State(r.byte()), r.u64(), r.bytes()}
	}
	return s
}

func (r *reader) events() Message {
	var e Events
	for n := int(r.byte()); n > 0 && !r.short && len(e.Entries) <= MaxEvents; n-- {
		e.Entries = append(e.Entries, Entry{int64(r.u64()), Event(r.byte()), Place(r.byte()), Reason(r.byte()), r.u64()})
	}
	return e
}

func (r *reader) installed() Message {
	var list Installed
	for n := int(r.byte()); n > 0 && !r.short && len(list.Applications) <= MaxInstalled; n-- {
		list.Applications = append(list.Applications, Application{r.name(), r.u64(), r.bytes(), Origin(r.byte())})
	}
	return list
}
