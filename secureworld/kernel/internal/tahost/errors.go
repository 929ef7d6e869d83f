package tahost

import (
	"context"
	"errors"
	"strconv"

	"github.com/tetratelabs/wazero/sys"
)

// How a call ends that returns no answer and no code. wazero's own texts can
// quote what the application said, so they stop here.
var (
	ErrDeadline = errors.New("trusted application: deadline passed, instance ended")
	ErrTrapped  = errors.New("trusted application: trapped, instance ended")
	ErrExited   = errors.New("trusted application: exited, instance ended")
	ErrEnded    = errors.New("trusted application: instance has ended")
)

// Refusal is the application's own negative code.
type Refusal struct{ Code int32 }

func (r Refusal) Error() string {
	return "trusted application: refused with code " + strconv.Itoa(int(r.Code))
}

func classify(err error) error {
	var exit *sys.ExitError
	switch {
	case errors.As(err, &exit) && (exit.ExitCode() == sys.ExitCodeDeadlineExceeded || exit.ExitCode() == sys.ExitCodeContextCanceled):
		return ErrDeadline
	case errors.As(err, &exit):
		return ErrExited
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return ErrDeadline
	}
	return ErrTrapped
}
