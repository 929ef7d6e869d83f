package upstream

import (
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
)

const (
	// connectDeadline bounds a connection, its handshake and the sign-on.
	connectDeadline = 10 * time.Second
	// writeDeadline is what upstream has to take one message.
	writeDeadline = 5 * time.Second
	// silence is three echoes: then the line is as good as lost.
	silence = 3 * hostspec.EchoInterval
	// firstPause and lastPause are between attempts to connect.
	firstPause, lastPause = 100 * time.Millisecond, 5 * time.Second
	// maxWaiting bounds the questions that are under way.
	maxWaiting = 1024
)
