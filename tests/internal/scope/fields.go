package scope

import (
	"fmt"
	"reflect"
	"strings"
)

// Fields holds the fields of messages to what cannot carry an account number:
// booleans, numbers of at most 32 bits (ten digits), and closed types of the
// vocabulary package, whose Valid method refuses an account number however it
// is laid into them. Structs, arrays and slices of such types may be types of
// the door itself. Opaque lists fields, as "Message.Field", or vocabulary types,
// as "package.Type", that have room for an account number, each with the reason
// for which none can come there.
func Fields(messages []any, door, vocabulary string, opaque []Line) []Problem {
	v := &fieldVisitor{door: door, vocabulary: vocabulary, opaque: newLedger(opaque)}
	for _, m := range messages {
		t := reflect.TypeOf(m)
		if t == nil || t.Kind() != reflect.Struct || t.PkgPath() != door {
			v.refuse(fmt.Sprint(t), "is no struct of the door")
			continue
		}
		v.fields(t.Name(), t)
	}
	return append(v.problems, v.opaque.rot("opaque fields")...)
}

type fieldVisitor struct {
	door, vocabulary string
	opaque           *ledger
	problems         []Problem
}

func (v *fieldVisitor) refuse(path, why string) {
	v.problems = append(v.problems, refused("%s %s", path, why))
}

func (v *fieldVisitor) fields(path string, t reflect.Type) {
	for f := range t.Fields() {
		v.visit(path+"."+f.Name, f.Type)
	}
}

func (v *fieldVisitor) visit(path string, t reflect.Type) {
	if t.PkgPath() != "" && t.PkgPath() != v.door && t.PkgPath() != v.vocabulary {
		v.refuse(path, "is a "+t.String()+", a type of a package that may not define fields")
		return
	}
	if why := v.room(t); why != "" && !v.isOpaque(path, t) {
		v.refuse(path, why)
	}
}

func (v *fieldVisitor) isOpaque(path string, t reflect.Type) bool {
	return v.opaque.allows(func(l string) bool { return l == path || l == t.String() })
}

// room says why an account number would fit into a value of the type, or
// nothing. It descends into structs of the door field by field.
func (v *fieldVisitor) room(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Int8, reflect.Int16, reflect.Int32:
		return ""
	}
	if t.PkgPath() == v.vocabulary {
		return roomInClosed(t)
	}
	switch t.Kind() {
	case reflect.Struct:
		v.fields(t.Name(), t)
		return ""
	case reflect.Array, reflect.Slice:
		return v.roomInList(t)
	case reflect.Int, reflect.Uint, reflect.Int64, reflect.Uint64:
		return "is a bare " + t.Kind().String() + ": sixteen digits fit; use a closed type with a range"
	}
	return "is a " + t.Kind().String() + ", which can carry anything"
}

// roomInList allows lists of closed types and of structs, not of bare numbers.
func (v *fieldVisitor) roomInList(t reflect.Type) string {
	e := t.Elem()
	if e.Kind() != reflect.Struct && e.PkgPath() != v.vocabulary {
		return "is a list of bare " + e.Kind().String() + ", into which an account number fits piece by piece"
	}
	return v.room(e)
}

// roomInClosed lays account numbers into a value of a vocabulary type, in every
// way that fits, and asks the type whether that is valid.
func roomInClosed(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Int64, reflect.Uint64, reflect.Array, reflect.Struct:
	default:
		return "is a " + t.String() + ", whose kind " + t.Kind().String() + " has no fixed room"
	}
	if _, ok := reflect.Zero(t).Interface().(validity); !ok {
		return "is a " + t.String() + ", which has no Valid method"
	}
	for _, value := range laid(t) {
		if value.Interface().(validity).Valid() {
			return "is a " + t.String() + ", in which an account number is valid"
		}
	}
	return ""
}

type validity interface{ Valid() bool }

// probes are public test numbers of 15 and 16 digits; the shortest in use have
// 12, the number of digits of an RRN, which is why lengths below 13 are left to
// the types.
func probes() []string {
	return []string{"4111111111111111", "378282246310005", "4222222222222"}
}

// laid returns values of t that hold an account number.
func laid(t reflect.Type) []reflect.Value {
	var values []reflect.Value
	for _, digits := range probes() {
		switch t.Kind() {
		case reflect.Int64, reflect.Uint64:
			values = append(values, laidNumber(t, digits))
		case reflect.Array:
			values = append(values, laidArray(t, digits)...)
		case reflect.Struct:
			values = append(values, laidStruct(t, digits)...)
		}
	}
	return values
}

func laidNumber(t reflect.Type, digits string) reflect.Value {
	var n uint64
	for _, d := range []byte(digits) {
		n = n*10 + uint64(d-'0')
	}
	return reflect.ValueOf(n).Convert(t)
}

func laidArray(t reflect.Type, digits string) []reflect.Value {
	var values []reflect.Value
	for _, text := range []string{digits, bcd(digits), reverse(digits)} {
		for _, fill := range []byte{0, ' '} {
			if value, ok := filled(t, text, fill); ok {
				values = append(values, value)
			}
		}
	}
	return values
}

func filled(t reflect.Type, text string, fill byte) (reflect.Value, bool) {
	value := reflect.New(t).Elem()
	if t.Elem().Kind() != reflect.Uint8 || len(text) > t.Len() {
		return value, false
	}
	padded := text + strings.Repeat(string(fill), t.Len()-len(text))
	for i := range t.Len() {
		value.Index(i).SetUint(uint64(padded[i]))
	}
	return value, true
}

// laidStruct lays the number into one array or wide number of the struct at a
// time, with every small value in the fields that could be its length.
func laidStruct(t reflect.Type, digits string) []reflect.Value {
	var values []reflect.Value
	for f := range t.Fields() {
		if !f.IsExported() {
			continue
		}
		for _, part := range laidField(f.Type, digits) {
			for length := range uint64(20) {
				value := reflect.New(t).Elem()
				setLengths(value, length)
				value.FieldByIndex(f.Index).Set(part)
				values = append(values, value)
			}
		}
	}
	return values
}

func laidField(t reflect.Type, digits string) []reflect.Value {
	switch t.Kind() {
	case reflect.Int64, reflect.Uint64:
		return []reflect.Value{laidNumber(t, digits)}
	case reflect.Array:
		return laidArray(t, digits)
	case reflect.String:
		return []reflect.Value{reflect.ValueOf(digits).Convert(t)}
	}
	return nil
}

func setLengths(value reflect.Value, length uint64) {
	for _, f := range value.Fields() {
		if f.CanSet() && f.Kind() == reflect.Uint8 {
			f.SetUint(length)
		}
	}
}

func bcd(digits string) string {
	if len(digits)%2 == 1 {
		digits = "0" + digits
	}
	var b strings.Builder
	for i := 0; i < len(digits); i += 2 {
		b.WriteByte(digits[i]<<4 | digits[i+1]&0x0F)
	}
	return b.String()
}

func reverse(s string) string {
	b := []byte(s)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}
