// Package audit keeps the record of what a role did: one JSON line for each act,
// each naming the SHA-256 of the line before. A line that is changed, left out or
// put in between is found. Lines cut off at the end are not, by the file alone:
// Head is what a person writes down, or another role's record holds.
//
//	{"number":2,"time":"…","who":"manufacturer acme, alice","act":"certify","subject":"licence …","digest":"…","previous":"…"}
//
// The operator's command imports it. A record never holds a secret: subjects are
// names, digests are of what was signed.
package audit

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"
)

// Entry is one act.
type Entry struct {
	Number   uint64    `json:"number"` // from 1
	Time     time.Time `json:"time"`
	Who      string    `json:"who"`
	Act      string    `json:"act"`
	Subject  string    `json:"subject,omitempty"`
	Digest   string    `json:"digest,omitempty"`   // SHA-256 of what was signed or issued
	Previous string    `json:"previous,omitempty"` // SHA-256 of the line before
}

const (
	// maxLine is some times the longest entry.
	maxLine = 4 << 10
	// maxLines bounds what is read: three acts a minute for a year.
	maxLines = 1 << 21
)

// ErrBroken says that the record is not the one that was kept.
var ErrBroken = errors.New("audit: the record was changed, or lines are missing")

// Log is a record that is open for another act. One process has it at a time,
// since the role's folder is locked.
type Log struct {
	path string
	last uint64
	head string
}

// Open reads the record, if there is one, and verifies it.
func Open(path string) (*Log, error) {
	l := &Log{path: path}
	entries, head, err := Read(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	l.last, l.head = uint64(len(entries)), head
	return l, nil
}

// Head is the digest of the last line, empty before the first.
func (l *Log) Head() string { return l.head }

// Add writes an act down. When it returns, the line is on the disk.
func (l *Log) Add(e Entry) error {
	e.Number, e.Previous, e.Time = l.last+1, l.head, e.Time.UTC().Truncate(time.Second)
	line, err := json.Marshal(e)
	if err != nil || len(line) > maxLine {
		return errors.New("audit: the entry is too long")
	}
	f, err := os.OpenFile(l.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	_, err = f.Write(append(line, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	l.last, l.head = e.Number, digest(line)
	return nil
}

// Read verifies a record and returns its entries and the digest of the last line.
func Read(path string) (entries []Entry, head string, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, "", fmt.Errorf("audit: %w", err)
	}
	if len(b) > 0 && b[len(b)-1] != '\n' {
		return nil, "", fmt.Errorf("%w: the last line is incomplete", ErrBroken)
	}
	lines := bufio.NewScanner(bytes.NewReader(b))
	lines.Buffer(nil, 2*maxLine)
	for lines.Scan() {
		e, err := parse(lines.Bytes())
		if err != nil || e.Previous != head || e.Number != uint64(len(entries))+1 || len(entries) == maxLines {
			return nil, "", fmt.Errorf("%w: line %d", ErrBroken, len(entries)+1)
		}
		entries, head = append(entries, e), digest(lines.Bytes())
	}
	if lines.Err() != nil {
		return nil, "", ErrBroken
	}
	return entries, head, nil
}

func parse(line []byte) (e Entry, err error) {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&e); err != nil {
		return e, err
	}
	again, err := json.Marshal(e)
	if err != nil || !bytes.Equal(again, line) {
		return e, ErrBroken
	}
	return e, nil
}

func digest(line []byte) string {
	sum := sha256.Sum256(line)
	return hex.EncodeToString(sum[:])
}
