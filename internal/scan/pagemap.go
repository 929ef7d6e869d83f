package scan

import (
	"encoding/binary"
	"fmt"
	"os"
)

// pageRun is a stretch of addresses, whole pages, end not included.
type pageRun struct{ start, end uint64 }

// pageMap reads /proc/PID/pagemap: eight bytes for each page of the address
// space (Linux Documentation/admin-guide/mm/pagemap.rst). Go and the race
// detector reserve far more addresses than any machine has memory; the map
// tells which pages exist.
type pageMap struct{ file *os.File }

const (
	pageMapEntryBytes = 8
	pageExists        = 0b11 << 62 // bit 63 present, bit 62 swapped
	pagesAtOnce       = 8192
)

func openPageMap(pid int) (*pageMap, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/pagemap", pid))
	if err != nil {
		return nil, err
	}
	return &pageMap{f}, nil
}

// runs lists what must be read of a mapping. A page of a readable file exists
// even where the process never touched it, so files are read whole; of other
// mappings only pages that were ever written.
func (p *pageMap) runs(region mapping) []pageRun {
	all := []pageRun{{region.start, region.end}}
	if region.inode != 0 && region.perms[0] == 'r' {
		return all
	}
	var runs []pageRun
	entries := make([]byte, pagesAtOnce*pageMapEntryBytes)
	for at := region.start; at < region.end; {
		pages := min(pagesAtOnce, (region.end-at)/pageBytes)
		part := entries[:pages*pageMapEntryBytes]
		if _, err := p.file.ReadAt(part, int64(at/pageBytes*pageMapEntryBytes)); err != nil {
			return append(runs, pageRun{at, region.end})
		}
		runs = appendRuns(runs, part, at)
		at += pages * pageBytes
	}
	return runs
}

// appendRuns adds the existing pages that entries tell of, the first of which
// is at start, and joins neighbours.
func appendRuns(runs []pageRun, entries []byte, start uint64) []pageRun {
	for i := 0; i < len(entries); i += pageMapEntryBytes {
		if binary.LittleEndian.Uint64(entries[i:])&pageExists == 0 {
			continue
		}
		at := start + uint64(i/pageMapEntryBytes)*pageBytes
		if last := len(runs) - 1; last >= 0 && runs[last].end == at {
			runs[last].end += pageBytes
			continue
		}
		runs = append(runs, pageRun{at, at + pageBytes})
	}
	return runs
}
