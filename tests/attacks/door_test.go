//go:build linux

package attacks

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"regexp"
	"strconv"
	"sync"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
)

// door is the app world's, as its package comment draws it: every kind with its
// question and answer. Nothing here is listed by hand, so that what the door gets is
// attacked as well.
type door struct {
	comment   *ast.CommentGroup
	questions map[byte]question
	answers   map[byte]any
	err       error
}

// question is a kind of the app world.
type question struct {
	name string
	zero any // its message
}

var drawn = sync.OnceValue(readDoor)

func questions() map[byte]question { return drawn().questions }

// answers are the messages by the kind of their question.
func answers() map[byte]any { return drawn().answers }

func readDoor() (d door) {
	file, err := parser.ParseFile(token.NewFileSet(), "../../secureworld/mailbox/doc.go", nil, parser.ParseComments)
	if err != nil {
		return door{err: err}
	}
	d = door{comment: file.Doc, questions: map[byte]question{}, answers: map[byte]any{}}
	zero := map[string]any{}
	for _, m := range mailbox.Messages() {
		zero[reflect.TypeOf(m).Name()] = m
	}
	left := map[string]bool{"Refused": false}
	for name := range zero {
		left[name] = name != "Refused"
	}
	line := regexp.MustCompile(`(?m)^\t([0-7][0-9a-f]) +(\w+)[^\n]* ([89a-f][0-9a-f]) +(\w+)$`)
	for _, m := range line.FindAllStringSubmatch(file.Doc.Text(), -1) {
		kind, _ := strconv.ParseUint(m[1], 16, 8) // as it matched
		asked, answered := zero[m[2]], zero[m[4]]
		if asked == nil || answered == nil {
			d.err = fmt.Errorf("the door draws %s and %s, which are no messages of it", m[2], m[4])
		}
		d.questions[byte(kind)], d.answers[byte(kind)] = question{m[2], asked}, answered
		left[m[2]], left[m[4]] = false, false
	}
	for name, is := range left {
		if is {
			d.err = fmt.Errorf("the door does not draw %s", name)
		}
	}
	return d
}

// inOrder is a new one that there is nothing against and that asks for little.
func (q question) inOrder() any {
	switch q.zero.(type) {
	case mailbox.Start:
		return start()
	case mailbox.Cancel:
		return mailbox.Cancel{ID: freshID()}
	case mailbox.Status:
		return mailbox.Status{ID: freshID()}
	case mailbox.Ping:
		return mailbox.Ping{Number: 7}
	}
	return q.zero
}

func TestTheDrawnDoorIsWhole(t *testing.T) {
	d := drawn()
	if d.err != nil {
		t.Fatal(d.err)
	}
	if q := d.questions[mailbox.KindStart]; q.name != "Start" || d.answers[mailbox.KindStart] != (mailbox.View{}) {
		t.Errorf("kind %02x is drawn as %s", mailbox.KindStart, q.name)
	}
	if len(d.questions) < 28 {
		t.Errorf("%d kinds were read", len(d.questions))
	}
}
