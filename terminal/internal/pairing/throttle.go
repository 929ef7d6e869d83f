package pairing

import (
	"net/netip"
	"time"
)

// ThrottledError says how long nothing more is looked at.
type ThrottledError struct{ After time.Duration }

func (*ThrottledError) Error() string { return "pairing: too many tries" }

// throttle lets an address wait longer after every failure, and everybody after
// many. The address is that of the socket; what a header says of it is not asked.
type throttle struct {
	by  map[netip.Addr]*score
	all score
}

type score struct {
	failures    int
	last, until time.Time
}

// check returns a *ThrottledError while an address, or everybody, has to wait.
func (t *throttle) check(from netip.Addr, now time.Time) error {
	until := t.all.until
	if s := t.by[Network(from)]; s != nil && s.until.After(until) {
		until = s.until
	}
	if now.Before(until) {
		return &ThrottledError{After: until.Sub(now)}
	}
	return nil
}

// fail counts a failure of an address.
func (t *throttle) fail(from netip.Addr, now time.Time) {
	key := Network(from)
	s := t.by[key]
	if s == nil {
		t.makeRoom()
		s = &score{}
		t.by[key] = s
	}
	s.count(now, 0)
	t.all.count(now, freeForAll)
}

func (s *score) count(now time.Time, free int) {
	if now.Sub(s.last) > forget {
		s.failures = 0
	}
	s.last = now
	if s.failures++; s.failures <= free {
		return
	}
	wait := longestWait
	if n := s.failures - free - 1; n < 16 {
		wait = min(firstWait<<n, longestWait)
	}
	s.until = now.Add(wait)
}

// makeRoom forgets the address whose last failure is the longest ago.
func (t *throttle) makeRoom() {
	if t.by == nil {
		t.by = map[netip.Addr]*score{}
	}
	if len(t.by) < maxAddresses {
		return
	}
	var oldest netip.Addr
	for a, s := range t.by {
		if !oldest.IsValid() || s.last.Before(t.by[oldest].last) {
			oldest = a
		}
	}
	delete(t.by, oldest)
}

// Network is what one machine can be taken for: an address of IPv4, and of IPv6
// the 64 bits before those that it may choose itself.
func Network(a netip.Addr) netip.Addr {
	a = a.Unmap().WithZone("")
	if !a.Is6() {
		return a
	}
	p, err := a.Prefix(64)
	if err != nil {
		return a
	}
	return p.Addr()
}
