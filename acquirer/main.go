// Command acquirer is the host that terminals pay through: gateway, ledger and
// an issuer stand-in, with its keys in secure elements behind Unix sockets.
//
// It belongs to another company than the terminals. It may hold what a host
// needs of a card for the time of one message; it must never hold a PIN in clear
// outside its elements, a terminal's private key, or a PAN in a file.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/host"
	"github.com/strongroom-pos/strongroom/acquirer/internal/gateway"
	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
	"github.com/strongroom-pos/strongroom/internal/logs"
	"github.com/strongroom-pos/strongroom/internal/settings"
	"github.com/strongroom-pos/strongroom/secureworld/element/reach"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	start := run
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "settle":
			start = settle
		case "profile":
			start = checkProfile
		}
	}
	if err := start(ctx, os.Args[1:], os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "acquirer:", err)
		os.Exit(1)
	}
}

type options struct {
	listen, cert, key, ca      string
	element, poolClient        string
	groups                     reach.Flags
	votes, makes               int
	audit                      auditOptions
	upstream                   upstreamOptions
	db                         string
	cards, terminals           string
	addresses, control, faults string
	misbehave                  string
	attestation, revoked       string
	metrics                    string
	found                      *settings.Found
}

func parse(args []string, stderr io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("acquirer", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.listen, "listen", "127.0.0.1:0", "`address` for terminals")
	flags.StringVar(&o.cert, "tls-cert", "", "this host's certificate, PEM `file`")
	flags.StringVar(&o.key, "tls-key", "", "its key, PEM `file`")
	flags.StringVar(&o.ca, "ca", "", "who certifies terminals, PEM `file`")
	flags.StringVar(&o.revoked, "revoked", "", "that authority's list of revoked certificates, PEM `file`, read at each handshake; empty asks for none")
	flags.StringVar(&o.element, "element", "", "Unix `socket` of the secure element, where there is one")
	o.groups.Register(flags, "acquirer")
	o.audit.register(flags)
	o.upstream.register(flags)
	flags.IntVar(&o.votes, "votes", groupVotes, "`number` of members of a group that must say the same, whatever its MCU proposes")
	flags.IntVar(&o.makes, "makes", groupMakes, "`number` of different makes that a group must have")
	flags.StringVar(&o.poolClient, "pool-client", "", "`folder` of this host's identity towards these groups")
	flags.StringVar(&o.db, "db", "", "SQLite `file` of ledger, issuer and messages, or the postgres:// URL of several nodes' one")
	flags.StringVar(&o.cards, "cards", "", "the issuer stand-in's cards, JSON `file`")
	flags.StringVar(&o.terminals, "terminals", "", "registered terminals, JSON `file`")
	flags.StringVar(&o.attestation, "attestation", "", "what is accepted of terminals' devices, JSON `file`; empty asks for no evidence")
	flags.StringVar(&o.addresses, "addresses", "", "`file` to write the addresses to")
	flags.StringVar(&o.control, "control", "", "Unix `socket` for tests and the demo, mode 0600")
	flags.StringVar(&o.faults, "fault", "", "faults from the start, a `JSON` list")
	flags.StringVar(&o.misbehave, "misbehave", "", "for tests and the demo: how often to answer late, not at all or twice, a `JSON` object; needs -control")
	flags.StringVar(&o.metrics, "metrics", "", "loopback `address` of the metrics, for Prometheus; empty: none")
	if o.found, err = configured(flags, args); err != nil {
		return o, err
	}
	if o.control == "" && (o.misbehave != "" || o.faults != "") {
		return o, errors.New("-misbehave and -fault are for tests and need -control")
	}
	for _, needed := range []string{o.cert, o.key, o.ca, o.db, o.terminals} {
		if needed == "" {
			return o, errors.New("-tls-cert, -tls-key, -ca, -db and -terminals are needed")
		}
	}
	if err := o.upstream.check(o.cards); err != nil {
		return o, err
	}
	return o, o.checkElements()
}

func run(ctx context.Context, args []string, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	if o.found.Check {
		return tell(o, stderr)
	}
	w, err := watching(logs.New(stderr, "acquirer"))
	if err != nil {
		return err
	}
	defer w.end()
	log := w.log.Logger
	config, err := tlsConfig(o)
	if err != nil {
		return err
	}
	line, err := o.upstream.link(log)
	if err != nil {
		return err
	}
	client, err := connect(ctx, o, log)
	if err != nil {
		return err
	}
	defer client.Close()
	if err := await(ctx, client); err != nil {
		return err
	}
	h, err := openHost(ctx, o, client, o.upstream.forwarding(line))
	if err != nil {
		return err
	}
	defer h.Close() //nolint:errcheck // every message was committed
	stop, err := forward(h, line)
	if err != nil {
		return err
	}
	defer stop() // when every terminal has its answer
	g := gateway.New(h, config, log)
	if line != nil {
		g.Line(line.Counters)
	}
	if err := setFaults(g, o.faults); err != nil {
		return err
	}
	if err := setMisbehaviour(g, o.misbehave); err != nil {
		return err
	}
	return w.serve(ctx, g, o)
}

