package cardview

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// An Answer is one answer of a card as it may be shown.
type Answer struct {
	Command string   `json:"command"` // SELECT A0000000031010, READ RECORD 2.1, …
	Status  string   `json:"status"`  // 9000
	Objects []Object `json:"objects,omitempty"`
	Hidden  int      `json:"hidden,omitempty"` // bytes that are no data objects
}

// An Object is one data object as it may be shown.
type Object struct {
	Tag      string   `json:"tag"`
	Name     string   `json:"name,omitempty"`
	Length   int      `json:"length"`
	Value    string   `json:"value,omitempty"` // hexadecimal digits
	Text     string   `json:"text,omitempty"`
	LastFour string   `json:"last_four,omitempty"`
	Hidden   bool     `json:"hidden,omitempty"`
	Objects  []Object `json:"objects,omitempty"`
}

// Answers are all answers, in the order in which they came.
func (v *View) Answers() []Answer {
	var out []Answer
	for _, e := range v.exchanges {
		body, status := splitAnswer(e.answer)
		a := Answer{Command: v.title(e.command), Status: fmt.Sprintf("%X", status)}
		if l, ok := parts(e.command, body); ok {
			a.Objects = v.objects(l)
		} else {
			a.Hidden = len(body)
		}
		out = append(out, a)
	}
	return out
}

// title is a command in words. SELECT names text files in text.
func (v *View) title(command []byte) string {
	data := commandData(command)
	switch command[1] {
	case insSelect:
		if v.guard.finds(data) {
			return "SELECT"
		}
		if printable(data) {
			return "SELECT " + string(data)
		}
		return fmt.Sprintf("SELECT %X", data)
	case insReadRecord:
		return fmt.Sprintf("READ RECORD %d.%d", command[3]>>3, command[2])
	case insProcessingOptions:
		return "GET PROCESSING OPTIONS"
	case insGetData:
		return fmt.Sprintf("GET DATA %X", command[2:4])
	default:
		return fmt.Sprintf("command %X", command[:2])
	}
}

func (v *View) objects(l tlv.List) (out []Object) {
	for _, e := range l {
		about := v.entry(e.Tag)
		o := Object{Tag: fmt.Sprintf("%X", uint32(e.Tag)), Name: about.name, Length: len(e.Value)}
		switch {
		case e.Tag.Constructed():
			o.Objects = v.objects(e.Children)
		case len(e.Value) == 0:
		case v.open(e.Tag, e.Value):
			o.Value = fmt.Sprintf("%X", e.Value)
			if isText(e.Tag) && printable(e.Value) {
				o.Text = string(e.Value)
			}
		default:
			o.Hidden, o.LastFour = true, lastFour(about.class, e.Value)
		}
		out = append(out, o)
	}
	return out
}

// lastFour is of an account number that is long enough to have others.
func lastFour(c class, value []byte) string {
	digits := firstRun(nibbles(value))
	if c != number || len(digits) < 12 || len(digits) > 19 {
		return ""
	}
	var b strings.Builder
	for _, d := range digits[len(digits)-4:] {
		b.WriteByte('0' + d)
	}
	return b.String()
}

func printable(b []byte) bool {
	for _, c := range b {
		if c < 0x20 || c > 0x7E {
			return false
		}
	}
	return len(b) > 0
}

// JSON writes one object with all answers.
func (v *View) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(struct {
		Answers []Answer `json:"answers"`
	}{v.Answers()})
}

// Tree writes the answers for people.
func (v *View) Tree(w io.Writer) error {
	for _, a := range v.Answers() {
		line := a.Command + "  " + a.Status
		if a.Hidden > 0 {
			line += fmt.Sprintf("  (%d bytes that are no data objects)", a.Hidden)
		}
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
		if err := tree(w, a.Objects, 1); err != nil {
			return err
		}
	}
	return nil
}

func tree(w io.Writer, l []Object, depth int) error {
	for _, o := range l {
		name := o.Name
		if name == "" {
			name = "unknown"
		}
		indent := strings.Repeat("  ", depth)
		if _, err := fmt.Fprintln(w, strings.TrimRight(fmt.Sprintf("%s%-5s%s  %s", indent, o.Tag, name, o.shown()), " ")); err != nil {
			return err
		}
		if err := tree(w, o.Objects, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (o Object) shown() string {
	switch {
	case o.LastFour != "":
		return fmt.Sprintf("ends in %s (%d bytes)", o.LastFour, o.Length)
	case o.Hidden:
		return fmt.Sprintf("(%d bytes, not shown)", o.Length)
	case o.Text != "":
		return fmt.Sprintf("%q", o.Text)
	default:
		return o.Value
	}
}
