package main

import (
	"context"
	"os"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/subject"
)

// killed is what happened when the server that the clients were connected to died.
type killed struct {
	answered, lost    uint64
	retries, repeated uint64 // questions asked again, and those of them more than once
	inFlight          int
	longest           time.Duration // that one question took
	losses            int           // lines that were lost
}

// kill runs a cluster of three processes, has clients ask through the first and groups
// serve through the others, and kills the first.
func kill(ctx context.Context, crew crew, scale int, window time.Duration) (k killed, err error) {
	folder, err := os.MkdirTemp("", "star")
	if err != nil {
		return k, err
	}
	defer os.RemoveAll(folder)
	servers, err := startCluster(3, folder)
	defer func() {
		for _, p := range servers {
			p.kill()
		}
	}()
	if err != nil {
		return k, err
	}
	s := &site{branch: "centre"}
	defer s.close()
	through := func(order ...int) func(subject.Role) (*bus.Conn, error) {
		var urls []string
		for _, i := range order {
			urls = append(urls, servers[i].url)
		}
		return func(r subject.Role) (*bus.Conn, error) {
			return bus.Connect(bus.Config{URLs: urls, Role: r, Token: token})
		}
	}
	s.connect = through(1, 2)
	if err := s.keep(ctx, 3); err != nil {
		return k, err
	}
	const groups, clients, callers = 2, 4, 4
	for i := range groups {
		s.connect = through(1+i, 2-i)
		if _, err := s.serve(ctx, crew, i, scale); err != nil {
			return k, err
		}
	}
	s.connect = through(0, 1, 2)
	var list []asker
	var lines []*bus.Conn
	for i := range clients {
		c, d, conn, err := s.client(crew, clientName(i), bus.Branch{Name: s.branch})
		if err != nil {
			return k, err
		}
		if err := eventually(func() bool { return len(d.Carriers()) == groups }); err != nil {
			return k, err
		}
		list, lines = append(list, c), append(lines, conn)
	}
	l := begin(ctx, callers, list...)
	_ = l.rate(window)
	retries, repeated := l.retries(), l.repeated()
	servers[0].kill()
	_ = l.rate(window)
	l.end()
	for _, conn := range lines {
		k.losses += conn.Losses()
	}
	k.answered, k.lost, k.inFlight = l.total(), l.lost.Load(), clients*callers
	k.retries, k.repeated = l.retries()-retries, l.repeated()-repeated
	k.longest = time.Duration(l.longest.Load())
	return k, nil
}
