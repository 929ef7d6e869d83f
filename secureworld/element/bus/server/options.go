package server

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus/subject"
)

// options translates a checked Config.
func options(c *Config) (*server.Options, error) {
	o := &server.Options{
		ServerName: c.Name, NoSigs: true, NoLog: c.Log == nil, DisableJetStreamBanner: true,
		DontListen: c.Listen == "", TLSConfig: c.TLS, TLS: c.TLS != nil, TLSTimeout: 3,
		JetStream: c.Folder != "", StoreDir: c.Folder, JetStreamDomain: c.Domain,
	}
	limit(o)
	admit(o, c.Users)
	for _, part := range []func(*server.Options, *Config) error{listen, cluster, leaves, centre} {
		if err := part(o, c); err != nil {
			return nil, fmt.Errorf("bus server: %w", err)
		}
	}
	return o, nil
}

func listen(o *server.Options, c *Config) (err error) {
	if c.Listen != "" {
		o.Host, o.Port, err = address(c.Listen)
	}
	return err
}

func cluster(o *server.Options, c *Config) (err error) {
	if c.Cluster == nil {
		return nil
	}
	k := &o.Cluster
	k.Name, k.Username, k.Password, k.TLSConfig = c.Cluster.Name, "route", c.Cluster.Secret, c.Cluster.TLS
	k.AuthTimeout, k.TLSTimeout, k.PingInterval, k.MaxPingsOut = 3, 3, pingInterval, maxPings
	for _, r := range c.Cluster.Routes {
		o.Routes = append(o.Routes, &url.URL{Scheme: "nats", Host: r, User: url.UserPassword("route", c.Cluster.Secret)})
	}
	k.Host, k.Port, err = address(c.Cluster.Listen)
	return err
}

func leaves(o *server.Options, c *Config) (err error) {
	if c.Leaves == "" {
		return nil
	}
	o.LeafNode.TLSConfig, o.LeafNode.TLSTimeout, o.LeafNode.AuthTimeout = c.TLS, 3, 3
	o.LeafNode.Host, o.LeafNode.Port, err = address(c.Leaves)
	return err
}

// centre joins this server to another. Records stay where they are: the centre has a
// registry under the same subjects, so they must not cross the link.
func centre(o *server.Options, c *Config) (err error) {
	if c.Centre == nil {
		return nil
	}
	r := &server.RemoteLeafOpts{
		TLS: c.Centre.TLS != nil, TLSConfig: c.Centre.TLS, TLSTimeout: 3,
		IgnoreDiscoveredServers: true, // the operator says which way a branch goes
		DenyExports:             []string{"$KV.>"}, DenyImports: []string{"$KV.>"},
	}
	for _, a := range c.Centre.Addresses {
		u := &url.URL{Scheme: "nats-leaf", Host: a}
		if c.Centre.Token != "" {
			u.User = url.UserPassword("leaf-"+c.Centre.Branch, c.Centre.Token)
		}
		r.URLs = append(r.URLs, u)
	}
	if c.Centre.Seed != "" {
		if r.Nkey, err = readSeed(c.Centre.Seed); err != nil {
			return err
		}
	}
	o.LeafNode.Remotes, o.LeafNode.ReconnectInterval = []*server.RemoteLeafOpts{r}, 500*time.Millisecond
	return nil
}

// readSeed is a string because nats-server wants it so; it stands for a branch's line
// and for nothing that is sealed.
func readSeed(path string) (string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	defer clear(b)
	pair, err := nkeys.ParseDecoratedUserNKey(b)
	if err != nil {
		return "", err
	}
	defer pair.Wipe()
	seed, err := pair.Seed()
	return string(seed), err
}

// admit lists who may connect. Whoever is a leaf can be nothing else.
func admit(o *server.Options, users []User) {
	for _, u := range users {
		p, kinds := permissions(u), map[string]struct{}{jwt.ConnectionTypeStandard: {}, jwt.ConnectionTypeInProcess: {}}
		if u.Role.Kind == subject.Leaf {
			kinds = map[string]struct{}{jwt.ConnectionTypeLeafnode: {}}
		}
		if u.NKey != "" {
			o.Nkeys = append(o.Nkeys, &server.NkeyUser{Nkey: u.NKey, Permissions: p, AllowedConnectionTypes: kinds})
			continue
		}
		o.Users = append(o.Users, &server.User{Username: u.Role.String(), Password: u.Token, Permissions: p, AllowedConnectionTypes: kinds})
	}
}

func permissions(u User) *server.Permissions {
	p := u.Role.Permission()
	out := &server.Permissions{
		Publish:   &server.SubjectPermission{Allow: p.Publish},
		Subscribe: &server.SubjectPermission{Allow: p.Subscribe},
	}
	if p.Respond {
		out.Response = &server.ResponsePermission{MaxMsgs: 1, Expires: 30 * time.Second}
	}
	return out
}

// address takes host and port apart; port 0 stands for a free one.
func address(s string) (host string, port int, err error) {
	host, text, err := net.SplitHostPort(s)
	if err != nil {
		return "", 0, err
	}
	if port, err = strconv.Atoi(text); port == 0 {
		port = server.RANDOM_PORT
	}
	return host, port, err
}
