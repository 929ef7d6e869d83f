package inspect

import (
	"errors"
	"io"
	"os"

	"github.com/strongroom-pos/strongroom/secureworld/element/auditor"
)

// maxFile bounds a file of canaries or of evidence.
const maxFile = 8 << 20

// ReadFile reads a file that is not too long.
func ReadFile(path string) ([]byte, error) {
	f, err := os.Open(path) //nolint:gosec // named by the operator
	if err != nil {
		return nil, errors.New("inspect: no such file")
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil || len(b) > maxFile {
		return nil, errors.New("inspect: a file that cannot be read, or is too long")
	}
	return b, nil
}

// ReadCanaries reads a file of them.
func ReadCanaries(path string) ([]auditor.Canary, error) {
	b, err := ReadFile(path)
	if err != nil {
		return nil, err
	}
	return auditor.ParseCanaries(b)
}
