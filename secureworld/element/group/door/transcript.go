package door

import (
	"crypto/sha256"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// Mode is how many members answer, and how many must agree.
type Mode uint8

// Modes.
const (
	ModeSingle Mode = 1 // one answers, a share is audited by another
	ModeDual   Mode = 2 // two answer; where they differ, nothing leaves
	ModeQuorum Mode = 3 // all answer, more than half agree
)

// Valid checks the range.
func (m Mode) Valid() bool { return m >= ModeSingle && m <= ModeQuorum }

// Transcript is what a group is agreed on: its hash salts the group secret, and every
// member has signed it.
type Transcript struct {
	Group    GroupID
	Epoch    uint32
	Policy   uint16 // what one member may answer alone: see Alone
	Mode     Mode
	Verbs    uint32   // the common set
	Overseer [32]byte // SHA-256 of the MCU's certificate
	Members  []Identity
}

// outside is the transcript without its members.
type outside struct {
	Group    GroupID
	Epoch    uint32
	Policy   uint16
	Mode     Mode
	Verbs    uint32
	Overseer [32]byte
	Count    uint8
}

// EncodeTranscript writes a transcript: the fixed part, then each Identity as a frame's
// body behind its two bytes of length.
func EncodeTranscript(t *Transcript) ([]byte, error) {
	if len(t.Members) == 0 || len(t.Members) > MaxMembers {
		return nil, ErrMalformed
	}
	b, err := frame.Append(nil, outside{t.Group, t.Epoch, t.Policy, t.Mode, t.Verbs, t.Overseer, uint8(len(t.Members))})
	for i := range t.Members {
		var m []byte
		if m, err = frame.Append(nil, &t.Members[i]); err != nil {
			return nil, err
		}
		b = append(b, byte(len(m)>>8), byte(len(m)))
		b = append(b, m...)
	}
	if err == nil && len(b) > MaxTranscript {
		return nil, ErrMalformed
	}
	return b, err
}

// outsideSize is the length of the fixed part.
const outsideSize = 8 + 4 + 2 + 1 + 4 + 32 + 1

// ParseTranscript reads one.
func ParseTranscript(b []byte) (*Transcript, error) {
	var o outside
	if len(b) < outsideSize || len(b) > MaxTranscript || frame.Parse(b[:outsideSize], &o) != nil {
		return nil, ErrMalformed
	}
	if o.Count == 0 || o.Count > MaxMembers {
		return nil, ErrMalformed
	}
	t := &Transcript{Group: o.Group, Epoch: o.Epoch, Policy: o.Policy, Mode: o.Mode, Verbs: o.Verbs, Overseer: o.Overseer}
	b = b[outsideSize:]
	for range o.Count {
		if len(b) < 2 {
			return nil, ErrMalformed
		}
		n := int(b[0])<<8 | int(b[1])
		if b = b[2:]; n > len(b) {
			return nil, ErrMalformed
		}
		var m Identity
		if frame.Parse(b[:n], &m) != nil {
			return nil, ErrMalformed
		}
		t.Members, b = append(t.Members, m), b[n:]
	}
	if len(b) != 0 {
		return nil, ErrMalformed
	}
	return t, nil
}

// HashTranscript is the hash that salts the group secret and that members sign.
func HashTranscript(encoded []byte) [32]byte {
	h := sha256.New()
	h.Write([]byte("strongroom group transcript 1"))
	h.Write(encoded)
	return [32]byte(h.Sum(nil))
}
