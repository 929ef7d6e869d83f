package scale

import (
	"crypto/tls"
	"crypto/x509"
	"sync"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testlane"
)

// Sales is how many sales a second n terminals get approved, each of them doing so many
// one after the other. What terminals do by themselves, such as deriving keys, is done
// before and after.
func (s *Site) Sales(n, each int) (perSecond float64) {
	s.Helper()
	clients, sales := make([]*Client, n), make([][]testlane.Message, n)
	answers := make([][][]byte, n)
	for i := range n {
		clients[i] = s.client(i)
		clients[i].at = i % len(s.nodes)
		for range each {
			sales[i] = append(sales[i], clients[i].terminal.Sale(s, clients[i].card, 1299, ""))
		}
	}
	var all sync.WaitGroup
	begin := time.Now()
	for i, c := range clients {
		all.Go(func() {
			for _, m := range sales[i] {
				b, err := c.exchange(m.Frame)
				if err != nil {
					s.Error("a sale was not answered")
					return
				}
				answers[i] = append(answers[i], b)
			}
		})
	}
	all.Wait()
	took := time.Since(begin)
	for i, c := range clients {
		c.Close()
		for j, b := range answers[i] {
			if r := c.terminal.Check(s, sales[i][j], b).String(39); r != hostspec.ResponseApproved {
				s.Fatalf("a sale was answered %s", r)
			}
		}
	}
	return float64(n*each) / took.Seconds()
}

// client is the i-th terminal, the same one each time.
func (s *Site) client(i int) *Client {
	s.Helper()
	for len(s.kept) <= i {
		s.kept = append(s.kept, s.Client(len(s.kept)))
	}
	return s.kept[i]
}

// EchoTLS is a configuration for both ends of a line without an acquirer.
func EchoTLS(tb testing.TB) *tls.Config {
	tb.Helper()
	s := &Site{TB: tb}
	s.makeAuthority()
	pool := x509.NewCertPool()
	pool.AddCert(s.ca)
	pair := s.issue("acquirer", x509.ExtKeyUsageServerAuth)
	return &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{pair}, RootCAs: pool, ServerName: "acquirer"}
}
