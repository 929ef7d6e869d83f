package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/registry"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/server"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/subject"
)

const token = "a token of the tests"

// patience bounds what must happen at all; nothing is measured by it.
const patience = 30 * time.Second

var errPatience = errors.New("it did not come to pass")

func mcuRole(branch, group string) subject.Role {
	return subject.Role{Kind: subject.MCU, Name: "a", Branch: branch, Group: group}
}

func clientRole(name string) subject.Role { return subject.Role{Kind: subject.Client, Name: name} }

func keeperRole() subject.Role { return subject.Role{Kind: subject.Keeper, Name: "a"} }

// users is everyone whom these measurements know.
func users(branch string, groups, clients int) []server.User {
	list := []server.User{{Role: keeperRole(), Token: token}, {Role: subject.Role{Kind: subject.Leaf, Branch: "north"}, Token: token}}
	for i := range groups {
		list = append(list, server.User{Role: mcuRole(branch, groupName(i)), Token: token})
	}
	for i := range clients {
		list = append(list, server.User{Role: clientRole(clientName(i)), Token: token})
	}
	return list
}

func groupName(i int) string  { return fmt.Sprintf("g%d", i) }
func clientName(i int) string { return fmt.Sprintf("c%d", i) }

// site is a branch: where to connect, and what came into being on the way.
type site struct {
	branch  string
	server  *server.Server // nil: in processes of their own
	connect func(subject.Role) (*bus.Conn, error)
	askers  []func() // end clients
	groups  []*serving
	ends    []func() // end the rest
}

// close ends clients, then groups, which may take their time to leave, and then the
// rest, in the reverse order.
func (s *site) close() {
	for _, end := range slices.Backward(s.askers) {
		end()
	}
	var leaving sync.WaitGroup
	for _, g := range s.groups {
		leaving.Go(func() { _ = g.leave() })
	}
	leaving.Wait()
	for _, end := range slices.Backward(s.ends) {
		end()
	}
}

// alone is a branch of one server in this process.
func alone(ctx context.Context, branch string, change func(*server.Config)) (*site, error) {
	folder, err := os.MkdirTemp("", "star")
	if err != nil {
		return nil, err
	}
	c := server.Config{Name: branch, Users: users(branch, 16, 16), Folder: folder}
	if change != nil {
		change(&c)
	}
	srv, err := server.Start(c)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	s := &site{branch: branch, server: srv, ends: []func(){func() { _ = os.RemoveAll(folder) }, srv.Close}}
	s.connect = func(r subject.Role) (*bus.Conn, error) {
		return bus.Connect(bus.Config{Server: srv, Role: r, Token: token})
	}
	if err := s.keep(ctx, 1); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// keep makes the registry; a cluster may have no leader yet.
func (s *site) keep(ctx context.Context, replicas int) error {
	conn, err := s.connect(keeperRole())
	if err != nil {
		return err
	}
	defer conn.Close()
	return eventually(func() bool {
		ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		_, err = registry.Create(ctx, conn.NATS(), replicas)
		return err == nil
	})
}

func eventually(is func() bool) error {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if is() {
			return nil
		}
	}
	return errPatience
}
