//go:build linux

package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/bureau"
)

// pinWait is how long the PIN pad may take to ask: as long as a payment waits for a
// card.
const pinWait = time.Minute

// typePIN is the cardholder's hand at the PIN pad. The PIN is the wallet's: it stands
// in no command line.
func typePIN(ctx context.Context, home, name string, out io.Writer) error {
	lane, err := estate.Find(home)
	if err != nil {
		return err
	}
	c, err := bureau.Load(estate.Wallet(home), name)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, pinWait)
	defer cancel()
	if _, err := lane.PINPad.Enter(ctx, c.PIN); err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			return errors.New("the PIN pad asked for no PIN within a minute")
		}
		return err
	}
	_, err = fmt.Fprintln(out, "the PIN was entered")
	return err
}
