package updates

import "golang.org/x/mod/sumdb/tlog"

// tree holds the hashes of a log's records, as tlog stores them.
type tree []tlog.Hash

// ReadHashes is tlog.HashReader.
func (t tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		if at < 0 || at >= int64(len(t)) {
			return nil, ErrLog
		}
		out[i] = t[at]
	}
	return out, nil
}

func newTree(releases []Release) (tree, error) {
	var t tree
	for i, r := range releases {
		hashes, err := tlog.StoredHashes(int64(i), r.encode(), t)
		if err != nil {
			return nil, err
		}
		t = append(t, hashes...)
	}
	return t, nil
}

// extends tells whether a log of this size and root begins as before did.
func (t tree) extends(now, before Checkpoint) error {
	switch {
	case before.Size == 0:
		return nil
	case now.Size < before.Size:
		return ErrRolledBack
	case now.Size == before.Size:
		if now.Root != before.Root {
			return ErrForked
		}
		return nil
	}
	proof, err := tlog.ProveTree(now.Size, before.Size, t)
	if err != nil || tlog.CheckTree(proof, now.Size, now.Root, before.Size, before.Root) != nil {
		return ErrForked
	}
	return nil
}
