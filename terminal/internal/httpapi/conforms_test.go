package httpapi_test

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// schema is the part of JSON Schema that openapi.json uses. A word that is not
// known here fails, so that no promise of the document goes unchecked.
type schema = map[string]any

var knownWords = []string{"type", "properties", "required", "additionalProperties", "enum", "items",
	"$ref", "oneOf", "minimum", "maximum", "minLength", "maxLength", "pattern", "description"}

func document(t *testing.T) schema {
	t.Helper()
	b, err := os.ReadFile("openapi.json")
	check(t, err)
	var d schema
	check(t, json.Unmarshal(b, &d))
	return d
}

// conforms holds an answer to what the document promises for its route.
func conforms(t *testing.T, method, path string, a answer) {
	t.Helper()
	if strings.HasPrefix(path, "/open?") || a.status == 303 {
		return // leads to the page; not part of the interface
	}
	doc := document(t)
	u, err := url.Parse(path)
	check(t, err)
	if a.status == 204 || a.status == 304 {
		empty(t, doc, method, u.Path, a)
		return
	}
	media, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	check(t, err)
	want := promised(doc, method, u.Path, a.status, media)
	if want == nil {
		if a.status < 400 {
			t.Fatalf("%s %s: the document does not promise %d %s", method, u.Path, a.status, media)
		}
		want = schema{"$ref": "#/components/schemas/Problem"} // an address that the document does not have
	}
	if !strings.Contains(media, "json") {
		return
	}
	var v any
	check(t, json.Unmarshal(a.body, &v))
	if err := valid(doc, want, v, "$"); err != nil {
		t.Fatalf("%s %s: %d %s: %v", method, u.Path, a.status, a.body, err)
	}
}

// empty holds an answer without a body to the document.
func empty(t *testing.T, doc schema, method, path string, a answer) {
	t.Helper()
	if promise := response(doc, method, path, a.status); promise == nil || promise["content"] != nil || len(a.body) > 0 {
		t.Fatalf("%s %s: the document does not promise %d with %d bytes", method, path, a.status, len(a.body))
	}
}

// promised returns the schema of an answer, nil where there is none.
func promised(doc schema, method, path string, status int, media string) schema {
	content, _ := response(doc, method, path, status)["content"].(schema)
	body, _ := content[media].(schema)
	s, _ := body["schema"].(schema)
	return s
}

func response(doc schema, method, path string, status int) schema {
	_, exact := doc["paths"].(schema)[path]
	for template, item := range doc["paths"].(schema) {
		if !matches(template, path) || exact && template != path {
			continue
		}
		operation, _ := item.(schema)[strings.ToLower(method)].(schema)
		responses, _ := operation["responses"].(schema)
		found, _ := responses[strconv.Itoa(status)].(schema)
		if ref, ok := found["$ref"].(string); ok {
			found = resolve(doc, ref)
		}
		return found
	}
	return nil
}

func matches(template, path string) bool {
	a, b := strings.Split(template, "/"), strings.Split(path, "/")
	return slices.EqualFunc(a, b, func(x, y string) bool { return x == y || strings.HasPrefix(x, "{") })
}

func resolve(doc schema, ref string) schema {
	at := doc
	for part := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
		at = at[part].(schema)
	}
	return at
}

func valid(doc, s schema, v any, at string) error {
	for word := range s {
		if !slices.Contains(knownWords, word) {
			return fmt.Errorf("%s: the document uses %q, which this test does not know", at, word)
		}
	}
	if ref, ok := s["$ref"].(string); ok {
		return valid(doc, resolve(doc, ref), v, at)
	}
	if all, ok := s["oneOf"].([]any); ok {
		return one(doc, all, v, at)
	}
	if err := ofType(s["type"], v, at); err != nil {
		return err
	}
	if enum, ok := s["enum"].([]any); ok && !slices.Contains(enum, v) {
		return fmt.Errorf("%s: %v is not one of %v", at, v, enum)
	}
	return inside(doc, s, v, at)
}

