package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
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
