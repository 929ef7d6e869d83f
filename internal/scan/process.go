package scan

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// ErrEnded says that the process ended before anything of it was searched.
var ErrEnded = errors.New("process has ended")

// ScanProcess searches the memory of a running process through /proc/PID/mem,
// as a memory scraper with root's rights does. Guard pages and mappings without
// read permission are searched too: they can hide what was written there
// earlier, and the system lets root read them. The process is not stopped;
// mappings that come and go meanwhile are searched as far as they last.
//
// Bytes that are present but refused (secret memory, device memory) are counted
// in Unreadable and Refused.
func ScanProcess(pid int, m *Matcher) (Result, error) {
	var r Result
	maps, err := readMappings(pid)
	if err != nil {
		return r, fmt.Errorf("scan process %d: %w", pid, ended(err))
	}
	if len(maps) == 0 {
		return r, fmt.Errorf("scan process %d: %w", pid, ErrEnded)
	}
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		return r, fmt.Errorf("scan process %d: %w", pid, ended(err))
	}
	defer mem.Close()
	pages, err := openPageMap(pid)
	if err != nil {
		return r, fmt.Errorf("scan process %d: %w", pid, ended(err))
	}
	defer pages.file.Close()
	w := newSweep(m, nil)
	defer w.wipe()
	for _, region := range maps {
		if !region.ofMachine() {
			r.scanRegion(mem, region, pages.runs(region), w)
		}
	}
	return r, nil
}

func ended(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
		return ErrEnded
	}
	return err
}

// scanRegion searches the runs of a mapping that can hold data.
func (r *Result) scanRegion(mem *os.File, region mapping, runs []pageRun, w *sweep) {
	var searched, refused int64
	for _, run := range runs {
		s, u := r.scanRun(mem, region, run, w)
		searched, refused = searched+s, refused+u
	}
	r.Bytes += searched
	r.Unreadable += refused
	switch {
	case searched > 0:
		r.Regions++
	case refused > 0:
		r.Refused++
	}
}

// scanRun searches one run of pages and steps over those that are refused.
func (r *Result) scanRun(mem *os.File, region mapping, run pageRun, w *sweep) (searched, refused int64) {
	where := region.name()
	for at := run.start; at < run.end; {
		from := int64(at - region.start)
		w.restart(func(f Match) {
			f.Offset += from
			r.add(where, f)
		})
		at = w.readMemory(mem, at, run.end)
		searched += w.read
		if at < run.end {
			refused += pageBytes
			at = (at/pageBytes + 1) * pageBytes
		}
	}
	return searched, refused
}

// readMemory searches from at until the end or the first page that is refused,
// and returns where it stopped.
func (w *sweep) readMemory(mem *os.File, at, end uint64) uint64 {
	for at < end {
		room := w.room()
		n, err := mem.ReadAt(room[:min(uint64(len(room)), end-at)], int64(at))
		w.advance(n)
		at += uint64(n)
		if err != nil || n == 0 {
			break
		}
	}
	return at
}
