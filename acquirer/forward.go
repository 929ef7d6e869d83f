package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/host"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/profile"
	"github.com/strongroom-pos/strongroom/acquirer/internal/upstream"
)

// upstreamOptions are those of the line to a host that decides instead of the issuer
// stand-in.
type upstreamOptions struct {
	address, profile string
	ca, cert, key    string
	seconds          int
}

const (
	// upstreamSeconds leaves a terminal, which waits hostspec.AnswerDeadline, its answer.
	upstreamSeconds = 15
	// upstreamRetry is the first pause before a reversal is repeated.
	upstreamRetry = time.Second
)

func (u *upstreamOptions) register(flags *flag.FlagSet) {
	flags.StringVar(&u.address, "upstream", "", "`host:port` of another acquirer's host, which decides; empty: the issuer stand-in does")
	flags.StringVar(&u.profile, "profile", "", "how the upstream host writes its messages, JSON `file`")
	flags.StringVar(&u.ca, "upstream-ca", "", "who certifies that host, PEM `file`")
	flags.StringVar(&u.cert, "upstream-cert", "", "this host's certificate towards it, PEM `file`")
	flags.StringVar(&u.key, "upstream-key", "", "its key, PEM `file`")
	flags.IntVar(&u.seconds, "upstream-seconds", upstreamSeconds, "how many `seconds` an answer is waited for")
}

func (u *upstreamOptions) check(cards string) error {
	files := []string{u.profile, u.ca, u.cert, u.key}
	for _, f := range files {
		if (f == "") != (u.address == "") {
			return errors.New("-upstream, -profile, -upstream-ca, -upstream-cert and -upstream-key are needed together")
		}
	}
	switch {
	case u.address != "" && cards != "":
		return errors.New("-cards is of the issuer stand-in, which -upstream replaces")
	case u.seconds < 1 || time.Duration(u.seconds)*time.Second > hostspec.AnswerDeadline-2*time.Second:
		return fmt.Errorf("-upstream-seconds must leave a terminal two of its %d seconds", hostspec.AnswerDeadline/time.Second)
	}
	return nil
}

// link makes the line, nil where there is none.
func (u *upstreamOptions) link(log *slog.Logger) (*upstream.Link, error) {
	if u.address == "" {
		return nil, nil
	}
	if _, _, err := net.SplitHostPort(u.address); err != nil {
		return nil, errors.New("-upstream is not host:port")
	}
	f, err := os.Open(u.profile)
	if err != nil {
		return nil, errors.New("reading -profile: no such file")
	}
	defer f.Close()
	p, err := profile.Read(f)
	if err != nil {
		return nil, err
	}
	pair, err := tls.LoadX509KeyPair(u.cert, u.key)
	if err != nil {
		return nil, errors.New("reading -upstream-cert and -upstream-key")
	}
	b, err := os.ReadFile(u.ca)
	pool := x509.NewCertPool()
	if err != nil || !pool.AppendCertsFromPEM(b) {
		return nil, errors.New("reading -upstream-ca: no certificate")
	}
	config := &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{pair}, RootCAs: pool}
	return upstream.New(upstream.Config{Address: u.address, TLS: config, Profile: p, Patience: u.wait(), Log: log})
}

func (u *upstreamOptions) wait() time.Duration { return time.Duration(u.seconds) * time.Second }

// forwarding is what the host is told of the line.
func (u *upstreamOptions) forwarding(l *upstream.Link) *host.Forwarding {
	if l == nil {
		return nil
	}
	return &host.Forwarding{To: l, Patience: u.wait(), Retry: upstreamRetry}
}

// forward keeps the line up and repeats reversals over it until it is stopped. A host
// without a line does not start while another one's word is waited for.
func forward(h *host.Host, l *upstream.Link) (stop func(), err error) {
	if l == nil {
		p, err := h.Pending(context.Background())
		if err == nil && p.Asked+p.Reversals > 0 {
			err = errors.New("reversals wait for an upstream host: start with -upstream until GET /health says that none do")
		}
		return func() {}, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	var lives sync.WaitGroup
	lives.Go(func() { l.Run(ctx) })
	lives.Go(func() { h.Forward(ctx) })
	return func() { cancel(); lives.Wait() }, nil
}
