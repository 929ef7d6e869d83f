package page

import "time"

const (
	// maxBody holds {"key":"cancel"} with room for spaces.
	maxBody = 64
	// maxHeader is far more than a browser sends to this page.
	maxHeader = 8 << 10
	// maxConnections: one page holds two connections; a few pages and a test fit.
	maxConnections = 32
	// longPoll is shorter than what browsers and proxies wait for.
	longPoll = 25 * time.Second
	// requestDeadline ends clients that send a request byte by byte.
	requestDeadline = 5 * time.Second
	// answerDeadline leaves a long poll its time.
	answerDeadline = longPoll + 5*time.Second
	// idleDeadline ends kept connections that nobody uses.
	idleDeadline = time.Minute
)
