package main

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/nats-io/nkeys"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus/server"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/subject"
)

// config reads the files that the flags name.
func (a *arguments) config() (c server.Config, err error) {
	c = server.Config{Name: a.name, Listen: a.listen, Folder: a.folder, Domain: a.domain, Leaves: a.leaves}
	if c.Users, err = readUsers(a.users); err != nil {
		return c, err
	}
	inward, outward, err := a.tls()
	if err != nil {
		return c, err
	}
	c.TLS = inward
	if a.cluster != "" {
		secret, err := os.ReadFile(a.secret) //nolint:gosec // named by the operator
		if err != nil {
			return c, fmt.Errorf("reading the cluster's secret: %w", err)
		}
		c.Cluster = &server.Cluster{
			Name: "centre", Listen: a.cluster, Routes: list(a.routes), Secret: strings.TrimSpace(string(secret)), TLS: outward,
		}
	}
	if a.centre != "" {
		c.Centre = &server.Centre{Addresses: list(a.centre), Branch: a.name, Seed: a.seed, TLS: outward}
	}
	return c, nil
}

func list(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}

func readUsers(path string) (users []server.User, err error) {
	b, err := os.ReadFile(path) //nolint:gosec // named by the operator
	if err != nil {
		return nil, fmt.Errorf("reading the users: %w", err)
	}
	if json.Unmarshal(b, &users) != nil {
		return nil, errors.New("reading the users: no list of users")
	}
	return users, nil
}

// tls is for MCUs, clients and branches, and for servers among each other, who prove
// themselves to both sides.
func (a *arguments) tls() (inward, outward *tls.Config, err error) {
	if a.certificate == "" {
		return nil, nil, nil
	}
	pair, err := tls.LoadX509KeyPair(a.certificate, a.key)
	if err != nil {
		return nil, nil, errors.New("reading certificate and key")
	}
	b, err := os.ReadFile(a.authority) //nolint:gosec // named by the operator
	authorities := x509.NewCertPool()
	if err != nil || !authorities.AppendCertsFromPEM(b) {
		return nil, nil, errors.New("reading the authority")
	}
	inward = &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{pair}}
	outward = &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{pair},
		RootCAs: authorities, ClientCAs: authorities, ClientAuth: tls.RequireAndVerifyClientCert,
	}
	return inward, outward, nil
}

// self is this program as a user of its own server.
type self struct {
	role  subject.Role
	token string
}

// admitSelf lets this program in, by a token that no one else learns.
func admitSelf(c *server.Config) (self, error) {
	s := self{subject.Role{Kind: subject.Keeper, Name: c.Name}, rand.Text()}
	if !s.role.Valid() {
		return s, errors.New("a name is lower-case letters, digits and hyphens")
	}
	c.Users = append(c.Users, server.User{Role: s.role, Token: s.token})
	return s, nil
}

// newKey writes a seed and prints its public half.
func newKey(args []string, out io.Writer) error {
	if len(args) != 1 {
		return errors.New("hub key FILE")
	}
	pair, err := nkeys.CreateUser()
	if err != nil {
		return err
	}
	defer pair.Wipe()
	seed, err := pair.Seed()
	if err != nil {
		return err
	}
	defer clear(seed)
	public, err := pair.PublicKey()
	if err != nil {
		return err
	}
	f, err := os.OpenFile(args[0], os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // named by the operator
	if err != nil {
		return errors.New("the file exists, or cannot be made")
	}
	_, err = f.Write(seed)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	fmt.Fprintln(out, public)
	return nil
}
