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

// Memory is all secret memory of this process.
type Memory struct {
	Pool  // of the arenas in which account data may be
	small *Pool
	keys  *Keys
}

// Pool is arenas of one size.
type Pool struct {
	protection Protection
	arenas     chan *Arena
	total      int
	pages      uint32
}

// Open maps cfg.Arenas arenas of cfg.ArenaPages pages each and one key pool of
// cfg.KeyBytes bytes, then the smaller arenas. When the machine refuses secret memory
// for any of the former, all of them are made of locked memory, so that one word
// describes them all; the latter have a word of their own.
func Open(cfg Config) (*Memory, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	regions, protection, err := mapRegions(cfg.sizes())
	if err != nil {
		return nil, err
	}
	m := assemble(cfg, regions, protection)
	if regions, protection, err = mapRegions(cfg.smallSizes()); err != nil {
		return nil, err
	}
	small := newPool(regions, cfg.SmallPages, protection)
	m.small = &small
	return m, nil
}

func assemble(cfg Config, regions [][]byte, p Protection) *Memory {
	return &Memory{Pool: newPool(regions[:cfg.Arenas], cfg.ArenaPages, p), keys: newKeys(regions[cfg.Arenas])}
}

func newPool(regions [][]byte, pages uint32, protection Protection) Pool {
	p := Pool{protection: protection, arenas: make(chan *Arena, len(regions)), total: len(regions), pages: pages}
	for _, region := range regions {
		p.arenas <- &Arena{home: p.arenas, room: region[:0]}
	}
	return p
}

// Small is the pool of the smaller arenas, for applications without account data.
func (m *Memory) Small() *Pool { return m.small }

// Protection says what kind of memory this is.
func (p *Pool) Protection() Protection { return p.protection }

// Arenas is the number of arenas, free or taken.
func (p *Pool) Arenas() int { return p.total }

// ArenaPages is the size of each arena in WebAssembly pages of 64 KiB.
func (p *Pool) ArenaPages() uint32 { return p.pages }

// Keys is the pool for keys and cipher objects.
func (m *Memory) Keys() *Keys { return m.keys }
