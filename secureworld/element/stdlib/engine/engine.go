// Package engine does an element's operations on Go's standard library: it is
// the make "stdlib" without its door and its files, so that tests and
// measurements can hold it in their own process.
//
// It may hold: the acquirer's base derivation keys and what they derive for the
// terminals that are active, the zone PIN key, the issuer's keys, and for the
// time of one operation a PIN. It must never give one of them out, write a file,
// or open a connection. The program stdlib and tests import it.
package engine

import "github.com/strongroom-pos/strongroom/secureworld/element"

// Open loads the keys of file, whose blocks are under kbpk (32 bytes, which it
// does not keep), and returns the operations. The func erases all keys: nothing
// may be asked after it.
func Open(file element.KeyFile, kbpk []byte) (element.Operations, func(), error) {
	return open(file, kbpk, true)
}

// OpenWithoutPaths is Open, except that nothing which a base derivation key gave is
// kept from one operation to the next: each goes the whole way to its key.
func OpenWithoutPaths(file element.KeyFile, kbpk []byte) (element.Operations, func(), error) {
	return open(file, kbpk, false)
}

func open(file element.KeyFile, kbpk []byte, keepPaths bool) (element.Operations, func(), error) {
	r, err := newRing(file, kbpk, keepPaths)
	if err != nil {
		return nil, nil, err
	}
	return newOperations(r), r.wipe, nil
}
