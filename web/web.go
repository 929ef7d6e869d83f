// Package web is the merchant's page and the customer's display: documents, styles,
// scripts and words, embedded and served by the terminal, with no request to anywhere
// else.
//
// Only the terminal imports it. It may show what the terminal may know, and must
// never hold account data: a PIN or a card number is never typed here, and no
// field asks for one.
package web

import (
	"embed"
	"path"
)

//go:embed *.html *.webmanifest *.svg app/*.js css/*.css lang/*.json icons/*.png
var files embed.FS

// kind is a media type and the folder that files of it are in.
type kind struct{ contentType, folder string }

// kinds is read-only. What is not listed is not served.
var kinds = map[string]kind{
	".html":        {"text/html; charset=utf-8", ""},
	".css":         {"text/css; charset=utf-8", "css"},
	".js":          {"text/javascript; charset=utf-8", "app"},
	".json":        {"application/json", "lang"},
	".svg":         {"image/svg+xml", ""},
	".png":         {"image/png", "icons"},
	".webmanifest": {"application/manifest+json", ""},
}

// Asset returns a file of the page and its media type. All of them are served from
// one level, whatever folder they are kept in: a worker may only look after what is
// below its own address.
func Asset(name string) (body []byte, contentType string, ok bool) {
	k, ok := kinds[path.Ext(name)]
	if !ok || path.Base(name) != name {
		return nil, "", false
	}
	body, err := files.ReadFile(path.Join(k.folder, name))
	return body, k.contentType, err == nil
}
