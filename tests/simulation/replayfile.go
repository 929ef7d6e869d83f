package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// replayFile replays a plan that a run has printed.
func replayFile(w io.Writer, r *rules, file string) int {
	b, err := os.ReadFile(file)
	var p plan
	if err == nil {
		err = json.Unmarshal(b, &p)
	}
	if err != nil {
		fmt.Fprintln(w, err)
		return 1
	}
	return replay(w, r, p)
}

// UnmarshalJSON reads what a plan is printed as.
func (v *life) UnmarshalJSON(b []byte) error {
	type plain life
	p := struct {
		*plain
		Type string
	}{plain: (*plain)(v)}
	if err := json.Unmarshal(b, &p); err != nil {
		return err
	}
	for v.Type = payment.TypeNone; v.Type.String() != p.Type; v.Type++ {
		if !v.Type.Valid() {
			return fmt.Errorf("a life of no known type")
		}
	}
	return nil
}
