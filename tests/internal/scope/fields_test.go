package scope

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

// In these tests this package is the door, and package vocabulary is stood in
// for by package time, whose types have no Valid method.
var here = reflect.TypeFor[clean]().PkgPath()

type (
	part  struct{ Hour uint8 }
	clean struct {
		Flag  bool
		Count uint32
		Part  part
		Parts []part
		Three [3]part
	}
	note    struct{ Note string }
	raw     struct{ Raw [16]byte }
	bytesOf struct{ Bytes []byte }
	words   struct{ Words [4]uint16 }
	wide    struct{ Number uint64 }
	plain   struct{ Number int }
	real64  struct{ Number float64 }
	anyOf   struct{ Value any }
	points  struct{ Part *part }
	table   struct{ Parts map[uint8]part }
	foreign struct{ Builder strings.Builder }
	inside  struct{ Part struct{ Note string } }
	nested  struct{ Deep deeper }
	deeper  struct{ Deepest note }
	open    struct{ At time.Duration }
	hidden  struct{ note string }
)

func TestAMessageOfNumbersBooleansAndClosedTypesPasses(t *testing.T) {
	if got := lines(Fields([]any{clean{}}, here, "time", nil)); got != "" {
		t.Errorf("problems:\n%s", got)
	}
}

func TestAFieldThatCanCarryAnAccountNumberIsRefusedByName(t *testing.T) {
	for want, message := range map[string]any{
		"note.Note is a string":                           note{},
		"raw.Raw is a list of bare uint8":                 raw{},
		"bytesOf.Bytes is a list of bare uint8":           bytesOf{},
		"words.Words is a list of bare uint16":            words{},
		"wide.Number is a bare uint64":                    wide{},
		"plain.Number is a bare int":                      plain{},
		"real64.Number is a float64":                      real64{},
		"anyOf.Value is a interface":                      anyOf{},
		"points.Part is a ptr":                            points{},
		"table.Parts is a map":                            table{},
		"foreign.Builder is a strings.Builder":            foreign{},
		"note.Note is a string, which can carry anything": nested{},
		"open.At is a time.Duration, which has no Valid":  open{},
		"hidden.note is a string":                         hidden{note: "x"},
		".Note is a string":                               inside{},
		"time.Time is no struct of the door":              time.Time{},
	} {
		if got := lines(Fields([]any{message}, here, "time", nil)); !strings.Contains(got, want) {
			t.Errorf("want %q in:\n%s", want, got)
		}
	}
}

func TestAnOpaqueFieldNeedsAReasonAndAUse(t *testing.T) {
	opaque := []Line{{"wide.Number", "counts frames"}}
	if got := lines(Fields([]any{wide{}}, here, "time", opaque)); got != "" {
		t.Errorf("listed field: %s", got)
	}
	if got := lines(Fields([]any{clean{}}, here, "time", opaque)); !strings.Contains(got, "nothing uses") {
		t.Errorf("unused line passes: %q", got)
	}
	opaque[0][1] = ""
	if got := lines(Fields([]any{wide{}}, here, "time", opaque)); !strings.Contains(got, "gives no reason") {
		t.Errorf("line without reason passes: %q", got)
	}
}

type (
	tight  int64
	loose  int64
	digits [16]byte
	random [16]byte
	coded  struct {
		Bytes  [10]byte
		Length uint8
	}
	careful struct {
		Bytes  [10]byte
		Length uint8
	}
)

func (v tight) Valid() bool   { return v <= 999_999_999_999 }
func (v loose) Valid() bool   { return v >= 0 }
func (v digits) Valid() bool  { return v[0] < '0' || v[0] > '9' }
func (v random) Valid() bool  { return true }
func (v coded) Valid() bool   { return v.Length == 8 }
func (v careful) Valid() bool { return v.Length <= 10 && v.Bytes[0] == 0xA0 }

func TestAClosedTypeIsAskedWhetherAnAccountNumberIsValid(t *testing.T) {
	for _, good := range []reflect.Type{reflect.TypeFor[tight](), reflect.TypeFor[careful]()} {
		if why := roomInClosed(good); why != "" {
			t.Errorf("%v %s", good, why)
		}
	}
	for _, bad := range []reflect.Type{reflect.TypeFor[loose](), reflect.TypeFor[digits](), reflect.TypeFor[random](), reflect.TypeFor[coded]()} {
		if why := roomInClosed(bad); !strings.Contains(why, "an account number is valid") {
			t.Errorf("%v passes: %q", bad, why)
		}
	}
}
