package issuer

import (
	"context"
	"fmt"

	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
)

// TakeCryptogram records a verified cryptogram and reports whether it is new:
// never seen, and with a counter above the last where the card's counter rises.
func TakeCryptogram(ctx context.Context, tx *database.Tx, c Card, atc uint16, arqc [8]byte) (fresh bool, err error) {
	r, err := tx.ExecContext(ctx, `INSERT INTO cryptograms (card, atc, arqc) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
		c.Reference[:], atc, arqc[:])
	if err != nil {
		return false, fmt.Errorf("recording a cryptogram: %w", err)
	}
	n, err := r.RowsAffected()
	if err != nil {
		return false, fmt.Errorf("recording a cryptogram: %w", err)
	}
	if n == 0 || c.RisingATC && int(atc) <= c.TopATC {
		return false, nil
	}
	return true, raise(ctx, tx, c, atc)
}

// TakeOffline records the verified cryptogram of an offline approval and reports
// whether it is new. It comes late, so later ones may have been seen before it.
func TakeOffline(ctx context.Context, tx *database.Tx, c Card, atc uint16, tc [8]byte) (fresh bool, err error) {
	c.RisingATC = false
	return TakeCryptogram(ctx, tx, c, atc, tc)
}

// TakeCounter records the counter of a verified dynamic code and reports whether
// it is above the last. The code is too short to be remembered instead.
func TakeCounter(ctx context.Context, tx *database.Tx, c Card, atc uint16) (fresh bool, err error) {
	if int(atc) <= c.TopATC {
		return false, nil
	}
	return true, raise(ctx, tx, c, atc)
}

func raise(ctx context.Context, tx *database.Tx, c Card, atc uint16) error {
	if _, err := tx.ExecContext(ctx, `UPDATE cards SET top_atc = ?1 WHERE reference = ?2 AND top_atc < ?1`, atc, c.Reference[:]); err != nil {
		return fmt.Errorf("recording a counter: %w", err)
	}
	return nil
}

// CountPrint keeps the tries of the printed value as CountPIN does the PIN's.
func CountPrint(ctx context.Context, tx *database.Tx, c Card, right bool) error {
	left := max(0, c.PrintTries-1)
	if right {
		left = MaxPrintTries
	}
	if _, err := tx.ExecContext(ctx, `UPDATE card_rules SET print_tries = ? WHERE card = ?`, left, c.Reference[:]); err != nil {
		return fmt.Errorf("counting a printed value: %w", err)
	}
	return nil
}

// TakeFallback counts a sale in which the stripe does for the chip, and reports
// whether the card's limit of that day (any text) allows it.
func TakeFallback(ctx context.Context, tx *database.Tx, c Card, day string) (allowed bool, err error) {
	var n int
	err = tx.QueryRowContext(ctx, `
		INSERT INTO fallbacks (card, day, count) VALUES (?, ?, 1)
		ON CONFLICT (card, day) DO UPDATE SET count = fallbacks.count + 1 RETURNING count`, c.Reference[:], day).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("counting a fallback: %w", err)
	}
	return n <= c.FallbackLimit, nil
}
