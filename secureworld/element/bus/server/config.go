// Package server is a NATS server within a program: one of a cluster at the centre, or
// that of a branch, joined to the centre as a leaf. It has no monitor over HTTP, takes
// no signals and writes no files but JetStream's.
//
// Users and what they may say come from the table in package subject; nobody else is
// let in. What passes through it is sealed by clients and elements, so a server that
// is taken over delays and counts, and reads nothing.
//
// It links nats-server, which brings net/http, os/exec and expvar, so an MCU's program
// and tests link it and nothing that holds account data or keys does.
package server

import (
	"crypto/tls"
	"errors"
	"log/slog"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus/subject"
)

// Config is one server. Addresses are host and port.
type Config struct {
	Name   string // within the cluster
	Listen string // for MCUs and clients; "": in this process alone
	TLS    *tls.Config
	Users  []User // nobody else is let in; needed wherever the server listens

	Folder string // of JetStream; "": none
	Domain string // of JetStream: the branch's name, and another one at the centre

	Cluster *Cluster // nil: alone
	Leaves  string   // for the servers of branches; "": none
	Centre  *Centre  // nil: not a leaf

	Log *slog.Logger // warnings and errors; nil: none
}

// User is a role and how it proves itself: by the public half of an NKey (Ed25519) or
// by a token.
type User struct {
	Role  subject.Role
	NKey  string
	Token string
}

// Cluster is servers that share everything, joined by routes.
type Cluster struct {
	Name   string
	Listen string
	Routes []string // addresses of the others
	Secret string   // shared by all servers
	TLS    *tls.Config
}

// Centre is where a branch's server joins as a leaf.
type Centre struct {
	Addresses []string
	Branch    string
	Seed      string // path of the NKey's seed, or
	Token     string
	TLS       *tls.Config
}

var (
	errUsers   = errors.New("bus server: a server that listens needs users")
	errUser    = errors.New("bus server: a user without a valid role, or without exactly one of NKey and token")
	errCluster = errors.New("bus server: a cluster needs a name, a secret and an address")
	errCentre  = errors.New("bus server: a leaf needs an address, a branch, and a seed or a token")
	errStart   = errors.New("bus server: not ready in time")
)

// check refuses what would listen to anyone.
func (c *Config) check() error {
	if (c.Listen != "" || c.Leaves != "") && len(c.Users) == 0 {
		return errUsers
	}
	for _, u := range c.Users {
		if !u.Role.Valid() || (u.NKey == "") == (u.Token == "") {
			return errUser
		}
	}
	if k := c.Cluster; k != nil && (k.Name == "" || k.Secret == "" || k.Listen == "") {
		return errCluster
	}
	if k := c.Centre; k != nil && (len(k.Addresses) == 0 || !subject.Valid(k.Branch) || (k.Seed == "") == (k.Token == "")) {
		return errCentre
	}
	return nil
}
