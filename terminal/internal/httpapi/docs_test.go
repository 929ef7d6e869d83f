package httpapi_test

import (
	"regexp"
	"strings"
	"testing"
)

func TestTheReferencePageHasEveryRouteAndAsksNobodyElse(t *testing.T) {
	r := newRig(t, fast)
	a := r.raw("GET", "/docs", "") // it holds no data and needs no secret
	r.expect(a, 200, "")
	page := string(a.body)
	doc := document(t)
	for path, item := range doc["paths"].(schema) {
		for method, o := range item.(schema) {
			id, _ := o.(schema)["operationId"].(string)
			for _, want := range []string{"<code>" + path + "</code>", `<section id="` + id + `">`, strings.ToUpper(method) + " " + path} {
				if !strings.Contains(page, want) {
					t.Errorf("the page lacks %s", want)
				}
			}
		}
	}
	for _, m := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(page, -1) {
		if !strings.Contains(page, `id="`+m[1]+`"`) {
			t.Errorf("a link leads to %s, which is not there", m[1])
		}
	}
	if m := regexp.MustCompile(`(?i)<script|\sstyle=|<style|https?://|src=`).FindString(page); m != "" {
		t.Errorf("the page has %q", m)
	}
	if !strings.HasPrefix(a.header.Get("Content-Security-Policy"), "default-src 'self'") {
		t.Error("the page has no content policy")
	}
	style, err := r.try("GET", "/docs.css", "")
	check(t, err)
	if style.status != 200 || !strings.HasPrefix(style.header.Get("Content-Type"), "text/css") || strings.Contains(string(style.body), "url(") {
		t.Errorf("the style answers %d", style.status)
	}
}

// What can be asked for is in the document, and what is in the document can be asked
// for.
func TestTheDocumentHasEveryRouteAndNoOther(t *testing.T) {
	r := newRig(t, fast)
	doc := document(t)
	for path, item := range doc["paths"].(schema) {
		if path == "/v1/events" {
			continue // a stream, which does not end
		}
		for method := range item.(schema) {
			concrete := strings.NewReplacer("{id}", "x", "{batch}", "0", "{webhook}", "x").Replace(path)
			a, err := r.try(strings.ToUpper(method), concrete, "", "Authorization", "Bearer "+r.secrets.Token())
			check(t, err)
			if a.status == 405 {
				t.Errorf("%s %s is in the document and cannot be asked for", method, path)
			}
		}
	}
}
