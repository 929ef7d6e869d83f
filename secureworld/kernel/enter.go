//go:build linux

package main

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/tetratelabs/wazero"

	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/internal/sandbox"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/application"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/applications"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/secretmem"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/tahost"
)

const (
	// paymentApplication is the name under which boot hands the payment
	// application over.
	paymentApplication = "payment"
	// callDeadline ends an operation of an application; the slowest was measured
	// at some milliseconds.
	callDeadline = 2 * time.Second
	// emulatedCallDeadline is that on an emulated processor, which is some thirty
	// times slower.
	emulatedCallDeadline = 20 * time.Second
)

// reserved is what only a process that may still do everything can have: secret
// memory, and the compiled applications.
type reserved struct {
	memory   *secretmem.Memory
	host     *tahost.Host
	compiled []applications.Module // beside the payment application
}

// enter gives up everything that the kernel does not need.
func enter(p *handover.Provisions, link *handover.Link) (reserved, sandbox.Report, error) {
	var r reserved
	report, err := sandbox.Enter(sandbox.Config{
		UID: p.Confine.UID, GID: p.Confine.GID, UserNamespace: p.Confine.UserNamespace,
		KillOnForbidden: p.Confine.KillOnForbidden,
		Reserve:         func() (err error) { r, err = reserve(p, link); return err },
	})
	return r, report, err
}

func reserve(p *handover.Provisions, link *handover.Link) (reserved, error) {
	if p.Confine.SelfTest {
		return reserved{}, nil
	}
	module, err := paymentModule(p)
	if err != nil {
		return reserved{}, err
	}
	size := secretmem.Suggested()
	memory, err := secretmem.Open(size)
	if err != nil {
		return reserved{}, err
	}
	r := reserved{memory: memory}
	err = withCode(p, link, func(caches func() wazero.CompilationCache) (err error) {
		var beside sync.WaitGroup
		defer beside.Wait()
		beside.Go(func() {
			r.compiled = applications.Compile(context.Background(), others(p), memory.Small(), caches)
		})
		r.host, err = tahost.New(context.Background(), tahost.Config{
			Wasm: module.Wasm, Memory: memory, Host: application.Functions(), Cache: caches(),
			CallDeadline: callLimit(), CompilationWorkers: runtime.NumCPU(), OnDemand: size.Arenas < 3,
		})
		if err != nil {
			return fmt.Errorf("payment application: %w", err)
		}
		return nil
	})
	return r, err
}

func callLimit() time.Duration {
	if sandbox.Isolation() == sandbox.IsolationVMEmulated {
		return emulatedCallDeadline
	}
	return callDeadline
}
