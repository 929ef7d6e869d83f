//go:build linux

package main

import (
	"errors"

	"github.com/tetratelabs/wazero"

	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/compiled"
)

// withCode lets f compile applications by caches with the machine code of the last
// kernel, and gives boot that of this one. What cannot be used or kept costs the time
// to compile; boot's log says so.
func withCode(p *handover.Provisions, link *handover.Link, f func(caches func() wazero.CompilationCache) error) error {
	code, unmap, err := p.MapCompiled()
	defer unmap()
	shelf, unreadable := compiled.New(code)
	_, other := shelf.Cache()
	failed := errors.Join(err, unreadable, other)
	err = f(func() wazero.CompilationCache {
		cache, _ := shelf.Cache() // nil, as above, to compile anew
		return cache
	})
	if err != nil {
		return err
	}
	if shelf.Changed() {
		failed = errors.Join(failed, link.Keep(shelf))
	}
	if failed != nil {
		_ = link.Log(handover.EventCompiled, 0) // boot has gone: nobody to be told
	}
	return nil
}
