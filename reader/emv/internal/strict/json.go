// Package strict reads the kernels' configurations: JSON of known names alone,
// with nothing behind the object. The kernels of reader/emv import it.
package strict

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// JSON reads b into v and reports whether that was all of it, under names that v
// has.
func JSON(b []byte, v any) bool {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if d.Decode(v) != nil {
		return false
	}
	_, err := d.Token()
	return errors.Is(err, io.EOF)
}