func one(doc schema, all []any, v any, at string) error {
	matched := 0
	var last error
	for _, s := range all {
		if err := valid(doc, s.(schema), v, at); err != nil {
			last = err
			continue
		}
		matched++
	}
	if matched != 1 {
		return fmt.Errorf("%s: fits %d of the forms: %w", at, matched, last)
	}
	return nil
}

func ofType(want, v any, at string) error {
	names, many := want.([]any)
	if !many {
		names = []any{want}
	}
	if want != nil && !slices.Contains(names, typeOf(v)) {
		return fmt.Errorf("%s: is %v, not %v", at, typeOf(v), names)
	}
	return nil
}

func typeOf(v any) any {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case []any:
		return "array"
	case float64:
		if v == float64(int64(v)) {
			return "integer"
		}
		return "number"
	}
	return "object"
}

func inside(doc, s schema, v any, at string) error {
	switch v := v.(type) {
	case string:
		return text(s, v, at)
	case float64:
		if low, ok := s["minimum"].(float64); ok && v < low {
			return fmt.Errorf("%s: %v is below %v", at, v, low)
		}
		if high, ok := s["maximum"].(float64); ok && v > high {
			return fmt.Errorf("%s: %v is above %v", at, v, high)
		}
	case []any:
		for i, e := range v {
			if err := valid(doc, s["items"].(schema), e, fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
	case map[string]any:
		return members(doc, s, v, at)
	}
	return nil
}

func text(s schema, v, at string) error {
	if p, ok := s["pattern"].(string); ok && !regexp.MustCompile(p).MatchString(v) {
		return fmt.Errorf("%s: %q does not fit %s", at, v, p)
	}
	if n, ok := s["minLength"].(float64); ok && len(v) < int(n) {
		return fmt.Errorf("%s: too short", at)
	}
	if n, ok := s["maxLength"].(float64); ok && len(v) > int(n) {
		return fmt.Errorf("%s: too long", at)
	}
	return nil
}

func members(doc, s schema, v map[string]any, at string) error {
	properties, _ := s["properties"].(schema)
	required, _ := s["required"].([]any)
	for _, name := range required {
		if _, ok := v[name.(string)]; !ok {
			return fmt.Errorf("%s: %v is missing", at, name)
		}
	}
	for name, value := range v {
		p, ok := properties[name].(schema)
		if !ok && s["additionalProperties"] == false {
			return fmt.Errorf("%s: %s is not in the document", at, name)
		}
		if !ok {
			continue
		}
		if err := valid(doc, p, value, at+"."+name); err != nil {
			return err
		}
	}
	return nil
}

// The control: a validator that accepts everything would hold nothing.
func TestTheValidatorRefusesWhatTheDocumentDoesNotPromise(t *testing.T) {
	doc := document(t)
	good := `{"status":"ready","checks":{"secure_world":true,"reader":true,"pinpad":true,"keys":true,"journal":true,"isolated":true,"acquirer":true}}`
	for name, body := range map[string]string{
		"":                     good,
		"a missing member":     strings.Replace(good, `"reader":true,`, "", 1),
		"an additional member": strings.Replace(good, `"reader":true`, `"reader":true,"pan":"x"`, 1),
		"another type":         strings.Replace(good, `"reader":true`, `"reader":1`, 1),
		"another word":         strings.Replace(good, `"ready"`, `"perhaps"`, 1),
	} {
		var v any
		check(t, json.Unmarshal([]byte(body), &v))
		err := valid(doc, schema{"$ref": "#/components/schemas/Readiness"}, v, "$")
		if (err == nil) != (name == "") {
			t.Errorf("with %q: %v", name, err)
		}
	}
}

// Every reference leads somewhere, and no schema can say a card number.
func TestTheDocumentIsWholeAndHasNoFieldForAccountData(t *testing.T) {
	doc := document(t)
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case schema:
			if ref, ok := v["$ref"].(string); ok {
				resolve(doc, ref)
			}
			if properties, ok := v["properties"].(schema); ok {
				for name := range properties {
					for _, banned := range []string{"pan", "pin", "track", "expiry", "cvv", "cvc", "cardholder", "number"} {
						if name == banned {
							t.Errorf("a schema has the field %s", name)
						}
					}
				}
			}
			for _, e := range v {
				walk(e)
			}
		}
	}
	walk(doc)
}
