package updates

import (
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	logFile        = "log"
	checkpointFile = "checkpoint"
	releasesFolder = "releases"
)

// Repository is a folder whose log and checkpoint were verified.
type Repository struct {
	folder   string
	releases []Release
	tree     tree
	now      Checkpoint
}

// Publish adds a release to a repository, which it makes where there is none, and
// signs a checkpoint that holds until then. The files are written before the log
// that names them.
func Publish(folder string, key crypto.Signer, version uint64, files map[string][]byte, until time.Time) error {
	r, err := NewRelease(version, files)
	if err != nil {
		return err
	}
	releases, err := readLog(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if n := len(releases); n > 0 && releases[n-1].Version >= version {
		return errors.New("updates: a release's version must be above all that were published")
	}
	for name, content := range files {
		if err := write(filepath.Join(folder, releasesFolder, strconv.FormatUint(version, 10), name), content); err != nil {
			return fmt.Errorf("updates: publishing: %w", err)
		}
	}
	return sign(folder, key, append(releases, r), until)
}

// Renew signs the checkpoint anew: nothing was published, and that is said.
func Renew(folder string, key crypto.Signer, until time.Time) error {
	releases, err := readLog(folder)
	if err != nil {
		return err
	}
	return sign(folder, key, releases, until)
}

func sign(folder string, key crypto.Signer, releases []Release, until time.Time) error {
	t, err := newTree(releases)
	if err != nil {
		return err
	}
	root, err := tlog.TreeHash(int64(len(releases)), t)
	if err != nil {
		return err
	}
	signed, err := Checkpoint{int64(len(releases)), root, until.Truncate(time.Second)}.sign(key)
	if err != nil {
		return err
	}
	if err := write(filepath.Join(folder, logFile), encodeLog(releases)); err != nil {
		return err
	}
	return write(filepath.Join(folder, checkpointFile), signed)
}

func write(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // signed and for everyone
		return err
	}
	next := path + ".new"
	if err := os.WriteFile(next, content, 0o644); err != nil { //nolint:gosec // signed and for everyone
		return err
	}
	return os.Rename(next, path)
}

// Open verifies a repository: the checkpoint by its key and time, the log by the
// checkpoint, and both against what memory (a file) says was seen before. It then
// remembers what it saw.
func Open(folder string, key ed25519.PublicKey, memory string, now time.Time) (*Repository, error) {
	raw, err := read(filepath.Join(folder, checkpointFile), maxCheckpoint)
	if err != nil {
		return nil, fmt.Errorf("updates: reading the checkpoint: %w", err)
	}
	r := &Repository{folder: folder}
	if r.now, err = openCheckpoint(raw, key); err != nil {
		return nil, err
	}
	if err := r.openLog(); err != nil {
		return nil, err
	}
	if err := r.remember(raw, key, memory); err != nil {
		return nil, err
	}
	if now.After(r.now.Until) {
		return nil, ErrFrozen
	}
	return r, nil
}

func (r *Repository) openLog() (err error) {
	if r.releases, err = readLog(r.folder); err != nil {
		return fmt.Errorf("updates: reading the log: %w", err)
	}
	if r.tree, err = newTree(r.releases); err != nil {
		return err
	}
	root, err := tlog.TreeHash(int64(len(r.releases)), r.tree)
	if err != nil || root != r.now.Root || int64(len(r.releases)) != r.now.Size {
		return ErrLog
	}
	return nil
}

// remember compares with the checkpoint that was seen last, which is kept as it
// was signed.
func (r *Repository) remember(raw []byte, key ed25519.PublicKey, memory string) error {
	seen, err := read(memory, maxCheckpoint)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("updates: reading what was seen before: %w", err)
	}
	if err == nil {
		before, err := openCheckpoint(seen, key)
		if err != nil {
			return err
		}
		if err := r.tree.extends(r.now, before); err != nil {
			return err
		}
		if r.now.Size == before.Size && r.now.Until.Before(before.Until) {
			return ErrRolledBack
		}
	}
	return write(memory, raw)
}

// Releases are all of them, oldest first.
func (r *Repository) Releases() []Release { return r.releases }

// Until is how long the checkpoint says that these are all.
func (r *Repository) Until() time.Time { return r.now.Until }

// Find returns a release by its version; 0 is the newest.
func (r *Repository) Find(version uint64) (Release, error) {
	if version == 0 && len(r.releases) > 0 {
		return r.releases[len(r.releases)-1], nil
	}
	for _, release := range r.releases {
		if release.Version == version {
			return release, nil
		}
	}
	return Release{}, errors.New("updates: the repository has no such release")
}

// Load reads the files of a release, each against the one record.
func (r *Repository) Load(release Release) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, f := range release.Files {
		content, err := read(filepath.Join(r.folder, releasesFolder, strconv.FormatUint(release.Version, 10), f.Name), f.Size)
		if err != nil || int64(len(content)) != f.Size || sha256.Sum256(content) != f.SHA256 {
			return nil, fmt.Errorf("%w: %s", ErrMixed, f.Name)
		}
		files[f.Name] = content
	}
	return files, nil
}

func readLog(folder string) ([]Release, error) {
	raw, err := read(filepath.Join(folder, logFile), maxLog)
	if err != nil {
		return nil, err
	}
	return parseLog(raw)
}

func read(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(content)) > limit {
		err = errors.New("file too large")
	}
	return content, err
}
