//go:build !cgo || !linux

package pcsc

import (
	"context"

	"github.com/strongroom-pos/strongroom/reader/iso7816"
)

// Watch says that there is no PC/SC in this build.
func Watch(context.Context, func(Event)) error { return ErrNotBuilt }

// Open says that there is no PC/SC in this build.
func Open(context.Context, string) (iso7816.Conn, error) { return nil, ErrNotBuilt }

// Stuck is always 0 in this build.
func Stuck() int { return 0 }
