package pairing

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"regexp"
)

// ErrBody says that a body is not of its form. It never quotes it.
var ErrBody = errors.New("pairing: a field is missing, doubled, unknown or not of its form")

// MaxBody holds every body about pairing several times over.
const MaxBody = 1024

// maxFields is more than any body has.
const maxFields = 8

// ParseAsk reads {"name": …, "scopes": […]}.
func ParseAsk(body []byte) (name string, s Scopes, err error) {
	f, err := fields(body)
	if err != nil || len(f) != 2 {
		return "", 0, ErrBody
	}
	name, isText := f["name"].(string)
	names, isList := f["scopes"].([]string)
	s, ok := ParseScopes(names)
	if !isText || !isList || !ok || !ValidName(name) {
		return "", 0, ErrBody
	}
	return name, s, nil
}

// ParseConfirmation reads {"scopes": […]} or {}, which is zero: all that were asked
// for.
func ParseConfirmation(body []byte) (Scopes, error) {
	f, err := fields(body)
	if err != nil || len(f) > 1 {
		return 0, ErrBody
	}
	if len(f) == 0 {
		return 0, nil
	}
	names, isList := f["scopes"].([]string)
	s, ok := ParseScopes(names)
	if !isList || !ok {
		return 0, ErrBody
	}
	return s, nil
}

// ParseProof reads {"code": …} or {"secret": …}.
func ParseProof(body []byte) (Proof, error) {
	f, err := fields(body)
	if err != nil || len(f) != 1 {
		return Proof{}, ErrBody
	}
	code, isCode := f["code"].(string)
	secret, isSecret := f["secret"].(string)
	switch {
	case isCode && regexp.MustCompile(`^[0-9]{8}$`).MatchString(code):
		return Proof{Code: code}, nil
	case isSecret && regexp.MustCompile(secretForm).MatchString(secret):
		return Proof{Secret: secret}, nil
	}
	return Proof{}, ErrBody
}

// fields reads one object of texts and lists of texts, none of them named twice:
// encoding/json alone lets a doubled field through, and spellings of a name.
func fields(body []byte) (map[string]any, error) {
	if len(body) > MaxBody || !json.Valid(body) {
		return nil, ErrBody
	}
	d := json.NewDecoder(bytes.NewReader(body))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, ErrBody
	}
	f := map[string]any{}
	for d.More() {
		if err := field(d, f); err != nil {
			return nil, err
		}
	}
	if _, err := d.Token(); err != nil { // the closing brace
		return nil, ErrBody
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, ErrBody
	}
	return f, nil
}

func field(d *json.Decoder, f map[string]any) error {
	t, err := d.Token()
	name, isText := t.(string)
	if _, doubled := f[name]; err != nil || !isText || doubled || len(f) == maxFields {
		return ErrBody
	}
	var raw json.RawMessage
	if err := d.Decode(&raw); err != nil {
		return ErrBody
	}
	var text *string
	var list []*string
	switch {
	case raw[0] == '"' && json.Unmarshal(raw, &text) == nil:
		f[name] = *text
	case raw[0] == '[' && json.Unmarshal(raw, &list) == nil:
		return addList(f, name, list)
	default:
		return ErrBody
	}
	return nil
}

func addList(f map[string]any, name string, list []*string) error {
	texts := []string{}
	for _, t := range list {
		if t == nil {
			return ErrBody // null
		}
		texts = append(texts, *t)
	}
	f[name] = texts
	return nil
}
