package bus_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/bustest"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/server"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/subject"
	group "github.com/strongroom-pos/strongroom/secureworld/element/group/door"
)

// shaky is a server at an address that a client and an MCU find again when it comes
// back.
type shaky struct {
	address string
	server  *server.Server
	mcu     *bus.Conn
	client  *bus.Conn
	carrier *bus.Carrier
}

func newShaky(t *testing.T, delay func(uint64) time.Duration) *shaky {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &shaky{address: l.Addr().String()}
	_ = l.Close()
	s.start(t)
	s.mcu, s.client = s.connect(t, mcu("g1", "a")), s.connect(t, client("a"))
	ctx, cancel := context.WithCancel(t.Context())
	served, g := make(chan error, 1), &bustest.Group{Branch: "north", Name: "g1", Epoch: 1, Delay: delay}
	go func() { served <- bus.Serve(ctx, s.mcu, "north", "g1", g) }()
	t.Cleanup(func() { cancel(); <-served }) // there is no registry to leave
	s.carrier = bus.NewCarrier(s.client, "north", "g1")
	eventually(t, "the group answers", func() bool {
		return s.carrier.Open(t.Context(), group.Open{Epoch: 1}) == nil
	})
	return s
}

func (s *shaky) start(t *testing.T) {
	t.Helper()
	var err error
	s.server, err = server.Start(server.Config{Name: "north", Listen: s.address, Users: []server.User{
		{Role: mcu("g1", "a"), Token: token}, {Role: client("a"), Token: token},
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.server.Close)
}

func (s *shaky) connect(t *testing.T, r subject.Role) *bus.Conn {
	t.Helper()
	conn, err := bus.Connect(bus.Config{URLs: []string{s.address}, Role: r, Token: token})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return conn
}

// ask asks one question and tells what came of it.
func (s *shaky) ask(t *testing.T, counter uint64) <-chan error {
	t.Helper()
	told := make(chan error, 1)
	go func() {
		_, err := s.carrier.Ask(t.Context(), []group.Question{{Epoch: 1, Counter: counter, Sealed: make([]byte, 32)}})
		told <- err
	}()
	return told
}

// back waits until a connection has its subscriptions again.
func (s *shaky) back(t *testing.T, c *bus.Conn) {
	t.Helper()
	eventually(t, "the connection is there again", func() bool {
		n := c.NATS()
		return n.Stats().Reconnects > 0 && n.Status() == nats.CONNECTED && n.FlushTimeout(time.Second) == nil
	})
}

func TestAQuestionThatCannotLeaveWaitsForTheNextServer(t *testing.T) {
	s := newShaky(t, nil)
	until := make(chan struct{})
	bus.TellLossesLater(s.client, until)
	s.server.Close()
	eventually(t, "the client finds its line lost", func() bool { return s.client.NATS().Status() == nats.RECONNECTING })
	told := s.ask(t, 1)
	s.start(t)
	s.back(t, s.mcu)
	close(until)
	if err := <-told; err != nil {
		t.Fatal("asked while there was no line:", err)
	}
}

func TestALossThatIsToldLateCostsNoQuestionOfTheNextLine(t *testing.T) {
	until, hold, asked := make(chan struct{}), make(chan struct{}), make(chan struct{})
	s := newShaky(t, func(uint64) time.Duration { close(asked); <-hold; return 0 })
	bus.TellLossesLater(s.client, until)
	s.server.Close()
	s.start(t)
	s.back(t, s.client)
	s.back(t, s.mcu)
	told := s.ask(t, 1)
	select { // time for the fault to show itself: none is needed where there is none
	case <-asked:
	case <-time.After(50 * time.Millisecond):
	}
	close(until)
	eventually(t, "the loss is told", func() bool { return s.client.Losses() == 1 })
	close(hold)
	if err := <-told; err != nil {
		t.Fatal("asked over a line that stands:", err)
	}
}
