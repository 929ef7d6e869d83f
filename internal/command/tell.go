//go:build linux

package command

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/strongroom-pos/strongroom/internal/estate"
)

// words makes a state of the interface readable.
func words(s string) string { return strings.ReplaceAll(s, "_", " ") }

// tell prints receipt and books.
func tell(ctx context.Context, lane *estate.Lane, r Result, out io.Writer) error {
	text, err := lane.Till.ReceiptText(ctx, r.Payment.ID)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\n%s\n", strings.TrimRight(text, "\n"))
	fmt.Fprintf(out, "\n  %s\n", how(r.Payment))
	fmt.Fprintf(out, "  approved %s, card completed with a TC %s, PIN verified %s\n",
		yes(r.Approved), yes(r.CardCompleted), yes(r.PINVerified))
	fmt.Fprintf(out, "  merchant got %s, cardholder paid %s, ledger balanced %s\n",
		euro(r.LedgerNet), euro(r.IssuerNet), yes(r.LedgerBalanced))
	return nil
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "NO"
}

func euro(minor int64) string { return fmt.Sprintf("EUR %d.%02d", minor/100, minor%100) }

const megabyte = 1 << 20

// tellMemory prints the table of what each world held.
func tellMemory(m *Memory, out io.Writer) {
	fmt.Fprintln(out, "\nWhat each world's memory held of the first card (copies of its number, track 2 and PIN)")
	if m == nil {
		fmt.Fprintln(out, "  not measured: only root may read other processes' memory")
		return
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "  \tmay hold\twhile the PIN was typed\tafter the sale\tswept\thidden from root")
	for _, w := range m.Worlds {
		fmt.Fprintf(t, "  %s\t%s\t%d\t%d\t%.0f MB\t%.1f MB\n", w.Process, w.MayHold, w.During.Copies(), w.After.Copies(),
			float64(w.During.Bytes+w.After.Bytes)/megabyte, float64(w.After.Hidden)/megabyte)
	}
	_ = t.Flush() // a closed output is noticed at the next line
	if m.Controls == 0 {
		fmt.Fprintln(out, "  The control failed: no copy was found even where one must be. The table proves nothing.")
		return
	}
	fmt.Fprintln(out, "  Reader, PIN pad and acquirer hold card data by nature; that theirs are found is the control.")
}
