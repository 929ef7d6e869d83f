package deviceroot

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/strongroom-pos/strongroom/secureworld/internal/durable"
)

// readSecret fills room from a file of exactly that length.
func readSecret(path string, room []byte) error {
	err := durable.ReadExactly(path, room)
	if errors.Is(err, durable.ErrSize) {
		return ErrDamaged
	}
	return err
}

func readFile(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit+1))
}

// replace writes a file so that after a power cut there is the old or the new one.
func (r *Root) replace(name string, b []byte) error {
	if err := durable.Replace(r.cfg.Disk, r.path(name), b); err != nil {
		return fmt.Errorf("storage root: writing a file: %w", err)
	}
	return nil
}

// remove deletes a file, durably. One that is not there may come back by a power
// cut, and is then removed at the next start.
func (r *Root) remove(name string) error {
	if err := durable.Forget(r.cfg.Disk, r.path(name)); err != nil {
		return fmt.Errorf("storage root: deleting a file: %w", err)
	}
	return nil
}
