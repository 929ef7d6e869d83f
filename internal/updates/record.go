package updates

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Release is a record of the log.
type Release struct {
	Version uint64
	Files   []File // by name
}

// File is one file of a release.
type File struct {
	Name   string
	Size   int64
	SHA256 [32]byte
}

const (
	recordHeader = "strongroom-release 1\nversion %d\n"
	recordLine   = "file %s %d %s\n"
)

var (
	fileForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}(\.[a-z]{1,16})?$`)

	errRecord = errors.New("updates: the log holds a malformed record")
)

// NewRelease makes the record of files by their names.
func NewRelease(version uint64, files map[string][]byte) (Release, error) {
	r := Release{Version: version}
	for name, content := range files {
		r.Files = append(r.Files, File{name, int64(len(content)), sha256.Sum256(content)})
	}
	slices.SortFunc(r.Files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return r, r.check()
}

func (r Release) check() error {
	if r.Version == 0 || len(r.Files) == 0 || len(r.Files) > maxFiles {
		return errRecord
	}
	for i, f := range r.Files {
		if !fileForm.MatchString(f.Name) || f.Size < 0 || f.Size > maxFile || i > 0 && r.Files[i-1].Name >= f.Name {
			return errRecord
		}
	}
	return nil
}

func (r Release) encode() []byte {
	text := fmt.Appendf(nil, recordHeader, r.Version)
	for _, f := range r.Files {
		text = fmt.Appendf(text, recordLine, f.Name, f.Size, hex.EncodeToString(f.SHA256[:]))
	}
	return text
}

// parseRelease reads a record; what does not encode back is malformed.
func parseRelease(text []byte) (Release, error) {
	var r Release
	lines := slices.Collect(bytes.Lines(text))
	if len(lines) < 2 || len(lines) > maxFiles+2 {
		return r, errRecord
	}
	if _, err := fmt.Sscanf(string(lines[0])+string(lines[1]), recordHeader, &r.Version); err != nil {
		return r, errRecord
	}
	for _, line := range lines[2:] {
		var f File
		var digest string
		if _, err := fmt.Sscanf(string(line), recordLine, &f.Name, &f.Size, &digest); err != nil {
			return r, errRecord
		}
		raw, err := hex.DecodeString(digest)
		if err != nil || len(raw) != len(f.SHA256) {
			return r, errRecord
		}
		f.SHA256 = [32]byte(raw)
		r.Files = append(r.Files, f)
	}
	if !bytes.Equal(r.encode(), text) {
		return r, errRecord
	}
	return r, r.check()
}

// encodeLog and parseLog put each record's length before it.
func encodeLog(releases []Release) []byte {
	var log []byte
	for _, r := range releases {
		text := r.encode()
		log = append(fmt.Appendf(log, "%d\n", len(text)), text...)
	}
	return log
}

func parseLog(log []byte) ([]Release, error) {
	var out []Release
	for rest := log; len(rest) > 0; {
		digits, after, ok := bytes.Cut(rest, []byte("\n"))
		var n int
		if _, err := fmt.Sscanf(string(digits), "%d", &n); !ok || err != nil || n < 0 || n > len(after) {
			return nil, errRecord
		}
		r, err := parseRelease(after[:n])
		if err != nil {
			return nil, err
		}
		if len(out) > 0 && r.Version <= out[len(out)-1].Version {
			return nil, errors.New("updates: the log's versions do not go up")
		}
		out, rest = append(out, r), after[n:]
	}
	if !bytes.Equal(encodeLog(out), log) {
		return nil, errRecord
	}
	return out, nil
}
