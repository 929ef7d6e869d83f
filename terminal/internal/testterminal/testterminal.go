// Package testterminal is a terminal with a stand-in for the secure world, for tests
// of what speaks to it over HTTP.
//
// Only tests import it. It takes no card and holds no account data.
package testterminal

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net"
	"net/netip"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/terminal/internal/access"
	"github.com/strongroom-pos/strongroom/terminal/internal/httpapi"
	"github.com/strongroom-pos/strongroom/terminal/internal/journal"
	"github.com/strongroom-pos/strongroom/terminal/internal/lane"
	"github.com/strongroom-pos/strongroom/terminal/internal/receipt"
	"github.com/strongroom-pos/strongroom/terminal/internal/session"
	"github.com/strongroom-pos/strongroom/terminal/internal/standin"
	"github.com/strongroom-pos/strongroom/terminal/internal/webhook"
)

// Terminal is one that runs until its test ends.
type Terminal struct {
	Base  string // http://127.0.0.1:port
	Token string
	World *standin.World
	Lane  *lane.Lane
}

// Start starts one whose payments follow script.
func Start(t testing.TB, script func(mailbox.Start) []standin.Step) *Terminal {
	t.Helper()
	dir := t.TempDir()
	world := standin.New(script)
	listen := new(net.ListenConfig).Listen
	socket, err := listen(t.Context(), "unix", filepath.Join(dir, "mailbox"))
	check(t, err)
	go world.Serve(socket)
	j, err := journal.Open(filepath.Join(dir, "journal.db"))
	check(t, err)
	dial, err := session.Dialer(session.Config{Address: "unix:" + socket.Addr().String()})
	check(t, err)
	carrier, log := session.Prefer(dial), slog.New(slog.DiscardHandler)
	l, err := lane.New(j, lane.Config{Dial: carrier.Dial, Now: time.Now, Random: rand.Reader, Log: log, Settle: 150 * time.Millisecond})
	check(t, err)
	courier, err := webhook.New(webhook.Config{Store: j, Source: l, Log: log, Now: time.Now})
	check(t, err)
	secrets, err := access.Draw()
	check(t, err)
	listener, err := listen(t.Context(), "tcp", "127.0.0.1:0")
	check(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	server := httpapi.Server(httpapi.New(httpapi.Config{Lane: l, Secrets: secrets, Address: netip.MustParseAddrPort(listener.Addr().String()),
		Environment: "demo", Shop: receipt.Shop{Name: "Shop", Address: "Main Street 1"}, Version: "test", Webhooks: courier, Journal: j, Log: log,
		Transport: carrier.Transport, Closing: ctx.Done()}), log)
	var ran sync.WaitGroup
	ran.Go(func() { _ = l.Run(ctx) }) // a journal that breaks is told below
	ran.Go(func() { courier.Run(ctx) })
	go func() { _ = server.Serve(listener) }() // ends by Close below
	t.Cleanup(func() {
		cancel()
		_ = server.Close() // the test is over
		ran.Wait()
		_ = socket.Close() // likewise
		world.HangUp()
		check(t, j.Close())
	})
	for end := time.Now().Add(30 * time.Second); !l.Up(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the terminal does not reach its stand-in")
		}
	}
	return &Terminal{Base: "http://" + listener.Addr().String(), Token: secrets.Token(), World: world, Lane: l}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
