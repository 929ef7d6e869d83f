package sale

import (
	"bytes"
	"encoding/json"
	"io"
	"unicode/utf8"
)

// parse reads a body by its form.
func (f form) parse(body []byte) (Request, error) {
	if len(body) > MaxBody {
		return Request{}, TooLarge.Refuse()
	}
	if !utf8.Valid(body) || !json.Valid(body) {
		return Request{}, Malformed.Refuse()
	}
	fields, err := readFields(body)
	if err != nil {
		return Request{}, err
	}
	return f.fill(fields)
}

// readFields reads a flat object; encoding/json alone would let a doubled field
// through, and then two readers of one body could see two amounts.
func readFields(body []byte) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, Malformed.Refuse()
	}
	fields := map[string]any{}
	for d.More() {
		if err := readField(d, fields); err != nil {
			return nil, err
		}
	}
	if _, err := d.Token(); err != nil { // the closing brace
		return nil, Malformed.Refuse()
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, Malformed.Refuse()
	}
	return fields, nil
}

func readField(d *json.Decoder, fields map[string]any) error {
	t, err := d.Token()
	name, isText := t.(string)
	if err != nil || !isText {
		return Malformed.Refuse()
	}
	if _, doubled := fields[name]; doubled {
		return Malformed.Refuse()
	}
	value, err := d.Token()
	if err != nil {
		return Malformed.Refuse()
	}
	switch value.(type) {
	case string, json.Number, bool:
		fields[name] = value
		return nil
	}
	return Malformed.Refuse() // null and nested values have no place here
}
