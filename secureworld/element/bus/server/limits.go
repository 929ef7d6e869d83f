package server

import (
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus/subject"
)

const (
	// startDeadline is what a server has to listen.
	startDeadline = 10 * time.Second
	// pingInterval and maxPings find a peer that is gone without a word in six seconds.
	pingInterval = 2 * time.Second
	maxPings     = 2
	// storeLimit bounds JetStream: a registry is a few kilobytes.
	storeLimit = 64 << 20
)

// limit bounds what any peer may take.
func limit(o *server.Options) {
	o.MaxConn = 1024        // MCUs and clients of one site
	o.MaxSubs = 256         // per connection; a program has a handful
	o.MaxPayload = 1 << 20  // 256 releases with their votes
	o.MaxPending = 16 << 20 // per connection that does not read
	o.WriteDeadline = 5 * time.Second
	o.AuthTimeout = 3 // seconds
	o.PingInterval, o.MaxPingsOut = pingInterval, maxPings
	o.MaxControlLine = int32(4*subject.MaxName + 1024)
	o.JetStreamMaxMemory, o.JetStreamMaxStore = storeLimit, storeLimit
}
