//go:build linux

package child

import (
	"errors"
	"os"
)

// pipes are ends to read from, each with its whole content in it already.
func pipes(contents [][]byte) (ends []*os.File, err error) {
	for _, b := range contents {
		r, w, err := os.Pipe()
		if err != nil {
			closeAll(ends)
			return nil, err
		}
		ends = append(ends, r)
		_, err = w.Write(b) // a page fits without a reader
		if err = errors.Join(err, w.Close()); err != nil {
			closeAll(ends)
			return nil, err
		}
	}
	return ends, nil
}

func closeAll(files []*os.File) {
	for _, f := range files {
		_ = f.Close() // the program has its own
	}
}
