package httpapi_test

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/terminal/internal/standin"
)

// request is one of requests.http, with its variables in it.
type request struct {
	title, name, method, address, body string
	header                             []string
}

// readRequests reads an .http file: variables, and requests between ### lines.
func readRequests(s string) (variables map[string]string, all []request) {
	variables = map[string]string{}
	parts := strings.Split("\n"+s, "\n### ")
	for line := range strings.SplitSeq(parts[0], "\n") {
		if name, value, ok := strings.Cut(strings.TrimPrefix(line, "@"), " = "); ok && strings.HasPrefix(line, "@") {
			variables[name] = value
		}
	}
	for _, part := range parts[1:] {
		all = append(all, readRequest(part))
	}
	return variables, all
}

func readRequest(part string) (r request) {
	head, body, _ := strings.Cut(part, "\n\n")
	r.body = strings.TrimSpace(body)
	lines := strings.Split(head, "\n")
	r.title = lines[0]
	for _, line := range lines[1:] {
		name, value, isHeader := strings.Cut(line, ": ")
		switch {
		case strings.HasPrefix(line, "# @name "):
			r.name = strings.TrimPrefix(line, "# @name ")
		case strings.HasPrefix(line, "#") || line == "":
		case r.method == "":
			r.method, r.address, _ = strings.Cut(line, " ")
		case isHeader:
			r.header = append(r.header, name, value)
		}
	}
	return r
}

var placeholder = regexp.MustCompile(`\{\{([^}]+)\}\}`)

// fill puts values into their places. A place without a value fails the test.
func fill(t *testing.T, s string, values map[string]string) string {
	t.Helper()
	return placeholder.ReplaceAllStringFunc(s, func(m string) string {
		name := placeholder.FindStringSubmatch(m)[1]
		if name == "$guid" {
			return rand.Text()
		}
		v, ok := values[name]
		if !ok {
			t.Fatalf("%s has no value", m)
		}
		return v
	})
}

// Every request of the file is sent, and answered as openapi.json promises; every
// route has one. Those of pairing need two sides and are tried with pairing.
func TestEveryRequestOfTheCollectionSucceeds(t *testing.T) {
	b, err := os.ReadFile("../../requests.http")
	check(t, err)
	r := newRig(t, standin.Lives)
	values, all := readRequests(string(b))
	values["base"], values["token"] = "", r.secrets.Token()
	asked := map[string]bool{}
	for _, q := range all {
		path := strings.TrimPrefix(strings.TrimPrefix(q.address, "{{base}}"), "{{tls}}")
		asked[q.method+" "+templateOf(t, path)] = true
		if strings.HasPrefix(q.title, "Pairing:") {
			continue
		}
		address, header := fill(t, q.address, values), make([]string, len(q.header))
		for i, h := range q.header {
			header[i] = fill(t, h, values)
		}
		if path == "/v1/events" {
			r.listen("0", 3)
			continue
		}
		a := r.raw(q.method, address, q.body, header...)
		if a.status >= 300 {
			t.Fatalf("%s: %s %s answers %d %s", q.title, q.method, address, a.status, a.body)
		}
		r.remember(q, a, values)
	}
	for path, item := range document(t)["paths"].(schema) {
		for method := range item.(schema) {
			if !asked[strings.ToUpper(method)+" "+path] {
				t.Errorf("there is no request for %s %s", method, path)
			}
		}
	}
}

// remember keeps what later requests take from an answer, and waits for a payment to
// end.
func (r *rig) remember(q request, a answer, values map[string]string) {
	r.t.Helper()
	var v map[string]any
	if json.Unmarshal(a.body, &v) != nil {
		return // text
	}
	for field, value := range v {
		if n, ok := value.(float64); ok {
			value = int64(n)
		}
		if q.name != "" {
			values[q.name+".response.body.$."+field] = fmt.Sprint(value)
		}
	}
	if q.method == http.MethodPost && a.header.Get("Location") != "" && v["outcome"] == nil && v["money"] != nil {
		r.settled(a.payment(r.t).ID)
	}
}

// templateOf is the document's route of a path with variables.
func templateOf(t *testing.T, path string) string {
	t.Helper()
	path, _, _ = strings.Cut(path, "?")
	best := ""
	for template := range document(t)["paths"].(schema) {
		if matches(template, path) && (best == "" || strings.Contains(best, "{")) {
			best = template
		}
	}
	if best == "" {
		t.Errorf("%s is in no document", path)
	}
	return best
}

func FuzzReadRequests(f *testing.F) {
	f.Add("@a = b\n\n### one\n# @name x\nGET {{a}}/y\nH: v\n\n{}\n### two\n")
	f.Fuzz(func(t *testing.T, s string) {
		_, all := readRequests(s)
		if len(all) > strings.Count(s, "### ") {
			t.Error("there are more requests than marks")
		}
	})
}
