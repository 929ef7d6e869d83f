package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/internal/plain/door"
)

// terminal is signed on and ready to sell. It serves one goroutine.
type terminal struct {
	cfg     door.Config
	codec   *codec.Codec
	journal *journal
	hostKey *keyState
	pinKey  *keyState
	host    *hostLink
	stan    uint32
	rrn     uint64
}

// open signs on at the host.
func open(ctx context.Context, cfg door.Config) (*terminal, error) {
	if err := os.MkdirAll(cfg.Directory, 0o700); err != nil {
		return nil, fmt.Errorf("making the directory: %w", err)
	}
	t := &terminal{cfg: cfg, codec: codec.New()}
	steps := []func() error{
		func() (err error) { t.journal, err = openJournal(cfg.Directory); return err },
		func() (err error) { t.hostKey, err = openKey(cfg.Directory, "host", cfg.HostKey); return err },
		func() (err error) { t.pinKey, err = openKey(cfg.Directory, "pin", cfg.PINKey); return err },
		func() (err error) { t.host, err = dialHost(ctx, cfg); return err },
		func() error { return t.signOn(ctx) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			t.close()
			return nil, err
		}
	}
	return t, nil
}

func (t *terminal) close() {
	if t.host != nil {
		_ = t.host.conn.Close()
	}
	if t.journal != nil {
		_ = t.journal.file.Close()
	}
}

// terms are the numbers and times of one message.
type terms struct {
	stan uint32
	rrn  uint64
	at   time.Time
}

// next takes the numbers of the next message.
func (t *terminal) next() terms {
	t.stan = t.stan%999_999 + 1
	t.rrn++
	return terms{stan: t.stan, rrn: t.rrn, at: time.Now()}
}
