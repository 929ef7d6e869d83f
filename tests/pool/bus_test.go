package pool

import (
	"os"
	"testing"

	"github.com/nats-io/nkeys"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/registry"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/server"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/subject"
	"github.com/strongroom-pos/strongroom/secureworld/element/pool"
)

// seed makes a user of the bus with a key of its own, its seed in a file.
func (s *site) seed(role subject.Role) (server.User, string) {
	s.Helper()
	pair, err := nkeys.CreateUser()
	check(s.T, err)
	public, err := pair.PublicKey()
	check(s.T, err)
	text, err := pair.Seed()
	check(s.T, err)
	path := s.path(role.String() + ".seed")
	check(s.T, os.WriteFile(path, text, 0o600))
	return server.User{Role: role, NKey: public}, path
}

func TestAGroupIsReachedOverTheBus(t *testing.T) {
	s := newSite(t)
	roles := []subject.Role{
		{Kind: subject.Keeper, Name: "a"}, {Kind: subject.Client, Name: "a"},
		{Kind: subject.MCU, Name: "mcu", Branch: "test", Group: "g"},
	}
	var users []server.User
	var seeds []string
	for _, r := range roles {
		user, path := s.seed(r)
		users, seeds = append(users, user), append(seeds, path)
	}
	srv, err := server.Start(server.Config{Name: "test", Listen: "127.0.0.1:0", Users: users, Folder: s.path("bus")})
	check(t, err)
	t.Cleanup(srv.Close)
	var conns []*bus.Conn
	for i, r := range roles[:2] {
		conn, err := bus.Connect(bus.Config{Server: srv, Role: r, Seed: seeds[i]})
		check(t, err)
		t.Cleanup(conn.Close)
		conns = append(conns, conn)
	}
	_, err = registry.Create(t.Context(), conns[0].NATS(), 1)
	check(t, err)
	g := s.group("g", "quorum", makes(), "-nats", srv.URL(), "-nats-seed", seeds[2])
	g.serving(3)
	d := bus.NewDirectory(conns[1], bus.Branch{Name: "test"})
	t.Cleanup(d.Close)
	s.until("the group is listed", func() bool { return len(d.Carriers()) == 1 })
	client := s.clientOf("client", func() (list []pool.Carrier) {
		for _, c := range d.Carriers() {
			list = append(list, c)
		}
		return list
	})
	f := newBook(t, s.world).ask(t, client)
	f.more(s, 400)
	f.hold(t, result{Case: "honest, over the bus", Found: "nothing"})
}
