// Package secretmem holds the kernel's secret memory: arenas that back the
// linear memories of trusted applications, and one pool for keys and cipher
// objects. Where the machine has it, the memory is memfd_secret(2): the
// operating-system kernel takes these pages out of its own direct map, so that
// /proc/PID/mem, process_vm_readv, ptrace and core dumps cannot read them, not
// even for root. Where it has not, the pages are locked, left out of dumps,
// wiped on fork and guarded, and Protection says so.
//
// Open maps everything once, before the process gives up its privileges and its
// system calls; nothing is mapped or unmapped after that. The descriptor is
// closed straight after the mapping, because munmap erases nothing while it is
// open.
//
// Only the kernel of the secure world imports this package. It logs nothing and
// copies nothing out of its memory.
package secretmem

import (
	"fmt"
)

// Memory is all secret memory of this process.
type Memory struct {
	protection Protection
	arenas     chan *Arena
	total      int
	pages      uint32
	keys       *Keys
}

// Open maps cfg.Arenas arenas of cfg.ArenaPages pages each and one key pool of
// cfg.KeyBytes bytes. When the machine refuses secret memory for any of them,
// all of them are made of locked memory, so that one word describes them all.
func Open(cfg Config) (*Memory, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	regions, why := mapAll(cfg, mapSecret)
	protection := Protection{Kind: KindSecret}
	if why != nil {
		var err error
		if regions, err = mapAll(cfg, mapGuarded); err != nil {
			return nil, fmt.Errorf("map memory for trusted applications: %w", err)
		}
		protection = lockAll(regions, why)
	}
	return assemble(cfg, regions, protection), nil
}

func assemble(cfg Config, regions [][]byte, protection Protection) *Memory {
	m := &Memory{
		protection: protection,
		arenas:     make(chan *Arena, cfg.Arenas),
		total:      cfg.Arenas,
		pages:      cfg.ArenaPages,
		keys:       newKeys(regions[cfg.Arenas]),
	}
	for _, region := range regions[:cfg.Arenas] {
		m.arenas <- &Arena{home: m.arenas, room: region[:0]}
	}
	return m
}

// Protection says what kind of memory this is.
func (m *Memory) Protection() Protection { return m.protection }

// Arenas is the number of arenas, free or taken.
func (m *Memory) Arenas() int { return m.total }

// ArenaPages is the size of each arena in WebAssembly pages of 64 KiB.
func (m *Memory) ArenaPages() uint32 { return m.pages }

// Keys is the pool for keys and cipher objects.
func (m *Memory) Keys() *Keys { return m.keys }
