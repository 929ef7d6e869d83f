// Package web is the merchant's page: one document, one style, one script,
// embedded and served by the terminal, with no request to anywhere else.
//
// Only the terminal imports it. It may show what the terminal may know, and must
// never hold account data: a PIN or a card number is never typed here, and no
// field asks for one.
package web

import (
	"embed"
	"path"
)

//go:embed index.html app.css app.js receipt.css art.svg icon.svg
var files embed.FS

// contentTypes is read-only. What is not listed is not served.
var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
}

// Asset returns a file of the page and its media type.
func Asset(name string) (body []byte, contentType string, ok bool) {
	contentType, ok = contentTypes[path.Ext(name)]
	if !ok {
		return nil, "", false
	}
	body, err := files.ReadFile(name)
	return body, contentType, err == nil
}