func openHost(ctx context.Context, o options, client host.Elements, f *host.Forwarding) (*host.Host, error) {
	var terminals provisioning.Terminals
	if err := readJSON(o.terminals, &terminals); err != nil {
		return nil, fmt.Errorf("reading the terminals: %w", err)
	}
	h, err := host.Open(ctx, host.Config{Database: o.db, Terminals: terminals.Terminals, Elements: client, Now: time.Now, Forwarding: f})
	if err != nil {
		return nil, err
	}
	if err := setAttestation(h, o.attestation); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	if o.cards == "" {
		return h, nil
	}
	var cards provisioning.Cards
	if err := readJSON(o.cards, &cards); err != nil {
		return nil, errors.Join(fmt.Errorf("reading the cards: %w", err), h.Close())
	}
	if err := h.AddCards(ctx, cards.Cards); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

func setAttestation(h *host.Host, path string) error {
	if path == "" {
		return nil
	}
	var p provisioning.Attestation
	if err := readJSON(path, &p); err != nil {
		return fmt.Errorf("reading the attestation policy: %w", err)
	}
	return h.Attest(p)
}

func setFaults(g *gateway.Gateway, text string) error {
	if text == "" {
		return nil
	}
	var list []gateway.Fault
	if json.Unmarshal([]byte(text), &list) != nil {
		return errors.New("-fault is not a JSON list of faults")
	}
	for _, f := range list {
		if err := g.Fault(f); err != nil {
			return err
		}
	}
	return nil
}

func setMisbehaviour(g *gateway.Gateway, text string) error {
	if text == "" {
		return nil
	}
	var m provisioning.Misbehaviour
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if d.Decode(&m) != nil || g.Misbehave(m) != nil {
		return errors.New("-misbehave is not how often to misbehave")
	}
	return nil
}

// serve opens the doors, publishes them and waits. The first door that fails
// closes the other.
func serve(ctx context.Context, g *gateway.Gateway, o options, metrics string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", o.listen)
	if err != nil {
		return fmt.Errorf("listening for terminals: %w", err)
	}
	if err := publish(o, l.Addr().String(), metrics); err != nil {
		return errors.Join(err, l.Close())
	}
	ended := make(chan error, 2)
	doors := 1
	if o.control != "" {
		c, err := listenPrivately(ctx, o.control)
		if err != nil {
			return errors.Join(err, l.Close())
		}
		doors++
		go func() { ended <- g.ServeControl(ctx, c) }()
	}
	go func() { ended <- g.Serve(ctx, l) }()
	var first error
	for range doors {
		first = errors.Join(first, <-ended)
		cancel()
	}
	return first
}

func listenPrivately(ctx context.Context, path string) (net.Listener, error) {
	if info, err := os.Lstat(path); err == nil && info.Mode().Type() == os.ModeSocket {
		_ = os.Remove(path) // of an earlier run
	}
	old := syscall.Umask(0o177)
	defer syscall.Umask(old)
	var config net.ListenConfig
	l, err := config.Listen(ctx, "unix", path)
	if err != nil {
		return nil, errors.New("listening on the control socket")
	}
	return l, nil
}

// publish writes the addresses in one step, so that a reader finds all or
// nothing.
func publish(o options, address, metrics string) error {
	if o.addresses == "" {
		return nil
	}
	at := map[string]string{"host": address, "control": o.control}
	if metrics != "" {
		at["metrics"] = metrics
	}
	b, err := json.Marshal(at)
	if err != nil {
		return err
	}
	next := filepath.Join(filepath.Dir(o.addresses), "."+filepath.Base(o.addresses)+".new")
	if err := os.WriteFile(next, append(b, '\n'), 0o600); err != nil {
		return errors.New("publishing the addresses")
	}
	return os.Rename(next, o.addresses)
}

func tlsConfig(o options) (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(o.cert, o.key)
	if err != nil {
		return nil, errors.New("reading this host's certificate and key")
	}
	b, err := os.ReadFile(o.ca)
	if err != nil {
		return nil, errors.New("reading who certifies terminals")
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(b) {
		return nil, errors.New("reading who certifies terminals: no certificate")
	}
	config := &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{pair}, ClientCAs: pool}
	if o.revoked != "" {
		config.VerifyConnection = func(state tls.ConnectionState) error { return notRevoked(o.revoked, state) }
	}
	return config, nil
}

// readJSON refuses unknown fields and does not say what stood where: the file
// may hold cards.
func readJSON(path string, v any) error {
	f, err := os.Open(path)
	if err != nil {
		return errors.New("no such file")
	}
	defer f.Close() //nolint:errcheck // only read
	d := json.NewDecoder(f)
	d.DisallowUnknownFields()
	if d.Decode(v) != nil {
		return errors.New("not its JSON form")
	}
	return nil
}
