package image

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/strongroom-pos/strongroom/secureworld/internal/durable"
)

// Counter is the anti-rollback counter in a file of boot's own: the oldest
// version that may start. It only goes up and is durable when Raise returns.
//
// BUG(rollback): whoever can write as root can put an older file back; a TPM
// counter would not let him. Reports call this strength "file".
type Counter struct {
	Path string
	// Disk is where the file lies; nil is the machine's.
	Disk durable.Disk
}

const counterHeader = "strongroom-counter 1\n"

// Read returns the counter; 0 where there is no file yet. A damaged file is
// refused: starting at 0 would undo it.
func (c Counter) Read() (uint64, error) {
	content, err := readOnce(c.Path, maxCounterBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read anti-rollback counter: %w", err)
	}
	digits, ok := strings.CutPrefix(string(content), counterHeader)
	value, err := strconv.ParseUint(strings.TrimSuffix(digits, "\n"), 10, 64)
	if !ok || err != nil || digits != strconv.FormatUint(value, 10)+"\n" {
		return 0, errors.New("read anti-rollback counter: damaged")
	}
	return value, nil
}

// Raise makes the counter at least value. Call it when an image has proved that
// it runs, so that one that does not can still be replaced by its predecessor.
func (c Counter) Raise(value uint64) error {
	current, err := c.Read()
	if err != nil || value <= current {
		return err
	}
	disk := c.Disk
	if disk == nil {
		disk = durable.OS{}
	}
	if err := durable.Replace(disk, c.Path, []byte(counterHeader+strconv.FormatUint(value, 10)+"\n")); err != nil {
		return fmt.Errorf("raise anti-rollback counter: %w", err)
	}
	return nil
}
