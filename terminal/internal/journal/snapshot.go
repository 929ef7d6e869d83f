package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// ErrSnapshot reports that no copy of the journal could be made.
var ErrSnapshot = errors.New("journal: no copy could be made")

// Snapshot writes a copy of one moment into a new file of mode 0600, durable when it
// returns. Payments wait for it, as long as writing the whole journal takes.
func (j *Journal) Snapshot(ctx context.Context, path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSnapshot, err)
	}
	_, err = j.db.ExecContext(ctx, "VACUUM INTO ?", path) // takes an empty file, and its mode with it
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("%w: %w", ErrSnapshot, errors.Join(err, os.Remove(path)))
	}
	return nil
}
