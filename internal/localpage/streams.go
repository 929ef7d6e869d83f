package localpage

import (
	"fmt"
	"net/http"
	"time"
)

// eventDeadline ends streams that nobody reads.
const eventDeadline = 10 * time.Second

// Streams are the event streams of one page that are open; its capacity is how many may
// be.
type Streams chan struct{}

// Serve has tell write one stream until it returns. One too many is refused.
func (s Streams) Serve(w http.ResponseWriter, tell func(*Stream)) {
	select {
	case s <- struct{}{}:
		defer func() { <-s }()
	default:
		Refuse(w, http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	c := http.NewResponseController(w)
	// The deadline for reading the request would end the stream with it.
	_ = c.SetReadDeadline(time.Time{})
	tell(&Stream{w, c})
}

// Stream is one that is open.
type Stream struct {
	w http.ResponseWriter
	c *http.ResponseController
}

// Send sends one event at once. data is JSON, which has no line ends.
func (s *Stream) Send(name string, data []byte) error {
	if err := s.c.SetWriteDeadline(time.Now().Add(eventDeadline)); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(s.w, "event: %s\ndata: %s\n\n", name, data); err != nil {
		return err
	}
	return s.c.Flush()
}
