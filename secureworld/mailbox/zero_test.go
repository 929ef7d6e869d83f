package mailbox

import (
	"reflect"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// An event that tells nothing new, a description without a payment and a refusal
// without one are zero in what they do not say.
func TestEveryMessageIsReadWhereItSaysNothing(t *testing.T) {
	for _, m := range Messages() {
		body, err := frame.Append(nil, m)
		if err != nil {
			t.Fatalf("%T: %v", m, err)
		}
		got := reflect.New(reflect.TypeOf(m))
		if err := frame.Parse(body, got.Interface()); err != nil {
			t.Errorf("%T: %v", m, err)
		}
	}
}
