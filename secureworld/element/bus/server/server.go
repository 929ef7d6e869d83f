package server

import (
	"fmt"
	"net"

	"github.com/nats-io/nats-server/v2/server"
)

// Server is a running server. It is what a connection in the same process is made to.
type Server struct{ nats *server.Server }

// Start starts a server and waits until it listens.
func Start(c Config) (*Server, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	o, err := options(&c)
	if err != nil {
		return nil, err
	}
	s, err := server.NewServer(o)
	if err != nil {
		return nil, fmt.Errorf("bus server: %w", err)
	}
	if c.Log != nil {
		s.SetLogger(journal{c.Log}, false, false)
	}
	go s.Start() // Close waits for all that it starts
	if !s.ReadyForConnections(startDeadline) {
		s.Shutdown()
		return nil, errStart
	}
	return &Server{s}, nil
}

// Close ends the server at once and waits until it has ended.
func (s *Server) Close() {
	s.nats.Shutdown()
	s.nats.WaitForShutdown()
}

// InProcessConn connects within this process.
func (s *Server) InProcessConn() (net.Conn, error) { return s.nats.InProcessConn() }

// URL is where MCUs and clients connect.
func (s *Server) URL() string { return s.nats.ClientURL() }

// Routes is how many routes to other servers stand.
func (s *Server) Routes() int { return s.nats.NumRoutes() }

// Link is a branch's server that is joined here, and what crossed its link since then.
type Link struct {
	Branch            string // its server's name
	BytesIn, BytesOut int64
}

// Links lists the branches' servers that are joined at this moment.
func (s *Server) Links() []Link {
	leaves, err := s.nats.Leafz(nil)
	if err != nil {
		return nil
	}
	var links []Link
	for _, l := range leaves.Leafs {
		links = append(links, Link{l.Name, l.InBytes, l.OutBytes})
	}
	return links
}
