package receipt

import (
	_ "embed"
	"html/template"
	"io"
)

//go:embed receipt.html
var pageSource string

// page is read-only. Its style lies in a file of the merchant's page, since the
// content policy allows none within.
var page = template.Must(template.New("receipt").Parse(pageSource))

// HTML writes the receipt as a page for printing.
func (r Receipt) HTML(w io.Writer) error {
	return page.Execute(w, struct {
		ID    string
		Lines []Line
	}{r.PaymentID.String(), r.Lines()})
}
