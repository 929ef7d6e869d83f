package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// reference is openapi.json as people read it, in the order in which it is written.
type reference struct {
	Title       string
	Description string
	Routes      []routeText
	Schemas     []schemaText
}

type routeText struct {
	ID, Method, Path, Summary, Description string
	Parameters                             []fieldText
	Body                                   []typeText
	Answers                                []answerText
	Problems                               string // the statuses that are problems
}

type answerText struct {
	Status, Description string
	Forms               []formText
}

type formText struct {
	Media string
	Type  typeText
}

type fieldText struct {
	Name, Where, Description string
	Required                 bool
	Type                     typeText
}

// typeText is a type in words; Schema names one of ours.
type typeText struct{ Words, Schema string }

type schemaText struct {
	Name, Description string
	Fields            []fieldText
	Type              typeText // of what is no object
}

type openAPI struct {
	Info       struct{ Title, Description string }
	Paths      ordered[ordered[operation]]
	Components struct {
		Schemas   ordered[schemaDoc]
		Responses map[string]response
	}
}

type operation struct {
	OperationID, Summary, Description string
	Parameters                        []struct {
		Name, In, Description string
		Required              bool
		Schema                schemaDoc
	}
	RequestBody struct{ Content ordered[media] }
	Responses   ordered[response]
}

type response struct {
	Ref         string `json:"$ref"`
	Description string
	Content     ordered[media]
}

type media struct{ Schema schemaDoc }

type schemaDoc struct {
	Ref         string `json:"$ref"`
	Type        any
	Description string
	Enum        []any
	Items       *schemaDoc
	OneOf       []schemaDoc
	Properties  ordered[schemaDoc]
	Required    []string
	Minimum     *json.Number
	Maximum     *json.Number
	MaxLength   *json.Number
}

// ordered is an object whose members keep their order.
type ordered[T any] []member[T]

type member[T any] struct {
	Name  string
	Value T
}

// UnmarshalJSON reads an object.
func (o *ordered[T]) UnmarshalJSON(b []byte) error {
	d := json.NewDecoder(bytes.NewReader(b))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		var m member[T]
		m.Name, _ = t.(string)
		if err := d.Decode(&m.Value); err != nil {
			return fmt.Errorf("%s: %w", m.Name, err)
		}
		*o = append(*o, m)
	}
	return nil
}

func readReference(document []byte) (reference, error) {
	var doc openAPI
	if err := json.Unmarshal(document, &doc); err != nil {
		return reference{}, err
	}
	r := reference{Title: doc.Info.Title, Description: doc.Info.Description}
	for _, path := range doc.Paths {
		for _, o := range path.Value {
			r.Routes = append(r.Routes, routeOfDoc(doc, path.Name, o.Name, o.Value))
		}
	}
	for _, s := range doc.Components.Schemas {
		r.Schemas = append(r.Schemas, schemaText{Name: s.Name, Description: s.Value.Description, Fields: fieldsOf(s.Value), Type: typeOf(s.Value)})
	}
	return r, nil
}

func routeOfDoc(doc openAPI, path, method string, o operation) routeText {
	r := routeText{ID: o.OperationID, Method: strings.ToUpper(method), Path: path, Summary: o.Summary, Description: o.Description}
	for _, p := range o.Parameters {
		r.Parameters = append(r.Parameters, fieldText{p.Name, p.In, first(p.Description, p.Schema.Description), p.Required, typeOf(p.Schema)})
	}
	for _, m := range o.RequestBody.Content {
		r.Body = append(r.Body, typeOf(m.Value.Schema))
	}
	var problems []string
	for _, a := range o.Responses {
		v := a.Value
		if v.Ref != "" {
			v = doc.Components.Responses[last(v.Ref)]
		}
		if a.Name >= "400" {
			problems = append(problems, a.Name)
			if !slices.ContainsFunc(v.Content, func(m member[media]) bool { return m.Name == "application/json" }) {
				continue
			}
		}
		t := answerText{Status: a.Name, Description: v.Description}
		for _, m := range v.Content {
			t.Forms = append(t.Forms, formText{m.Name, typeOf(m.Value.Schema)})
		}
		r.Answers = append(r.Answers, t)
	}
	r.Problems = strings.Join(problems, ", ")
	return r
}

func fieldsOf(s schemaDoc) (fields []fieldText) {
	for _, p := range s.Properties {
		fields = append(fields, fieldText{p.Name, "", p.Value.Description, slices.Contains(s.Required, p.Name), typeOf(p.Value)})
	}
	return fields
}

// typeOf names a type in few words, with its bounds.
func typeOf(s schemaDoc) typeText {
	switch {
	case s.Ref != "":
		return typeText{Schema: last(s.Ref)}
	case s.Items != nil:
		t := typeOf(*s.Items)
		return typeText{strings.TrimSpace("list of " + t.Words), t.Schema}
	case len(s.OneOf) > 0:
		return oneOfText(s.OneOf)
	case len(s.Enum) > 0:
		var words []string
		for _, e := range s.Enum {
			words = append(words, strings.ReplaceAll(fmt.Sprint(e), "<nil>", "null"))
		}
		return typeText{Words: strings.Join(words, ", ")}
	}
	return typeText{Words: plainType(s.Type) + bounds(s)}
}

// oneOfText names the first schema of ours, and the others beside it.
func oneOfText(forms []schemaDoc) (t typeText) {
	var words []string
	for _, form := range forms {
		one := typeOf(form)
		if t.Schema == "" && one.Schema != "" {
			t.Schema = one.Schema
			continue
		}
		words = append(words, first(one.Schema, one.Words))
	}
	t.Words = strings.Join(words, " or ") + " or"
	return t
}

func plainType(v any) string {
	many, ok := v.([]any)
	if !ok {
		many = []any{v}
	}
	var words []string
	for _, one := range many {
		if one != nil {
			words = append(words, fmt.Sprint(one))
		}
	}
	return strings.Join(words, " or ")
}

func bounds(s schemaDoc) string {
	switch {
	case s.Minimum != nil && s.Maximum != nil:
		return fmt.Sprintf(", %s to %s", *s.Minimum, *s.Maximum)
	case s.Minimum != nil:
		return ", at least " + s.Minimum.String()
	case s.MaxLength != nil:
		return ", at most " + s.MaxLength.String() + " characters"
	}
	return ""
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func last(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }
