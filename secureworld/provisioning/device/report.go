package device

import (
	"encoding/json"
	"fmt"
	"os"
)

// WriteReport puts v as JSON in place of the file at path, whole or not at all.
// It is for whoever starts the device and waits for it; it must hold no secret.
// It is not synced: after a power cut nothing in it is true anyway.
func WriteReport(path string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("device: encoding a report: %w", err)
	}
	temp := path + ".new"
	if err := os.WriteFile(temp, append(b, '\n'), 0o600); err != nil {
		return fmt.Errorf("device: writing a report: %w", err)
	}
	if err := os.Rename(temp, path); err != nil {
		return fmt.Errorf("device: putting a report in place: %w", err)
	}
	return nil
}
