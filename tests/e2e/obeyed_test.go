//go:build linux

package e2e

import (
	"errors"
	"fmt"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate/desk"
)

// obeyed STATE: the issuer knows this of the script that went to the payment's
// card. The advice that tells it follows the payment.
func (s *stage) obeyed(args []string) error {
	list, err := s.books.requests(s.ctx, s.current.Amount)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return errors.New("the host has nothing")
	}
	var known desk.Payment
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if known, err = s.books.Payment(s.ctx, list[0].TerminalID, list[0].RRN); err != nil {
			return err
		}
		if len(known.Scripts) == 1 && known.Scripts[0].State == args[0] {
			return nil
		}
	}
	return fmt.Errorf("the issuer knows %+v", known.Scripts)
}
