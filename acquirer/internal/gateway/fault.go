package gateway

import (
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
)

// FaultKind is a way in which this host misbehaves, for demos and tests.
type FaultKind string

// Faults: the first two happen before anything is booked, the others after.
const (
	FaultSilent            FaultKind = "silent" // not booked, no answer
	FaultClose             FaultKind = "close"  // not booked, connection closed
	FaultDelay             FaultKind = "delay"  // booked, answered late
	FaultDropAfterBooking  FaultKind = "drop_after_booking"
	FaultCloseAfterBooking FaultKind = "close_after_booking"
	FaultWrongSTAN         FaultKind = "wrong_stan" // another DE 11, MAC right
	FaultWrongMAC          FaultKind = "wrong_mac"
	FaultDuplicate         FaultKind = "duplicate" // the answer twice
)

// Fault spoils the next Count messages of one type.
type Fault struct {
	Kind        FaultKind `json:"kind"`
	Count       int       `json:"count"`         // 0 ends the fault
	MTI         string    `json:"mti,omitempty"` // 0200 if empty; "any" for all
	DelayMillis int       `json:"delay_millis,omitempty"`
}

var errFault = errors.New("gateway: no such fault")

func (f Fault) valid() bool {
	switch f.Kind {
	case FaultSilent, FaultClose, FaultDelay, FaultDropAfterBooking, FaultCloseAfterBooking, FaultWrongSTAN, FaultWrongMAC, FaultDuplicate:
		return f.Count >= 0 && f.Count <= maxFaults && f.DelayMillis >= 0 && f.DelayMillis <= 600_000
	}
	return false
}

func (f Fault) delay() time.Duration { return time.Duration(f.DelayMillis) * time.Millisecond }

// faults are those that are set, and those that this host draws by itself.
type faults struct {
	mu    sync.Mutex
	set   []Fault              // guarded by mu
	bad   misbehaviour         // guarded by mu
	taken map[FaultKind]uint64 // guarded by mu
}

// put sets a fault in place of an earlier one of its kind and message type.
func (s *faults) put(f Fault) error {
	if f.MTI == "" {
		f.MTI = "0200"
	}
	if !f.valid() {
		return errFault
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.set[:0]
	for _, old := range s.set {
		if old.Kind != f.Kind || old.MTI != f.MTI {
			kept = append(kept, old)
		}
	}
	if s.set = kept; f.Count > 0 {
		s.set = append(s.set, f)
	}
	return nil
}

// take returns the fault for a message and uses it up by one: one that was set before
// one that is drawn.
func (s *faults) take(mti string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.next(mti)
	if f.Kind == "" {
		f = s.bad.draw(mti)
	}
	if f.Kind != "" {
		if s.taken == nil {
			s.taken = map[FaultKind]uint64{}
		}
		s.taken[f.Kind]++
	}
	return f
}

func (s *faults) next(mti string) Fault {
	for i := range s.set {
		f := &s.set[i]
		if f.Count > 0 && (f.MTI == mti || f.MTI == "any") {
			f.Count--
			return *f
		}
	}
	return Fault{}
}

func (s *faults) misbehave(m provisioning.Misbehaviour) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bad = newMisbehaviour(m)
}

// counted are the faults that were in force, by kind.
func (s *faults) counted() (map[FaultKind]uint64, provisioning.Misbehaviour) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.taken), s.bad.Misbehaviour
}
