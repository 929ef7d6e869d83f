package httpapi

import "time"

// Limits of the HTTP interface.
const (
	// maxWait is what a till may ask a long-poll to wait, in seconds: below the
	// half minute after which proxies and tills give up.
	maxWait = 25
	// writeLimit is what a client may take to accept an answer.
	writeLimit = 10 * time.Second
	// readLimit is what a client may take to send a request.
	readLimit = 10 * time.Second
	// headerLimit is what it may take for the headers alone.
	headerLimit = 5 * time.Second
	// idleLimit closes kept connections that nobody uses.
	idleLimit = 60 * time.Second
	// maxHeader is far above what browsers send here.
	maxHeader = 16 << 10
	// maxStreams bounds event streams and long-polls together: several pages and
	// tills per lane, and nothing that a broken one could exhaust.
	maxStreams = 64
	// MaxConnections bounds sockets, streams included.
	MaxConnections = 256
	// clientRate and clientBurst are what a paired client may ask a second, and at a
	// stroke: a page with several tills behind it, and nothing that fills the journal.
	clientRate, clientBurst = 100, 200
	// strangerRate and strangerBurst are those of an address that is not paired: a
	// till that asks every second whether the merchant has confirmed.
	strangerRate, strangerBurst = 5, 20
	// maxAtOnce is how many requests of one client are answered at once, streams
	// among them: a quarter of all streams.
	maxAtOnce = 16
	// maxOnConnection is how many requests HTTP/2 carries at once on one connection.
	maxOnConnection = 32
	// maxBuckets bounds the rates that are remembered.
	maxBuckets = 1024
	// maxOfAddress is how many of the connections one address may have.
	maxOfAddress = 32
	// comment keeps a stream's silence apart from its death.
	comment = 15 * time.Second
	// retry is how soon a browser reconnects a stream, in milliseconds.
	retry = 1000
	// eventPage is how many events are read from the journal at once.
	eventPage = 100
	// defaultList and maxList bound the list of payments.
	defaultList, maxList = 25, 100
)
