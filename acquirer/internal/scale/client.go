package scale

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"sync/atomic"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/hostframe"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testlane"
)

// Client is a terminal that has the addresses of all nodes. It is used by one goroutine.
type Client struct {
	// Known is what each payment came to, by DE 37, as far as the terminal was told.
	Known map[string]int64
	// Done and Lost count payments, and messages that had no answer.
	Done, Lost *atomic.Int64

	site     *Site
	terminal *testlane.Terminal
	card     *testlane.Card
	tls      *tls.Config
	at       int // the node that it uses
	conn     *tls.Conn
	problems []string
}

// Client is the i-th terminal.
func (s *Site) Client(i int) *Client {
	s.Helper()
	t := s.lane.NewTerminal(s, i)
	pool := x509.NewCertPool()
	pool.AddCert(s.ca)
	return &Client{
		Known: map[string]int64{}, Done: &atomic.Int64{}, Lost: &atomic.Int64{},
		site: s, terminal: t, card: s.cards[i], at: i % len(s.nodes),
		tls: &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: pool, ServerName: "acquirer",
			Certificates: []tls.Certificate{s.issue(t.ID, x509.ExtKeyUsageClientAuth)}},
	}
}

// errLost says that no answer came: what was asked may have been done.
var errLost = errors.New("scale: no answer")

// answerTime is shorter than a terminal's: what is not answered by then is lost.
const answerTime = 10 * time.Second

// ask sends a message over the terminal's connection. Where no answer comes, the next
// message goes to the next node.
func (c *Client) ask(m testlane.Message) (*codec.Message, error) {
	b, err := c.exchange(m.Frame)
	if err != nil {
		c.Lost.Add(1)
		c.Close()
		c.at = (c.at + 1) % len(c.site.nodes)
		return nil, errLost
	}
	return c.terminal.Check(c.site, m, b), nil
}

func (c *Client) exchange(frame []byte) (answer []byte, err error) {
	if c.conn == nil {
		if c.conn, err = c.dial(c.at); err != nil {
			c.conn = nil
			return nil, err
		}
	}
	return roundTrip(c.conn, frame)
}

func (c *Client) dial(node int) (*tls.Conn, error) {
	d := tls.Dialer{NetDialer: &net.Dialer{Timeout: answerTime}, Config: c.tls}
	conn, err := d.Dial("tcp", c.site.nodes[node].Address) //nolint:noctx // has a time limit
	if err != nil {
		time.Sleep(5 * time.Millisecond) // a node that is not there
		return nil, err
	}
	return conn.(*tls.Conn), nil
}

func roundTrip(conn net.Conn, frame []byte) ([]byte, error) {
	if err := conn.SetDeadline(time.Now().Add(answerTime)); err != nil {
		return nil, err
	}
	if err := hostframe.Write(conn, frame); err != nil {
		return nil, err
	}
	return hostframe.Read(conn)
}

// Close ends the connection.
func (c *Client) Close() {
	if c.conn != nil {
		_ = c.conn.Close()
		c.conn = nil
	}
}

// until repeats a message, each time as repeat makes it, until an answer settles it.
func (c *Client) until(settles func(string) bool, first testlane.Message, repeat func() testlane.Message) (response string) {
	for end := time.Now().Add(patience); time.Now().Before(end) && !c.site.Failed(); {
		if a, err := c.ask(first); err == nil && settles(a.String(39)) {
			return a.String(39)
		}
		first = repeat()
	}
	c.problems = append(c.problems, "a message was not settled")
	return ""
}

// reverse takes back what had no answer, or what the customer does not want any more.
func (c *Client) reverse(m testlane.Message, void bool) {
	make := c.terminal.Reversal
	first := make(c.site, hostspec.MTIReversal, m)
	if void {
		first = c.terminal.Void(c.site, m)
	}
	c.until(hostspec.SettlesReversal, first, func() testlane.Message { return make(c.site, hostspec.MTIReversalRepeat, m) })
	c.Known[number(m)] = 0
}

func number(m testlane.Message) string { return m.Fields.String(37) }

// pay sends a request, which is never repeated: without an answer it is taken back.
func (c *Client) pay(m testlane.Message, comesTo int64) (approved *codec.Message) {
	a, err := c.ask(m)
	if err != nil {
		c.reverse(m, false)
		return nil
	}
	if c.Known[number(m)] = 0; a.String(39) != hostspec.ResponseApproved {
		c.problems = append(c.problems, "a request was answered "+a.String(39))
		return nil
	}
	c.Known[number(m)] = comesTo
	return a
}

// Sale is what most are.
func (c *Client) Sale(amount int64) (testlane.Message, bool) {
	m := c.terminal.Sale(c.site, c.card, amount, "")
	return m, c.pay(m, amount) != nil
}

// Void takes back a sale that was complete.
func (c *Client) Void(amount int64) {
	if m, ok := c.Sale(amount); ok {
		c.reverse(m, true)
	}
}

// Refund gives part of a sale back.
func (c *Client) Refund(amount int64) {
	if m, ok := c.Sale(amount); ok {
		c.pay(c.terminal.Return(c.site, m, amount/2), -(amount / 2))
	}
}

// Capture holds, and then takes less. A capture is repeated until it is answered.
func (c *Client) Capture(amount int64) {
	m := c.terminal.By(c.site, c.card, testlane.HoldOf(amount))
	a := c.pay(m, 0)
	if a == nil {
		return
	}
	take := c.terminal.Capture(c.site, m, a.String(38), amount-1, true)
	response := c.until(hostspec.SettlesAdvice, take, func() testlane.Message {
		return c.terminal.Repeat(c.site, hostspec.MTIAdviceRepeat, take)
	})
	if c.Known[number(take)] = amount - 1; response != hostspec.ResponseApproved {
		c.problems = append(c.problems, "a capture was answered "+response)
	}
}

// Twice sends the same bytes to two nodes at once, as a network that doubles them would.
// Those that answer say the same.
func (c *Client) Twice(amount int64) {
	m := c.terminal.Sale(c.site, c.card, amount, "")
	other := make(chan []byte, 1)
	go func() {
		defer close(other)
		conn, err := c.dial((c.at + 1) % len(c.site.nodes))
		if err != nil {
			return
		}
		defer conn.Close() //nolint:errcheck // nothing is left to be done
		if b, err := roundTrip(conn, m.Frame); err == nil {
			other <- b
		}
	}()
	here, err := c.exchange(m.Frame)
	there, answered := <-other
	if err != nil {
		c.Lost.Add(1)
		c.Close()
		c.at = (c.at + 1) % len(c.site.nodes)
	}
	if err == nil && answered && !bytes.Equal(here, there) {
		c.problems = append(c.problems, "two nodes answered the same bytes differently")
	}
	if err != nil {
		c.reverse(m, false)
		return
	}
	c.Known[number(m)] = 0
	if c.terminal.Check(c.site, m, here).String(39) == hostspec.ResponseApproved {
		c.Known[number(m)] = amount
	}
}
