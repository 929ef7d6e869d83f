package httpapi

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
	"sync"
)

//go:embed docs.html
var docsSource string

//go:embed docs.css
var docsStyle []byte

// docsPage is the reference, written once from openapi.json. It has no script and
// asks for nothing but its style.
var docsPage = sync.OnceValues(func() ([]byte, error) {
	r, err := readReference(openAPIDocument)
	if err != nil {
		return nil, err
	}
	t, err := template.New("docs").Parse(docsSource)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, r)
	return b.Bytes(), err
})

func (a *api) docs(w http.ResponseWriter, r *http.Request) {
	page, err := docsPage()
	if err != nil {
		a.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(page) // the client is gone; there is nobody to tell
}

func (a *api) docsCSS(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = w.Write(docsStyle) // likewise
}
