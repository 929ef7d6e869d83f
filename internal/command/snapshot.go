//go:build linux

package command

import (
	"context"
	"fmt"
	"time"

	"github.com/strongroom-pos/strongroom/internal/doctor"
	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/desk"
	"github.com/strongroom-pos/strongroom/internal/virtualcard"
)

// snapshot is a running lane at one moment, for status and doctor.
type snapshot struct {
	doctor.Lane
	storageFault string
	slot         virtualcard.TrayState
	health       desk.Health
	versions     versions
	batch        settlement
	silent       error // of the terminal
}

// versions are what runs.
type versions struct {
	Terminal     string `json:"terminal"`
	Go           string `json:"go"`
	Kernel       uint32 `json:"kernel"`
	KernelStarts uint32 `json:"kernel_starts"`
	Parameters   uint32 `json:"parameters"`
}

// settlement is what a batch says of itself.
type settlement struct {
	Batch    uint32 `json:"batch"`
	State    string `json:"state"`
	Currency string `json:"currency"`
	Ours     struct {
		Sales   sum   `json:"sales"`
		Refunds sum   `json:"refunds"`
		Net     int64 `json:"net"`
	} `json:"ours"`
	ClosedAt *string `json:"closed_at"`
}

type sum struct {
	Count  uint32 `json:"count"`
	Amount int64  `json:"amount"`
}

// shoot asks everybody. What does not answer is left out: a lane that is ill must not
// keep its doctor waiting.
func shoot(ctx context.Context, p estate.Places) (s snapshot) {
	s.Running, s.storageFault = true, p.StorageFault()
	var err error
	s.slot, err = p.Slot(ctx)
	s.Slot = err == nil
	s.askDesk(ctx, p)
	if s.Terminal, s.silent = p.Till.Terminal(ctx); s.silent != nil {
		// It may answer without its secure world.
		s.Ready, err = p.Till.Ready(ctx)
		s.Answers = err == nil
		return s
	}
	s.Answers = true
	s.askTill(ctx, p)
	return s
}

func (s *snapshot) askDesk(ctx context.Context, p estate.Places) {
	var err error
	if s.health, err = p.Desk.Health(ctx); err != nil {
		return
	}
	if books, err := p.Desk.Ledger(ctx); err == nil {
		s.Acquirer = &doctor.Acquirer{Elements: s.health.Elements, Balanced: books.Balanced()}
	}
}

func (s *snapshot) askTill(ctx context.Context, p estate.Places) {
	var security struct {
		KernelVersion uint32 `json:"kernel_version"`
		KernelStarts  uint32 `json:"kernel_starts"`
		Parameters    struct {
			Version uint32 `json:"version"`
		} `json:"parameters"`
	}
	var program struct{ Version, Go string }
	for _, ask := range []func() error{
		func() (err error) { s.Ready, err = p.Till.Ready(ctx); return err },
		func() (err error) { s.Security, err = p.Till.Security(ctx); return err },
		func() (err error) { s.Keys, err = p.Till.Keys(ctx); return err },
		func() error { return p.Till.Get(ctx, "/v1/queue", &s.Queue) },
		func() error { return p.Till.Get(ctx, "/v1/batches/current", &s.batch) },
		func() error { return p.Till.Get(ctx, "/v1/terminal/security", &security) },
		func() error { return p.Till.Get(ctx, "/version", &program) },
	} {
		_ = ask() // what is missing shows as missing
	}
	s.versions = versions{program.Version, program.Go, security.KernelVersion, security.KernelStarts, security.Parameters.Version}
	s.Batch = doctor.Batch{Number: int(s.batch.Batch), State: s.batch.State, Since: s.since(ctx, p)}
}

// since is when the batch before was closed, the time from which this one is open.
func (s *snapshot) since(ctx context.Context, p estate.Places) time.Time {
	var before settlement
	if s.batch.Batch < 2 || p.Till.Get(ctx, fmt.Sprintf("/v1/batches/%d", s.batch.Batch-1), &before) != nil || before.ClosedAt == nil {
		return time.Time{}
	}
	t, _ := time.Parse(time.RFC3339, *before.ClosedAt) // zero where it is none
	return t
}
