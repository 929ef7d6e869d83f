package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/strongroom-pos/strongroom/internal/logs"
	"github.com/strongroom-pos/strongroom/terminal/internal/access"
	"github.com/strongroom-pos/strongroom/terminal/internal/httpapi"
	"github.com/strongroom-pos/strongroom/terminal/internal/journal"
	"github.com/strongroom-pos/strongroom/terminal/internal/lane"
	"github.com/strongroom-pos/strongroom/terminal/internal/session"
	"github.com/strongroom-pos/strongroom/terminal/internal/webhook"
)

// goodbye is what requests have to end after a signal.
const goodbye = 5 * time.Second

func run(ctx context.Context, args []string, stderr io.Writer) error {
	s, err := parse(args, stderr)
	if err != nil {
		return err
	}
	if s.found.Check {
		return s.tell(stderr)
	}
	if s.snapshot != "" {
		return journal.Copy(ctx, s.data, s.snapshot)
	}
	w, err := watch(logs.New(stderr, "terminal"))
	if err != nil {
		return err
	}
	defer w.end()
	dial, err := session.Dialer(s.mailbox)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.data, 0o700); err != nil {
		return fmt.Errorf("making the data directory: %w", err)
	}
	j, err := journal.Open(filepath.Join(s.data, "journal.db"))
	if err != nil {
		return err
	}
	j.Observe(w.counts.Committed)
	carrier := session.Prefer(dial)
	l, err := lane.New(j, lane.Config{Dial: carrier.Dial, Now: time.Now, Random: rand.Reader, Log: w.log.Logger, Heard: w.payment})
	if err == nil {
		stop := handOut(ctx, s, j, w)
		err = serve(ctx, s, j, l, carrier, w)
		stop()
	}
	return errors.Join(err, j.Close())
}

// handOut gives copies of the journal to who may open its socket, until stop. Without
// it the terminal sells all the same.
func handOut(ctx context.Context, s settings, j *journal.Journal, w *watcher) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := j.HandOut(ctx, s.data); err != nil {
			w.log.Warn("no copies of the journal can be made while this terminal runs", "reason", err)
		}
	}()
	return func() { cancel(); <-ended }
}

// serve listens, publishes where, and runs until ctx ends or the journal fails.
func serve(ctx context.Context, s settings, j *journal.Journal, l *lane.Lane, carrier *session.Preferred, w *watcher) error {
	log := w.log.Logger
	courier, err := webhook.New(webhook.Config{Store: j, Source: l, Log: log, Now: time.Now})
	if err != nil {
		return err
	}
	secrets, err := access.Draw()
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", s.listen.String())
	if err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	tills, err := openTills(ctx, s, j)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer telling(ctx, courier)()
	address := listener.Addr().(*net.TCPAddr).AddrPort()
	page, lan := httpapi.Both(httpapi.Config{Lane: l, Secrets: secrets, Address: address,
		Shop: s.shop, Environment: s.environment, Version: version(), Journal: j, Log: log, Webhooks: courier, Pairing: tills.desk,
		Transport: carrier.Transport, Closing: ctx.Done(), Answered: w.request}, tills.lan)
	if err := w.serve(ctx, s.metrics, j, l, tills.desk); err != nil {
		return errors.Join(err, listener.Close(), tills.close())
	}
	if err := publish(s, secrets, address, w.address, tills.url); err != nil {
		return errors.Join(err, listener.Close(), tills.close())
	}
	log.Info("listening", "address", address.String())
	served := []serving{{httpapi.Server(page, log), httpapi.Bounded(listener)}}
	if tills.listener != nil {
		log.Info("listening for tills", "address", tills.listener.Addr().String())
		served = append(served, serving{httpapi.TLSServer(lan, tills.identity.Config(), log), tills.listener})
	}
	return both(ctx, cancel, served, l)
}

// serving is a server with what it listens on.
type serving struct {
	server   *http.Server
	listener net.Listener
}

func (s serving) serve() error {
	if s.server.TLSConfig != nil {
		return s.server.ServeTLS(s.listener, "", "")
	}
	return s.server.Serve(s.listener)
}

// both runs the servers and the lane; the end of any ends the others, and all are
// waited for.
func both(ctx context.Context, cancel func(), servers []serving, l *lane.Lane) error {
	laneDone, serverDone := make(chan error, 1), make(chan error, len(servers))
	go func() { defer cancel(); laneDone <- l.Run(ctx) }()
	for _, s := range servers {
		go func() { defer cancel(); serverDone <- s.serve() }()
	}
	<-ctx.Done()
	late, stop := context.WithTimeout(context.Background(), goodbye)
	defer stop()
	var all error
	for _, s := range servers {
		err := s.server.Shutdown(late)
		if errors.Is(err, context.DeadlineExceeded) {
			err = s.server.Close()
		}
		served := <-serverDone
		if errors.Is(served, http.ErrServerClosed) {
			served = nil
		}
		all = errors.Join(all, err, served)
	}
	return errors.Join(all, <-laneDone)
}

// publish writes this start's secrets and then the address: who sees the address
// finds the secrets.
func publish(s settings, secrets access.Secrets, address netip.AddrPort, metrics, tills string) error {
	base := "http://" + address.String()
	if err := secrets.Write(s.data, base); err != nil {
		return err
	}
	if s.addresses == "" {
		return nil
	}
	at := map[string]string{"http": base}
	if metrics != "" {
		at["metrics"] = metrics
	}
	if tills != "" {
		at["https"] = tills
	}
	body, err := json.Marshal(at)
	if err != nil {
		return err
	}
	if err := access.WriteFile(s.addresses, append(body, '\n'), 0o644); err != nil {
		return fmt.Errorf("writing the addresses: %w", err)
	}
	return nil
}

// version is the revision that was built, as Go recorded it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return "development"
}
