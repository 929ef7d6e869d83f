package registry

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus/subject"
)

// Suspicion is what an auditor found out about a group. It stands beside the group's
// record, under a key that the group's MCU may not write, and stays until an auditor
// takes it away.
type Suspicion struct {
	Branch string    `json:"branch"`
	Group  string    `json:"group"`
	By     string    `json:"by"`   // the auditor's name
	Time   time.Time `json:"time"` // by its clock
	What   string    `json:"what"`
}

// Suspect lists a group as suspected.
func (r *Registry) Suspect(ctx context.Context, s Suspicion) error {
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if !subject.Valid(s.Branch) || !subject.Valid(s.Group) || len(b) > MaxRecord {
		return errRecord
	}
	if _, err = r.kv.Put(ctx, subject.Suspected(s.Branch, s.Group), b); err != nil {
		return fmt.Errorf("registry: suspecting a group: %w", err)
	}
	return nil
}

// Clear takes a suspicion away.
func (r *Registry) Clear(ctx context.Context, branch, group string) error {
	if !subject.Valid(branch) || !subject.Valid(group) {
		return errRecord
	}
	if err := r.kv.Delete(ctx, subject.Suspected(branch, group)); err != nil {
		return fmt.Errorf("registry: clearing a group: %w", err)
	}
	return nil
}

// ParseSuspicion reads the suspicion of a group.
func ParseSuspicion(branch, group string, b []byte) (*Suspicion, error) {
	s := &Suspicion{}
	if len(b) > MaxRecord || json.Unmarshal(b, s) != nil || s.Branch != branch || s.Group != group || !subject.Valid(s.By) {
		return nil, errRecord
	}
	s.What = strings.ToValidUTF8(s.What, "")
	return s, nil
}
