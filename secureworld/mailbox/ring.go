package mailbox

import (
	"bytes"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// Kinds that lead from the socket to shared memory.
const (
	KindOpenRing byte = 0x0b
	KindRing     byte = 0x8b
)

// OpenRing asks that the session go on in shared memory; package ring draws it.
type OpenRing struct{}

// Ring answers OpenRing. What was given comes with it, and the session goes on there;
// else it stays where it is.
type Ring struct {
	Given bool
	Size  uint32 // of the memory; 0 where none was given
}

// ErrRing reports memory that was given and cannot be used. The session has ended.
var ErrRing = errors.New("mailbox: shared memory cannot be used")

func ringMessages() []any { return []any{OpenRing{}, Ring{}} }

// offered reads the answer to OpenRing. A secure world that does not know the
// question offers none.
func offered(b []byte) (bool, error) {
	kind, body, err := frame.Read(bytes.NewReader(b), MaxBody)
	if err != nil {
		return false, err
	}
	r, err := answer[Ring](KindOpenRing, kind, body)
	var refused *RefusedError
	if errors.As(err, &refused) && refused.Code == CodeUnknownKind {
		return false, nil
	}
	return r.Given, err
}
