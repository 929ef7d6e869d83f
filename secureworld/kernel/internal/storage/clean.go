package storage

import "fmt"

// clean removes what nothing refers to: what a power cut left, and what was there
// before a reset. Files of spaces that are not open stay.
func (s *Store) clean() error {
	names, err := s.disk.Names()
	if err != nil {
		return fmt.Errorf("storage: listing: %w", err)
	}
	wanted := s.referred()
	for _, name := range names {
		if wanted[name] || s.shut(name) {
			continue
		}
		if err := s.disk.Remove(name); err != nil {
			return fmt.Errorf("storage: removing: %w", err)
		}
	}
	return nil
}

// referred are the names of all files that the root record leads to.
func (s *Store) referred() map[string]bool {
	wanted := map[string]bool{rootName(0): true, rootName(1): true}
	for _, l := range s.table.lines {
		wanted[indexName(l.space, 0)], wanted[indexName(l.space, 1)] = true, true
		c := s.contents[l.space]
		if c == nil || c.index == nil {
			continue
		}
		for _, e := range c.index.entries {
			wanted[objectName(l.space, e.object, e.version)] = true
		}
	}
	return wanted
}

// shut reports whether a file may belong to a space that is not open.
func (s *Store) shut(name string) bool {
	for _, l := range s.table.lines {
		c := s.contents[l.space]
		prefix := indexName(l.space, 0)[:8]
		if (c == nil || c.index == nil) && len(name) > len(prefix) && name[:len(prefix)] == prefix {
			return true
		}
	}
	return false
}
