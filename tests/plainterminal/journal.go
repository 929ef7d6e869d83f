package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// A sale is made durable at the points of the protected lane and as often, so
// that the two differ in protection and not in the number of disk flushes. What
// the lane does at each point, as counted with strace (one flush for a record of
// the kernel's journal or its key state, two for a state file that a device puts
// in place, file and directory):
const (
	flushOpened   = 1     // payment and numbers, one write
	flushCard     = 2 + 1 // the reader's KSN for the account data before the PIN; kernel: used
	flushPINOrder = 2     // the PIN pad's order counter
	flushPIN      = 2 + 1 // the PIN pad's KSN; kernel: used
	flushARQC     = 2 + 1 // the reader's KSN for the ARQC; kernel: used
	flushKeys     = 2     // the host key's state in two copies, three KSNs at once
	flushIntent   = 1     // with the reversals
	flushAnswer   = 1
	flushDone     = 1
)

// journal is an append-only file of JSON lines.
type journal struct {
	file   *os.File
	fsyncs int
}

// entry is one line. A usual terminal's log holds no PIN and no key, and neither
// does this one.
type entry struct {
	Point    string `json:"point"`
	STAN     uint32 `json:"stan"`
	RRN      uint64 `json:"rrn"`
	Amount   uint64 `json:"amount,omitempty"`
	LastFour string `json:"last_four,omitempty"`
	Token    []byte `json:"token,omitempty"`
	Reversal []byte `json:"reversal,omitempty"`
	Repeat   []byte `json:"repeat,omitempty"`
	Response string `json:"response,omitempty"`
	Outcome  string `json:"outcome,omitempty"`
	Padding  []byte `json:"padding,omitempty"`
}

func openJournal(dir string) (*journal, error) {
	f, err := os.OpenFile(filepath.Join(dir, "journal"), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the journal: %w", err)
	}
	return &journal{file: f}, nil
}

// last returns the highest numbers in the journal.
func (j *journal) last() (stan uint32, rrn uint64, err error) {
	if _, err := j.file.Seek(0, 0); err != nil {
		return 0, 0, err
	}
	lines := bufio.NewScanner(j.file)
	lines.Buffer(nil, 64<<10)
	for lines.Scan() {
		var e entry
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			return 0, 0, errors.New("the journal is damaged")
		}
		stan, rrn = e.STAN, max(rrn, e.RRN)
	}
	return stan, rrn, lines.Err()
}

// write appends e and flushes it; at points with several flushes a small entry
// goes before each, since a flush of nothing costs nothing.
func (j *journal) write(e entry, flushes int) error {
	for range flushes - 1 {
		if err := j.append(entry{Point: "flush", STAN: e.STAN, RRN: e.RRN, Padding: make([]byte, 900)}); err != nil {
			return err
		}
	}
	return j.append(e)
}

func (j *journal) append(e entry) error {
	b, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if _, err := j.file.Write(append(b, '\n')); err != nil {
		return fmt.Errorf("writing the journal: %w", err)
	}
	j.fsyncs++
	if err := j.file.Sync(); err != nil {
		return fmt.Errorf("writing the journal: %w", err)
	}
	return nil
}
