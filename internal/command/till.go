//go:build linux

package command

import (
	"fmt"
	"io"

	"github.com/strongroom-pos/strongroom/internal/estate"
)

// tillVariables is `strongroom till`: where the running lane's interface is and what
// opens it, as lines for a shell. The token is of this start of the terminal.
func tillVariables(args []string, stdout, stderr io.Writer) error {
	var s settings
	f := flags("till", stderr, &s)
	if err := parse(f, args); err != nil {
		return help(err)
	}
	lane, err := estate.Find(s.home)
	if err != nil {
		return err
	}
	base, err := lane.Till.Base()
	if err != nil {
		return err
	}
	token, err := lane.Till.Token()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "export T=%s\nexport TOKEN=%s\n", base, token)
	return err
}
