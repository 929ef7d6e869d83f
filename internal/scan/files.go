package scan

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ScanFiles searches every regular file below root, and the names of all that
// lies there. Links are not followed; sockets, pipes and devices are left out.
// A file that vanishes meanwhile is left out too; one that cannot be read is
// counted as refused.
func ScanFiles(root string, m *Matcher) (Result, error) {
	var r Result
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return r.unreachable(path, root, err)
		}
		where, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		r.scanName(where, d.Name(), m)
		if !d.Type().IsRegular() {
			return nil
		}
		r.scanFile(path, where, m)
		return nil
	})
	if err != nil {
		return r, fmt.Errorf("scan files: %w", err)
	}
	return r, nil
}

// unreachable counts a folder that cannot be listed; without the root itself
// there is no result.
func (r *Result) unreachable(path, root string, err error) error {
	if path == root {
		return err
	}
	if !os.IsNotExist(err) {
		r.Refused++
	}
	return nil
}

// scanName reports a canary in a name by the place of its folder, since the
// name itself must not be printed.
func (r *Result) scanName(where, name string, m *Matcher) {
	m.Search([]byte(name), 0, func(f Match) {
		r.add(filepath.Join(filepath.Dir(where), "(a file name)"), f)
	})
}

func (r *Result) scanFile(path, where string, m *Matcher) {
	f, err := os.Open(path)
	if os.IsNotExist(err) {
		return
	}
	if err != nil {
		r.Refused++
		return
	}
	defer f.Close()
	n, err := m.SearchReader(f, func(found Match) { r.add(where, found) })
	r.Bytes += n
	if n > 0 {
		r.Regions++
	}
	if err != nil {
		r.Refused++
	}
}
