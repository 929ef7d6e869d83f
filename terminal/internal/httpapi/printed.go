package httpapi

import (
	"net/http"
	"strconv"

	"github.com/strongroom-pos/strongroom/terminal/internal/receipt"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// printed answers with the bytes that a receipt printer takes as they are.
func (a *api) printed(w http.ResponseWriter, r *http.Request, made receipt.Receipt) {
	paper, ok := map[string]int{strconv.Itoa(receipt.WidePaper): receipt.WidePaper,
		strconv.Itoa(receipt.NarrowPaper): receipt.NarrowPaper}[choice(r, "width", strconv.Itoa(receipt.WidePaper))]
	if !ok {
		a.fail(w, r, sale.Malformed.Refuse())
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", `attachment; filename="receipt.escpos"`)
	// A failure means that the client is gone.
	_, _ = w.Write(made.ESCPOS(paper)) //nolint:gosec // G705: an attachment of bytes, and nosniff is set
}
