// Command hub is a server of the bus between groups of secure elements: one of the
// cluster at the centre, or that of a branch, joined to the centre as a leaf.
//
//	hub -name centre-0 -listen HOST:PORT -users FILE -folder FOLDER -domain centre
//	    -cluster HOST:PORT -routes A,B -secret FILE -leaves HOST:PORT
//	    -branches north,south -view SOCKET
//	hub -name north -listen HOST:PORT -users FILE -folder FOLDER -domain north
//	    -centre A,B -seed FILE
//	hub key FILE        makes an NKey: the seed into the file, the public half printed
//
// The file of users is a JSON list of {"role": {"kind", "name", "branch", "group"},
// "nkey"}; see package subject for what each kind (mcu, client, auditor, leaf) may say.
// Nobody else is let in. With -cert, -key and -ca all lines are TLS 1.3: MCUs and clients
// verify the hub by the authority that they were given, and prove themselves by their
// seeds.
//
// It is trusted with nothing: what it carries is sealed between clients and elements.
// It links nats-server and with it net/http, so it must never link what holds a key of
// an element or account data.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus/server"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "hub:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) > 0 && args[0] == "key" {
		return newKey(args[1:], stdout)
	}
	a, err := parse(args, stderr)
	if err != nil {
		return err
	}
	c, err := a.config()
	if err != nil {
		return err
	}
	c.Log = slog.New(slog.NewJSONHandler(stderr, nil)).With("program", "hub")
	own, err := admitSelf(&c)
	if err != nil {
		return err
	}
	s, err := server.Start(c)
	if err != nil {
		return err
	}
	defer s.Close()
	return a.serve(ctx, s, own, stderr)
}

// arguments are the flags.
type arguments struct {
	name, listen, users, folder, domain  string
	cluster, routes, secret              string
	leaves, centre, seed, branches, view string
	certificate, key, authority          string
	replicas                             int
}

func parse(args []string, stderr io.Writer) (a arguments, err error) {
	flags := flag.NewFlagSet("hub", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&a.name, "name", "", "`name` of this server; that of the branch where it is a branch's")
	flags.StringVar(&a.listen, "listen", "127.0.0.1:4222", "`address` for MCUs and clients")
	flags.StringVar(&a.users, "users", "", "`file` of users")
	flags.StringVar(&a.folder, "folder", "", "`folder` of the registry")
	flags.StringVar(&a.domain, "domain", "", "`name` of the registry's domain: the branch, or another one at the centre")
	flags.StringVar(&a.cluster, "cluster", "", "`address` for the other servers of the cluster; empty: alone")
	flags.StringVar(&a.routes, "routes", "", "`addresses` of the other servers, with commas between")
	flags.StringVar(&a.secret, "secret", "", "`file` of the secret that the cluster shares")
	flags.StringVar(&a.leaves, "leaves", "", "`address` for the servers of branches; empty: none")
	flags.StringVar(&a.centre, "centre", "", "`addresses` of the centre, with commas between; empty: this is no branch")
	flags.StringVar(&a.seed, "seed", "", "`file` of this branch's seed at the centre")
	flags.StringVar(&a.branches, "branches", "", "`names` of the branches to look at, with commas between")
	flags.StringVar(&a.view, "view", "", "Unix `path` that tells how all groups do, mode 0600; empty: none")
	flags.StringVar(&a.certificate, "cert", "", "`file` of this server's certificate; empty: no TLS")
	flags.StringVar(&a.key, "key", "", "`file` of its key")
	flags.StringVar(&a.authority, "ca", "", "`file` of the authority of the other servers")
	flags.IntVar(&a.replicas, "replicas", 1, "`number` of servers that keep the registry")
	if err := flags.Parse(args); err != nil {
		return a, err
	}
	if a.name == "" || a.users == "" || a.folder == "" || flags.NArg() != 0 {
		return a, errors.New("-name, -users and -folder are needed")
	}
	return a, nil
}
