package frame

import (
	"encoding/binary"
	"errors"
	"reflect"
	"strconv"
)

// Errors of a body.
var (
	ErrLayout = errors.New("frame: body does not fit the message's layout")
	ErrValue  = errors.New("frame: a field is out of its range")
)

type valid interface{ Valid() bool }

// Append encodes message, a struct or a pointer to one, onto dst.
func Append(dst []byte, message any) ([]byte, error) {
	return appendValue(dst, reflect.Indirect(reflect.ValueOf(message)), MaxBody)
}

// Parse decodes body into message, a pointer to a struct. Every byte must be
// used and every field that has a Valid method must be valid. Slices in the
// result are copies.
func Parse(body []byte, message any) error {
	rest, err := parseValue(body, reflect.ValueOf(message).Elem(), MaxBody)
	if err != nil {
		return err
	}
	if len(rest) != 0 {
		return ErrLayout
	}
	return nil
}

func appendValue(dst []byte, v reflect.Value, limit int) ([]byte, error) {
	switch v.Kind() {
	case reflect.Struct:
		return appendFields(dst, v)
	case reflect.Bool:
		if v.Bool() {
			return append(dst, 1), nil
		}
		return append(dst, 0), nil
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return appendNumber(dst, v.Uint(), int(v.Type().Size())), nil
	case reflect.Int64:
		return appendNumber(dst, uint64(v.Int()), 8), nil
	case reflect.Array:
		n := len(dst)
		dst = append(dst, make([]byte, v.Len())...)
		reflect.Copy(reflect.ValueOf(dst[n:]), v)
		return dst, nil
	case reflect.Slice:
		if v.Len() > limit {
			return nil, ErrTooLong
		}
		return append(appendNumber(dst, uint64(v.Len()), 2), v.Bytes()...), nil
	}
	panic("frame: internal error: a message has a field of kind " + v.Kind().String())
}

func appendFields(dst []byte, v reflect.Value) ([]byte, error) {
	var err error
	for i := range v.NumField() {
		if dst, err = appendValue(dst, v.Field(i), sliceLimit(v.Type().Field(i))); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

func appendNumber(dst []byte, n uint64, width int) []byte {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], n)
	return append(dst, b[8-width:]...)
}

func parseValue(b []byte, v reflect.Value, limit int) ([]byte, error) {
	rest, err := parseKind(b, v, limit)
	if err != nil {
		return nil, err
	}
	if c, ok := v.Interface().(valid); ok && !c.Valid() {
		return nil, ErrValue
	}
	return rest, nil
}

func parseKind(b []byte, v reflect.Value, limit int) ([]byte, error) {
	switch v.Kind() {
	case reflect.Struct:
		return parseFields(b, v)
	case reflect.Slice:
		return parseSlice(b, v, limit)
	case reflect.Array:
		return parseArray(b, v)
	}
	width := int(v.Type().Size())
	if len(b) < width {
		return nil, ErrLayout
	}
	return b[width:], setNumber(v, b[:width])
}

func parseFields(b []byte, v reflect.Value) ([]byte, error) {
	var err error
	for i := range v.NumField() {
		if b, err = parseValue(b, v.Field(i), sliceLimit(v.Type().Field(i))); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func parseSlice(b []byte, v reflect.Value, limit int) ([]byte, error) {
	if len(b) < 2 {
		return nil, ErrLayout
	}
	n := int(binary.BigEndian.Uint16(b))
	if n > limit {
		return nil, ErrTooLong
	}
	if len(b) < 2+n {
		return nil, ErrLayout
	}
	v.SetBytes(append([]byte(nil), b[2:2+n]...))
	return b[2+n:], nil
}

func parseArray(b []byte, v reflect.Value) ([]byte, error) {
	if len(b) < v.Len() {
		return nil, ErrLayout
	}
	reflect.Copy(v, reflect.ValueOf(b[:v.Len()]))
	return b[v.Len():], nil
}

func setNumber(v reflect.Value, b []byte) error {
	var n uint64
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	switch v.Kind() {
	case reflect.Bool:
		if n > 1 {
			return ErrValue
		}
		v.SetBool(n == 1)
	case reflect.Int64:
		v.SetInt(int64(n))
	default:
		v.SetUint(n)
	}
	return nil
}

func sliceLimit(f reflect.StructField) int {
	n, err := strconv.Atoi(f.Tag.Get("max"))
	if err != nil {
		return 0
	}
	return n
}
