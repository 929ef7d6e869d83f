//go:build linux

package estate

import (
	"encoding/json"
	"fmt"

	acquirer "github.com/strongroom-pos/strongroom/acquirer/provisioning"
)

// Misbehaviour is how often a lane's acquirer answers late, not at all, or twice.
type Misbehaviour = acquirer.Misbehaviour

// WellBehaved is for lanes whose tests count on each answer.
func WellBehaved() *Misbehaviour { return &Misbehaviour{} }

// Misbehaviour is what this lane's acquirer does.
func (l *Lane) Misbehaviour() Misbehaviour { return *l.options.Misbehaviour }

// misbehave is the acquirer's -misbehave, or nothing.
func (l *Lane) misbehave() []string {
	m := l.Misbehaviour()
	if m.PerMille == 0 {
		return nil
	}
	b, err := json.Marshal(m)
	if err != nil {
		panic(fmt.Sprintf("estate: internal error: %v", err))
	}
	return []string{"-misbehave", string(b)}
}
