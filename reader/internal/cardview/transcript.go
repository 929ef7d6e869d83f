package cardview

import (
	"fmt"
	"io"
)

// Transcript writes the exchanges in the form of the shared test vectors: #
// comment, > command, < answer with its status word. What may not be shown is
// zeros of the same length.
func (v *View) Transcript(w io.Writer) error {
	if _, err := fmt.Fprintf(w, "# account data and objects of unknown meaning are zeros of the same length\n# outcome: %s\n", v.outcome); err != nil {
		return err
	}
	first := true
	for _, e := range v.exchanges {
		if e.command[1] == insSelect {
			v.lists, first = lists{}, true
		}
		c := v.maskCommand(e.command, first)
		first = first && c[1] != insGenerateAC
		body, _ := splitAnswer(e.answer)
		if l, ok := parts(e.command, body); ok {
			v.follow(l)
		}
		if _, err := fmt.Fprintf(w, "> %X\n< %X\n", c, v.maskAnswer(e)); err != nil {
			return err
		}
	}
	return nil
}
