package host_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/host"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testlane"
)

// second is another node on the bench's database.
func (b *bench) second() *host.Host {
	b.Helper()
	h, err := host.Open(context.Background(), host.Config{Database: b.path, Terminals: b.lane.Terminals(2), Elements: b.lane.Client, Now: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = h.Close() })
	return h
}

func TestAKeyThatOneNodeOfferedIsTakenByAnother(t *testing.T) {
	b := newBench(t)
	b.signOn()
	first, other := b.host, b.second()
	back := b.lane.Rekey(t, b.terminal, b.offer())
	b.host = other
	b.signOn()
	b.host = first
	b.signOn() // proved there, known here
	back()
	m := b.terminal.Network(t, hostspec.NetworkEcho, nil)
	for _, h := range []*host.Host{first, other} {
		b.host = h
		b.refuses(m, host.RefusalKey)
	}
}

func TestTheSameBytesAtTwoNodesAtOnceAreBookedOnceAndAnsweredTheSame(t *testing.T) {
	b := newBench(t)
	c := b.issuedCard()
	nodes := [2]*host.Host{b.host, b.second()}
	for range 10 {
		m := b.by(c, testlane.SaleOf(100))
		var answers [2]string
		var all sync.WaitGroup
		for i, h := range nodes {
			all.Go(func() {
				reply, err := h.Handle(context.Background(), host.NewSession(b.terminal.ID, b.binding), m.Frame)
				if err != nil {
					t.Error(err)
				}
				answers[i] = string(reply.Frame)
			})
		}
		all.Wait()
		if answers[0] != answers[1] {
			t.Fatal("two nodes answered the same bytes differently")
		}
		b.books(m, 100)
	}
}
