package traypage

import (
	"bytes"
	"embed"
	"html/template"
	"io/fs"
	"net/http"

	"github.com/strongroom-pos/strongroom/internal/localpage"
)

//go:embed assets
var assets embed.FS

func (p *Page) handler() http.Handler {
	files, err := fs.Sub(assets, "assets")
	if err != nil {
		panic("traypage: internal error: assets are not embedded")
	}
	page := template.Must(template.ParseFS(files, "index.html"))
	served := http.FileServerFS(files)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { p.show(w, page) })
	for _, name := range []string{"tray.css", "tray.js", "icon.svg"} {
		mux.Handle("GET /"+name, served)
	}
	mux.HandleFunc("GET /v1/events", localpage.OwnPage(p.events))
	mux.HandleFunc("POST /v1/acts", asJSON(p.act))
	return mux
}

// show shows the page with the cards there are now.
func (p *Page) show(w http.ResponseWriter, page *template.Template) {
	cards, err := p.Cards()
	if err != nil {
		p.Log.Warn("the cards are not shown", "reason", err)
	}
	var b bytes.Buffer
	if err := page.Execute(&b, views(cards)); err != nil {
		p.Log.Warn("the page is not shown", "reason", err)
		localpage.Refuse(w, http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(b.Bytes()) // a reader who left misses nothing
}
