package strict

import "testing"

func TestOnlyTheWholeOfWhatIsKnownIsRead(t *testing.T) {
	for text, want := range map[string]bool{
		`{"a":1}`: true, " {\"a\":1}\n": true, `{}`: true,
		`{"a":1}{}`: false, `{"a":1} x`: false, `{"b":1}`: false, `{"a":"1"}`: false, `{"a":1`: false, ``: false,
	} {
		var v struct {
			A int `json:"a"`
		}
		if got := JSON([]byte(text), &v); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}
