package storage

import "fmt"

// validName: what can be written in a log, sorted and compared without thought.
func validName(name string) bool {
	if name == "" || len(name) > MaxName {
		return false
	}
	for i := range len(name) {
		c := name[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') &&
			c != '.' && c != '-' && c != '_' && c != '/' {
			return false
		}
	}
	return true
}

func rootName(number uint64) string { return fmt.Sprintf("root.%d", number&1) }

func indexName(space uint32, version uint64) string { return fmt.Sprintf("%08x.%d", space, version&1) }

func objectName(space, object uint32, version uint64) string {
	return fmt.Sprintf("%08x-%08x.%d", space, object, version&1)
}

// file is where a record of this place lies.
func (p place) file() string {
	switch p.kind {
	case kindRoot:
		return rootName(p.version)
	case kindIndex:
		return indexName(p.space, p.version)
	}
	return objectName(p.space, p.object, p.version)
}

// before is where the version before it lay.
func (p place) before() place {
	p.version--
	return p
}

// limit is the largest record of this kind.
func (p place) limit() int {
	switch p.kind {
	case kindRoot:
		return frameSize + maxRootBody
	case kindIndex:
		return frameSize + maxIndexBody
	}
	return frameSize + MaxObject
}
